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

/// MarketUpdate::ending() by the four flags and the kind; a row of both sides is the buyer's.
constexpr auto kEndings = [] {
    std::array<std::uint16_t, 16 * 256> endings{};
    const auto action = [](EventKind kind, bool buy, bool sell) {
        if (kind >= EventKind::AddOrder && kind <= EventKind::Fill) return Action::Order;
        const bool depth = kind == EventKind::Depth || kind == EventKind::DepthSnapshot;
        if (!depth && kind != EventKind::Trade) return Action::Row;
        if (buy) return depth ? Action::SetBid : Action::BuyTrade;
        if (sell) return depth ? Action::SetAsk : Action::SellTrade;
        return Action::Row;
    };
    for (std::size_t i = 0; i < endings.size(); ++i) {
        const auto kind = static_cast<EventKind>(i & 255);
        const bool sell = (i >> 8 & 1) != 0;
        const bool buy = (i >> 8 & 2) != 0;
        const auto seen = static_cast<std::uint8_t>(i >> 10);
        endings[i] =
            static_cast<std::uint16_t>(MarketUpdate::ending(action(kind, buy, sell), seen, 0));
    }
    return endings;
}();

std::uint16_t ending_of(std::uint64_t ev) noexcept {
    return kEndings[(ev >> kFlagShift & 15) << 8 | (ev & kKindMask)];
}

template <ReadOn kReadOn>
void store_update(const Event& row, std::int32_t tick, std::uint32_t ending,
                  MarketUpdate* to) noexcept {
    store_words<kReadOn>(reinterpret_cast<std::byte*>(to), row.exch_ts, row.local_ts, row.qty,
                         MarketUpdate::last_word(tick, ending));
}

/// Nearest ticks without a division each; false where a price lies so near the middle of two
/// ticks, or so far out, that only the division tells.
template <ReadOn kReadOn>
bool work_out_roughly(std::span<const Event> rows, double ticks_per_unit,
                      MarketUpdate* to) noexcept {
    // Added to a small number, the low bits of the sum are the nearest integer.
    constexpr double kRounder = 6755399441055744.0;
    constexpr double kFarthest = 2147483647.0;
    // The product differs from the quotient by less than a millionth of a tick.
    constexpr double kSure = 0.49999;
    bool sure = true;
    for (const Event& row : rows) {
        const double exact = row.px * ticks_per_unit;
        const double sum = exact + kRounder;
        const double rest = exact - (sum - kRounder);
        sure &= (std::abs(rest) < kSure) & (std::abs(exact) < kFarthest);
        const auto tick = static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(sum));
        store_update<kReadOn>(row, tick, ending_of(row.ev), to++);
    }
    return sure;
}

/// The same in every case, as round_to_integer() rounds. What does not fit is a row to look at.
template <ReadOn kReadOn>
void work_out_exactly(std::span<const Event> rows, double tick_size, MarketUpdate* to) noexcept {
    for (const Event& row : rows) {
        const double exact = row.px / tick_size;
        const bool fits = exact > -2147483648.5 && exact < 2147483647.5;
        const auto tick = static_cast<std::int32_t>(fits ? round_to_integer(exact) : 0);
        const std::uint32_t seen = ending_of(row.ev) & ~0xffU;
        const std::uint32_t none = seen | MarketUpdate::ending(Action::Row, 0, 0);
        store_update<kReadOn>(row, tick, fits ? ending_of(row.ev) : none, to++);
    }
}

template <ReadOn kReadOn>
void work_out_for(std::span<const Event> rows, const Grid& grid, MarketUpdate* to) noexcept {
    constexpr std::size_t kGroup = 128;
    const double ticks_per_unit = 1.0 / grid.tick_size;
    while (!rows.empty()) {
        const auto group = rows.first(std::min(kGroup, rows.size()));
        if (!work_out_roughly<kReadOn>(group, ticks_per_unit, to)) [[unlikely]]
            work_out_exactly<kReadOn>(group, grid.tick_size, to);
        rows = rows.subspan(group.size());
        to += group.size();
    }
}

}  // namespace

Action action_of(std::uint64_t ev) noexcept { return static_cast<Action>(ending_of(ev) & 0xff); }

void work_out(std::span<const Event> rows, const Grid& grid, MarketUpdate* updates,
              ReadOn read_on) noexcept {
    if (read_on == ReadOn::AnotherCore)
        work_out_for<ReadOn::AnotherCore>(rows, grid, updates);
    else
        work_out_for<ReadOn::ThisCore>(rows, grid, updates);
}

}  // namespace ringside
