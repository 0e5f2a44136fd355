#include "core/market_update.hpp"

#include <algorithm>
#include <array>

namespace ringside {
namespace {

constexpr unsigned kSideShift = 28;
static_assert(kSellEvent == 1ULL << kSideShift && kBuyEvent == 2ULL << kSideShift);
constexpr unsigned kSeenShift = 30;
static_assert(kLocalEvent == std::uint64_t{MarketUpdate::kAtLocal} << kSeenShift &&
              kExchEvent == std::uint64_t{MarketUpdate::kAtExchange} << kSeenShift);

/// Actions by kind and by the two side flags; a row with both is the buyer's.
constexpr std::array<Action, 64> kActions = [] {
    std::array<Action, 64> actions{};
    const auto set = [&](EventKind kind, Action buy, Action sell) {
        const auto first = static_cast<std::size_t>(kind) * 4;
        actions[first + 1] = sell;
        actions[first + 2] = actions[first + 3] = buy;
    };
    set(EventKind::Depth, Action::SetBid, Action::SetAsk);
    set(EventKind::DepthSnapshot, Action::SetBid, Action::SetAsk);
    set(EventKind::Trade, Action::BuyTrade, Action::SellTrade);
    return actions;
}();

Action action_of(std::uint64_t ev) noexcept {
    const std::uint64_t kind = ev & kKindMask;
    const std::uint64_t known = kind < 16 ? kind : 0;
    return kActions[known * 4 + ((ev >> kSideShift) & 3)];
}

constexpr std::size_t kGroup = 128;

struct GroupTicks {
    std::array<std::int32_t, kGroup> ticks;
    std::array<std::uint8_t, kGroup> fits;
};

/// Nearest ticks of up to kGroup rows, as round_to_integer() rounds; without branches, so that
/// several are worked out at once.
void find_ticks(const Event* rows, std::size_t count, double tick_size, GroupTicks& out) noexcept {
    std::array<double, kGroup> exact;
    for (std::size_t i = 0; i < count; ++i) exact[i] = rows[i].px / tick_size;
    for (std::size_t i = 0; i < count; ++i) {
        const bool fits = exact[i] > -2147483648.5 && exact[i] < 2147483647.5;
        const double x = fits ? exact[i] : 0.0;
        const auto truncated = static_cast<std::int32_t>(x);
        const double rest = x - static_cast<double>(truncated);
        out.ticks[i] = truncated + (rest >= 0.5) - (rest <= -0.5);
        out.fits[i] = fits ? 1 : 0;
    }
}

}  // namespace

void work_out(std::span<const Event> rows, const Grid& grid, MarketUpdate* updates) noexcept {
    GroupTicks group;
    for (std::size_t first = 0; first < rows.size(); first += kGroup) {
        const std::size_t count = std::min(kGroup, rows.size() - first);
        find_ticks(rows.data() + first, count, grid.tick_size, group);
        for (std::size_t i = 0; i < count; ++i) {
            const Event& row = rows[first + i];
            updates[first + i] = {.exch_ts = row.exch_ts,
                                  .local_ts = row.local_ts,
                                  .qty = row.qty,
                                  .tick = group.ticks[i],
                                  .action = group.fits[i] != 0 ? action_of(row.ev) : Action::Row,
                                  .seen = static_cast<std::uint8_t>(row.ev >> kSeenShift & 3)};
        }
    }
}

}  // namespace ringside
