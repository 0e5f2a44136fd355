#include "core/market_update.hpp"

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

}  // namespace

void work_out(std::span<const Event> rows, const Grid& grid, MarketUpdate* updates) noexcept {
    for (const Event& row : rows) {
        MarketUpdate& update = *updates++;
        const Ticks tick = grid.to_ticks_nearest(row.px);
        const auto narrow = static_cast<std::int32_t>(tick);
        update.exch_ts = row.exch_ts;
        update.local_ts = row.local_ts;
        update.qty = row.qty;
        update.tick = narrow;
        update.action = narrow == tick ? action_of(row.ev) : Action::Row;
        update.seen = static_cast<std::uint8_t>(row.ev >> kSeenShift & 3);
        update.reserved = 0;
    }
}

}  // namespace ringside
