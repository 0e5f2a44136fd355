#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"

namespace ringside {
namespace {

using test::ScriptedMarket;
using test::ScriptedVenue;
using test::ScriptOptions;

constexpr RulesPreset kCompat = RulesPreset::Compat;
constexpr RulesPreset kStrict = RulesPreset::Strict;
constexpr RulesPreset kPresets[] = {kStrict, kCompat};

ScriptOptions by_order(RulesPreset rules) {
    return {.rules = rules, .queue = engine::QueueKind::L3Fifo};
}

/// Five lots bid at 100 (order 1) and at 99 (order 2), asked at 105 and 106.
ScriptedMarket four_orders() {
    ScriptedMarket market;
    market.add_bid(1000, 1, 100, 5).add_bid(1000, 2, 99, 5);
    return market.add_ask(1000, 3, 105, 5).add_ask(1000, 4, 106, 5);
}

TEST(MarketByOrder, AggregatesOrdersIntoLevels) {
    auto market = four_orders().add_bid(2000, 5, 100, 2).cancel_bid(3000, 1).quiet(9000);
    ScriptedVenue venue(market, by_order(kStrict));
    venue->elapse(500);
    EXPECT_EQ(venue->depth(0).best_bid(), 100);
    EXPECT_EQ(venue->depth(0).bid_qty(100), 5.0);
    venue->elapse(1000);
    EXPECT_EQ(venue->depth(0).bid_qty(100), 7.0);
    venue->elapse(1000);
    EXPECT_EQ(venue->depth(0).bid_qty(100), 2.0);
}

TEST(MarketByOrder, FillsWhenTheMarketExecutesAnOrderBehind) {
    for (const RulesPreset rules : kPresets) {
        auto market = four_orders().add_bid(2000, 5, 100, 2);
        market.fill_bid(3000, 1, 100, 5).cancel_bid(3001, 1).fill_bid(4000, 5, 100, 2).quiet(9000);
        ScriptedVenue venue(market, by_order(rules));
        venue->elapse(500);
        venue.buy(7, 100, 3);
        venue->elapse(2000);  // order 1 stood in front: its execution says nothing of ours
        EXPECT_EQ(venue.order(7).status, Status::New);
        EXPECT_EQ(venue.order(7).queue_ahead, 5.0);
        venue->elapse(1000);
        EXPECT_EQ(venue.order(7).status, Status::Filled);
        EXPECT_EQ(venue.order(7).exch_ts, 4000);
        EXPECT_EQ(venue.position(), 3.0);
    }
}

TEST(MarketByOrder, ABetterOwnPriceFillsFirstUnlessInCompat) {
    auto market = four_orders().fill_bid(3000, 1, 100, 5).cancel_bid(3001, 1);
    market.fill_bid(4000, 2, 99, 5).cancel_bid(4001, 2).quiet(9000);
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(market, by_order(rules));
        venue->elapse(500);
        venue.buy(7, 102, 3);
        venue->elapse(5000);
        // HftBacktest: a bid above the best waits for ever. A seller would have met it first.
        EXPECT_EQ(venue.order(7).status, rules == kStrict ? Status::Filled : Status::New);
        EXPECT_EQ(venue.order(7).exch_ts, rules == kStrict ? 3000 : 1510);
    }
}

TEST(MarketByOrder, FillsWhatTheOppositeBestCrosses) {
    for (const RulesPreset rules : kPresets) {
        auto market = four_orders().add_ask(3000, 9, 100, 1).quiet(9000);
        ScriptedVenue venue(market, by_order(rules));
        venue->elapse(500);
        venue.buy(7, 100, 3);
        venue.buy(8, 98, 3);
        venue->elapse(3000);
        EXPECT_EQ(venue.order(7).status, Status::Filled);
        EXPECT_EQ(venue.order(8).status, Status::New);
    }
}

TEST(MarketByOrder, AModifyThatCrossesIsANewOrderUnlessInCompat) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(four_orders().quiet(9000), by_order(rules));
        venue->elapse(500);
        venue.buy(7, 100, 3, TimeInForce::Gtx, true);
        ASSERT_EQ(venue->modify(0, 7, 110, 2, true), Code::Ok);
        // Post-only and crossing: it must not take. HftBacktest lets it rest through the asks.
        EXPECT_EQ(venue.order(7).status, rules == kStrict ? Status::Expired : Status::New);
        EXPECT_EQ(venue.order(7).price_ticks, 110);
        EXPECT_EQ(venue.order(7).leaves_lots, 2);
    }
}

TEST(MarketByOrder, RowsThatContradictTheBookAreLeftOutOrEndACompatRun) {
    const auto unknown = four_orders().fill_bid(3000, 77, 100, 1).add_bid(4000, 6, 101, 1);
    const auto twice = four_orders().add_bid(3000, 1, 98, 1).add_bid(4000, 6, 101, 1);
    for (const auto& [market, code] :
         {std::pair(unknown, Code::OrderNotFound), std::pair(twice, Code::OrderIdExists)}) {
        ScriptedVenue strict(ScriptedMarket(market).quiet(9000), by_order(kStrict));
        EXPECT_EQ(strict->elapse(5000), Code::Ok);
        EXPECT_EQ(strict->depth(0).best_bid(), 101);
        EXPECT_EQ(strict->depth(0).bid_qty(98), 0.0);

        ScriptedVenue compat(ScriptedMarket(market).quiet(9000), by_order(kCompat));
        EXPECT_EQ(compat->elapse(500), Code::Ok);
        compat.buy(7, 90, 1);
        EXPECT_EQ(compat->elapse(500), Code::Ok);
        for (int i = 0; i < 3; ++i) EXPECT_EQ(compat->elapse(2000), code);
    }
}

TEST(MarketByOrder, FillSizesConsumeTheQueueInOrderWithPartialFills) {
    auto market = four_orders().add_bid(2000, 5, 100, 9);
    market.fill_bid(3000, 5, 100, 2).fill_bid(4000, 5, 100, 4).quiet(9000);
    ScriptOptions options = by_order(kStrict);
    options.exchange = engine::ExchangeKind::PartialFill;
    ScriptedVenue venue(market, options);
    venue->elapse(500);
    venue.buy(7, 100, 3);  // in front of order 5
    venue.buy(8, 100, 3);
    venue->elapse(2000);
    EXPECT_EQ(venue.order(7).status, Status::PartiallyFilled);
    EXPECT_EQ(venue.order(7).leaves_lots, 1);
    EXPECT_EQ(venue.order(8).status, Status::New);
    venue->elapse(1000);
    EXPECT_EQ(venue.order(7).status, Status::Filled);
    EXPECT_EQ(venue.order(8).status, Status::Filled);
    EXPECT_EQ(venue.position(), 6.0);
}

TEST(MarketByOrder, AModifyDoesNotUndoAPartialFill) {
    auto market = four_orders().add_bid(2000, 5, 100, 9).fill_bid(3000, 5, 100, 2).quiet(9000);
    ScriptOptions options = by_order(kStrict);
    options.exchange = engine::ExchangeKind::PartialFill;
    for (const auto& [px, qty] :
         {std::pair(100.0, 2.0), std::pair(100.0, 9.0), std::pair(99.0, 3.0)}) {
        ScriptedVenue venue(market, options);
        venue->elapse(500);
        venue.buy(7, 100, 5);
        venue->elapse(2000);
        ASSERT_EQ(venue.order(7).status, Status::PartiallyFilled);
        ASSERT_EQ(venue->modify(0, 7, px, qty, true), Code::Ok);
        EXPECT_EQ(venue.order(7).status, Status::PartiallyFilled);
        EXPECT_EQ(venue.order(7).leaves_lots, static_cast<Lots>(qty));
    }
}

TEST(MarketByOrder, AClearExpiresTheOrdersOfItsSide) {
    for (const RulesPreset rules : kPresets) {
        auto market = four_orders().clear_bids(3000, 0).quiet(9000);
        ScriptedVenue venue(market, by_order(rules));
        venue->elapse(500);
        venue.buy(7, 100, 3);
        venue.sell(8, 107, 3);
        venue->elapse(3000);
        EXPECT_EQ(venue.order(7).status, Status::Expired);
        EXPECT_EQ(venue.order(7).leaves_lots, 0);
        EXPECT_EQ(venue.order(8).status, Status::New);
        EXPECT_EQ(venue->depth(0).best_bid(), kNoBid);
        EXPECT_EQ(venue->depth(0).best_ask(), 105);
    }
}

}  // namespace
}  // namespace ringside
