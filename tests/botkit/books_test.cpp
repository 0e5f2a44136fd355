#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"

namespace ringside {
namespace {

using test::ScriptedMarket;
using test::ScriptedVenue;

ScriptedMarket ten_levels() {
    ScriptedMarket market;
    for (int i = 0; i < 6; ++i) market.bid(1000, 100 - i, i + 1);
    for (int i = 0; i < 6; ++i) market.ask(1000, 105 + i, i + 1);
    return market.clear_bids(2000, 98).clear_asks(2000, 107).quiet(9000);
}

TEST(LocalBook, SkipsTheLevelNextToAClearInCompat) {
    ScriptedVenue venue(ten_levels(), {.rules = RulesPreset::Compat});
    venue->elapse(2000);
    const L2Book& book = venue->depth(0);
    EXPECT_EQ(book.best_bid(), 96);
    EXPECT_EQ(book.best_ask(), 109);
    EXPECT_EQ(book.bid_qty(97), 4.0);
    EXPECT_EQ(book.ask_qty(108), 4.0);
    for (Ticks t : {98, 99, 100}) EXPECT_EQ(book.bid_qty(t), 0.0);
    for (Ticks t : {105, 106, 107}) EXPECT_EQ(book.ask_qty(t), 0.0);
}

// 97 and 108 are the first levels that a clear up to 98 and 107 leaves.
TEST(LocalBook, GoesToTheFirstLevelThatAClearLeavesInStrict) {
    ScriptedVenue venue(ten_levels(), {});
    venue->elapse(2000);
    EXPECT_EQ(venue->depth(0).best_bid(), 97);
    EXPECT_EQ(venue->depth(0).best_ask(), 108);
}

/// A bid crosses and goes, levels go by remainders under half a lot.
ScriptedMarket crossing() {
    return ScriptedMarket()
        .bid(1000, 100, 5)
        .bid(1000, 99, 5)
        .ask(1000, 105, 5)
        .ask(1000, 106, 6)
        .bid(2000, 105, 2)
        .bid(3000, 105, 0)
        .bid(4000, 104, 0.3)
        .bid(5000, 100, 0)
        .ask(6000, 105, 1)
        .ask(7000, 105, 0.2)
        .bid(8000, 99, 0.4)
        .quiet(20000);
}

void expect_bests(ScriptedVenue& venue, double ask_105_while_crossed) {
    const Ticks bests[][2] = {{100, 105}, {105, 106}, {100, 106}, {100, 106},
                              {99, 106},  {99, 105},  {99, 106},  {kNoBid, 106}};
    Nanos step = 500;
    for (const auto& [bid, ask] : bests) {
        ASSERT_EQ(venue->elapse(step), Code::Ok);
        step = 1000;
        EXPECT_EQ(venue->depth(0).best_bid(), bid) << venue.now();
        EXPECT_EQ(venue->depth(0).best_ask(), ask) << venue.now();
        if (venue.now() == 2500) {
            EXPECT_EQ(venue->depth(0).ask_qty(105), ask_105_while_crossed);
        }
    }
    EXPECT_TRUE(std::isnan(venue->depth(0).best_bid_price()));
}

TEST(LocalBook, HidesCrossedLevelsInCompat) {
    ScriptedVenue venue(crossing(), {.rules = RulesPreset::Compat});
    expect_bests(venue, 5.0);
}

// The bests are the same: at 3000 nobody has named 105 again, so it has not come back.
TEST(LocalBook, DropsCrossedLevelsInStrict) {
    ScriptedVenue venue(crossing(), {});
    expect_bests(venue, 0.0);
}

TEST(LocalBook, IsAtLocalTimeAndTheVenuesBookAtExchangeTime) {
    // The bid at 100 is heard only at 6000, but a sell at 1500 meets it.
    const auto market = ScriptedMarket(5000).bid(1000, 100, 5).quiet(9000);
    ScriptedVenue venue(market, {});
    venue->elapse(500);
    EXPECT_EQ(venue->depth(0).best_bid(), kNoBid);
    venue.sell(1, 99, 2, TimeInForce::Gtc, true);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(1).exec_price_ticks, 100);
    EXPECT_EQ(venue->depth(0).best_bid(), kNoBid);
    venue->elapse(4480);
    EXPECT_EQ(venue.now(), 6000);
    EXPECT_EQ(venue->depth(0).best_bid(), 100);
}

TEST(LocalBook, HearsOnlyRowsOfTheLocalSide) {
    const auto market = ScriptedMarket()
                            .bid(1000, 100, 5)
                            .bid(2000, 101, 5)
                            .only(kExchEvent)
                            .bid(3000, 102, 5)
                            .only(kLocalEvent)
                            .quiet(9000);
    ScriptedVenue venue(market, {});
    venue->elapse(1500);
    EXPECT_EQ(venue->depth(0).best_bid(), 100);
    venue.sell(1, 100, 1, TimeInForce::Gtc, true);
    EXPECT_EQ(venue.order(1).exec_price_ticks, 101);
    venue->elapse(1000);
    EXPECT_EQ(venue->depth(0).best_bid(), 102);
    venue.sell(2, 100, 1, TimeInForce::Gtc, true);
    EXPECT_EQ(venue.order(2).exec_price_ticks, 101);
}

TEST(LocalBook, KeepsTradesOnlyWhenAsked) {
    const auto market = ScriptedMarket()
                            .bid(1000, 100, 5)
                            .buy_trade(2000, 105, 1)
                            .sell_trade(3000, 100, 2)
                            .quiet(9000);
    ScriptedVenue venue(market, {});
    venue->elapse(1500);
    EXPECT_TRUE(venue->last_trades(0).empty());
    venue->keep_last_trades(0, 16);
    venue->elapse(1000);
    ASSERT_EQ(venue->last_trades(0).size(), 1u);
    EXPECT_EQ(venue->last_trades(0)[0].px, 100.0);
    venue->clear_last_trades(0);
    EXPECT_TRUE(venue->last_trades(0).empty());
}

}  // namespace
}  // namespace ringside
