#include "core/market_update.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace ringside {
namespace {

constexpr unsigned kFlagShift = 28;
static_assert(kSellEvent == 1ULL << kFlagShift && kBuyEvent == 2ULL << kFlagShift &&
              kLocalEvent == 4ULL << kFlagShift && kExchEvent == 8ULL << kFlagShift);
static_assert(MarketUpdate::kAtLocal == 1 && MarketUpdate::kAtExchange == 2);

/// What a row's kind and flags say.
struct Reading {
    Action action = Action::Row;
    std::uint8_t seen = 0;
};

/// By the four flags and the kind; a row of both sides is the buyer's.
constexpr auto kReadings = [] {
    std::array<Reading, 16 * 256> readings{};
    for (std::size_t flags = 0; flags < 16; ++flags) {
        const auto set = [&](EventKind kind, Action buy, Action sell) {
            const Action action = (flags & 2) != 0 ? buy : (flags & 1) != 0 ? sell : Action::Row;
            readings[flags << 8 | static_cast<std::size_t>(kind)].action = action;
        };
        for (std::size_t kind = 0; kind < 256; ++kind) {
            readings[flags << 8 | kind].seen = static_cast<std::uint8_t>(flags >> 2);
        }
        set(EventKind::Depth, Action::SetBid, Action::SetAsk);
        set(EventKind::DepthSnapshot, Action::SetBid, Action::SetAsk);
        set(EventKind::Trade, Action::BuyTrade, Action::SellTrade);
    }
    return readings;
}();

Reading reading_of(std::uint64_t ev) noexcept {
    return kReadings[(ev >> kFlagShift & 15) << 8 | (ev & kKindMask)];
}

constexpr std::size_t kGroup = 128;
using GroupTicks = std::array<std::int32_t, kGroup>;

/// Nearest ticks of up to kGroup rows without a division each; false where a price lies so near the
/// middle of two ticks, or so far out, that only the division tells.
bool guess_ticks(const Event* rows, std::size_t count, double ticks_per_unit,
                 GroupTicks& ticks) noexcept {
    // Added to a small number, the low bits of the sum are the nearest integer.
    constexpr double kRounder = 6755399441055744.0;
    constexpr double kFarthest = 2147483647.0;
    // The product differs from the quotient by less than a millionth of a tick.
    constexpr double kSure = 0.49999;
    bool sure = true;
    for (std::size_t i = 0; i < count; ++i) {
        const double exact = rows[i].px * ticks_per_unit;
        const double sum = exact + kRounder;
        const double rest = exact - (sum - kRounder);
        ticks[i] = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(sum));
        sure &= (std::abs(rest) < kSure) & (std::abs(exact) < kFarthest);
    }
    return sure;
}

/// The same in every case, as round_to_integer() rounds. What does not fit is a row to look at.
void find_tick(const Event& row, double tick_size, MarketUpdate& update) noexcept {
    const double exact = row.px / tick_size;
    if (exact > -2147483648.5 && exact < 2147483647.5)
        update.tick = static_cast<std::int32_t>(round_to_integer(exact));
    else
        update.action = Action::Row;
}

}  // namespace

Action action_of(std::uint64_t ev) noexcept { return reading_of(ev).action; }

void work_out(std::span<const Event> rows, const Grid& grid, MarketUpdate* updates) noexcept {
    GroupTicks ticks;
    const double ticks_per_unit = 1.0 / grid.tick_size;
    for (std::size_t first = 0; first < rows.size(); first += kGroup) {
        const auto group = rows.subspan(first, std::min(kGroup, rows.size() - first));
        MarketUpdate* const out = updates + first;
        const bool sure = guess_ticks(group.data(), group.size(), ticks_per_unit, ticks);
        for (std::size_t i = 0; i < group.size(); ++i) {
            const Event& row = group[i];
            const Reading reading = reading_of(row.ev);
            out[i] = {.exch_ts = row.exch_ts,
                      .local_ts = row.local_ts,
                      .qty = row.qty,
                      .tick = ticks[i],
                      .action = reading.action,
                      .seen = reading.seen};
        }
        if (sure) [[likely]]
            continue;
        for (std::size_t i = 0; i < group.size(); ++i) find_tick(group[i], grid.tick_size, out[i]);
    }
}

}  // namespace ringside
