#include "core/market_update.hpp"

#include <cmath>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace ringside {
namespace {

constexpr Grid kGrid{.tick_size = 0.1, .lot_size = 0.001};

Event row(EventKind kind, std::uint64_t flags, double px = 100.1) {
    return {.ev = static_cast<std::uint64_t>(kind) | flags,
            .exch_ts = 5,
            .local_ts = 7,
            .px = px,
            .qty = 2.5};
}

MarketUpdate update_of(const Event& row) {
    MarketUpdate update;
    work_out({&row, 1}, kGrid, &update);
    return update;
}

Action action_of(EventKind kind, std::uint64_t flags) { return update_of(row(kind, flags)).action; }

TEST(MarketUpdate, CarriesTimesQuantityAndTheNearestTickOfItsRow) {
    const MarketUpdate update = update_of(row(EventKind::Depth, kBuyEvent, 100.06));
    EXPECT_EQ(update.exch_ts, 5);
    EXPECT_EQ(update.local_ts, 7);
    EXPECT_EQ(update.qty, 2.5);
    EXPECT_EQ(update.tick, 1001);
}

TEST(MarketUpdate, NamesLevelsAndTradesBySide) {
    EXPECT_EQ(action_of(EventKind::Depth, kBuyEvent), Action::SetBid);
    EXPECT_EQ(action_of(EventKind::Depth, kSellEvent), Action::SetAsk);
    EXPECT_EQ(action_of(EventKind::DepthSnapshot, kBuyEvent), Action::SetBid);
    EXPECT_EQ(action_of(EventKind::DepthSnapshot, kSellEvent), Action::SetAsk);
    EXPECT_EQ(action_of(EventKind::Trade, kBuyEvent), Action::BuyTrade);
    EXPECT_EQ(action_of(EventKind::Trade, kSellEvent), Action::SellTrade);
}

TEST(MarketUpdate, TakesARowOfBothSidesForTheBuyers) {
    EXPECT_EQ(action_of(EventKind::Depth, kBuyEvent | kSellEvent), Action::SetBid);
    EXPECT_EQ(action_of(EventKind::Trade, kBuyEvent | kSellEvent), Action::BuyTrade);
}

TEST(MarketUpdate, LeavesEveryOtherKindAndRowsWithoutASideToTheRow) {
    for (std::uint64_t kind = 0; kind < 256; ++kind) {
        const bool named = kind == 1 || kind == 2 || kind == 4;
        if (kind >= 10 && kind <= 13) continue;
        const Event other{.ev = kind | (named ? 0 : kBuyEvent), .px = 1.0};
        EXPECT_EQ(update_of(other).action, Action::Row) << kind;
    }
}

TEST(MarketUpdate, GivesTheTickOfAMarketOrderUnlessItIsTooFar) {
    for (const auto kind :
         {EventKind::AddOrder, EventKind::ModifyOrder, EventKind::CancelOrder, EventKind::Fill}) {
        for (const std::uint64_t side : {kBuyEvent, kSellEvent, std::uint64_t{0}}) {
            EXPECT_EQ(update_of(row(kind, side, 12.3)).action, Action::Order);
            EXPECT_EQ(update_of(row(kind, side, 12.3)).tick, 123);
            EXPECT_EQ(update_of(row(kind, side, 3e8)).action, Action::Row);
        }
    }
}

TEST(MarketUpdate, LeavesAPriceThatIsTooFarForATickOf32BitsToTheRow) {
    constexpr double kLast = 214748364.7;  // 2^31 - 1 ticks
    EXPECT_EQ(update_of(row(EventKind::Depth, kBuyEvent, kLast)).action, Action::SetBid);
    EXPECT_EQ(update_of(row(EventKind::Depth, kBuyEvent, kLast + 0.1)).action, Action::Row);
    EXPECT_EQ(update_of(row(EventKind::Depth, kBuyEvent, -kLast - 0.2)).action, Action::Row);
}

TEST(MarketUpdate, FindsTheTickThatTheGridFindsNextToTheMiddleOfTwoTicksToo) {
    std::mt19937_64 random(7);
    for (const double tick_size : {0.1, 0.01, 0.25, 1.0, 5.0, 1e-5, 0.3}) {
        const Grid grid{.tick_size = tick_size, .lot_size = 1.0};
        std::vector<Event> rows;
        for (int i = 0; i < 2000; ++i) {
            const auto ticks = static_cast<double>(static_cast<std::int32_t>(random()));
            const double off = static_cast<double>(random() % 5) * 0.25;
            double px = (ticks / (i % 2 == 0 ? 1.0 : 65536.0) + off) * tick_size;
            for (std::uint64_t n = random() % 3; n > 0; --n) px = std::nextafter(px, 1e300);
            rows.push_back(row(EventKind::Depth, kBuyEvent, px));
        }
        std::vector<MarketUpdate> updates(rows.size());
        work_out(rows, grid, updates.data());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if (updates[i].action == Action::Row) continue;
            ASSERT_EQ(updates[i].tick, grid.to_ticks_nearest(rows[i].px))
                << rows[i].px << " in ticks of " << tick_size;
        }
    }
}

TEST(MarketUpdate, KnowsWhoSeesTheRow) {
    const auto seen = [](std::uint64_t flags) {
        const MarketUpdate update = update_of(row(EventKind::Depth, flags));
        return std::pair(update.at_exchange(), update.at_local());
    };
    EXPECT_EQ(seen(0), std::pair(false, false));
    EXPECT_EQ(seen(kExchEvent), std::pair(true, false));
    EXPECT_EQ(seen(kLocalEvent), std::pair(false, true));
    EXPECT_EQ(seen(kExchEvent | kLocalEvent), std::pair(true, true));
}

}  // namespace
}  // namespace ringside
