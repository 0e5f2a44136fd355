#include <cmath>

#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"

namespace ringside {
namespace {

using test::ScriptedMarket;
using test::ScriptedVenue;
using test::ScriptOptions;

constexpr RulesPreset kCompat = RulesPreset::Compat;
constexpr RulesPreset kStrict = RulesPreset::Strict;

ScriptOptions ranged(RulesPreset rules) { return {.rules = rules, .range = TickRange{50, 200}}; }

TEST(RangeBooks, IgnoreWhatLiesOutside) {
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedMarket market;
        market.bid(1000, 100, 5).ask(1000, 105, 5).bid(2000, 49, 3).ask(2000, 201, 3).quiet(9000);
        ScriptedVenue venue(market, ranged(rules));
        venue->elapse(2000);
        EXPECT_EQ(venue->depth(0).best_bid(), 100);
        EXPECT_EQ(venue->depth(0).best_ask(), 105);
        EXPECT_TRUE(std::isnan(venue->depth(0).bid_qty(49)));
        EXPECT_TRUE(std::isnan(venue->depth(0).ask_qty(201)));
        EXPECT_EQ(venue->depth(0).bids().window().size(), 151U);
        EXPECT_EQ(venue->depth(0).bids().window()[50], 5.0);
    }
}

ScriptedMarket two_clears() {
    ScriptedMarket market;
    for (int i = 0; i < 6; ++i) {
        market.bid(1000, 100 - i, i + 1).ask(1000, 105 + i, i + 1);
    }
    return market.clear_bids(2000, 98).clear_asks(2000, 107).quiet(9000);
}

TEST(RangeBooks, AClearRemovesItsLevelsAndFindsTheNextBest) {
    ScriptedVenue venue(two_clears(), ranged(kStrict));
    venue->elapse(2000);
    const L2Book& book = venue->depth(0);
    EXPECT_EQ(book.best_bid(), 97);
    EXPECT_EQ(book.best_ask(), 108);
    for (Ticks t = 98; t <= 107; ++t) {
        EXPECT_EQ(book.bid_qty(t), 0.0);
        EXPECT_EQ(book.ask_qty(t), 0.0);
    }
}

TEST(RangeBooks, InCompatAClearLeavesAsksReadableAndSkipsALevel) {
    ScriptedVenue venue(two_clears(), ranged(kCompat));
    venue->elapse(2000);
    const L2Book& book = venue->depth(0);
    EXPECT_EQ(book.best_bid(), 96);
    EXPECT_EQ(book.best_ask(), 109);
    EXPECT_EQ(book.bid_qty(97), 4.0);
    EXPECT_EQ(book.bid_qty(98), 0.0);
    for (Ticks t = 105; t <= 108; ++t) EXPECT_EQ(book.ask_qty(t), static_cast<double>(t - 104));
}

TEST(RangeBooks, FollowTheSameBestsAsUnboundedOnesThroughCrossingsAndDust) {
    struct Step {
        Side side;
        double px;
        double qty;
        Ticks best_bid;
        Ticks best_ask;
    };
    // Compat: a crossing hides the asks that it passes, and under half a lot is no level.
    const Step steps[] = {
        {Side::Buy, 105, 2, 105, 106},     {Side::Buy, 105, 0, 100, 106},
        {Side::Buy, 104, 0.3, 100, 106},   {Side::Buy, 100, 0, 99, 106},
        {Side::Sell, 105, 1, 99, 105},     {Side::Sell, 105, 0.2, 99, 106},
        {Side::Buy, 99, 0.4, kNoBid, 106},
    };
    for (const bool bounded : {false, true}) {
        ScriptedMarket market;
        market.bid(1000, 100, 5).bid(1000, 99, 5).ask(1000, 105, 5).ask(1000, 106, 6);
        Nanos ts = 1000;
        for (const Step& s : steps) {
            ts += 1000;
            s.side == Side::Buy ? market.bid(ts, s.px, s.qty) : market.ask(ts, s.px, s.qty);
        }
        market.quiet(ts + 5000);
        ScriptedVenue venue(market, bounded ? ranged(kCompat) : ScriptOptions{.rules = kCompat});
        venue->elapse(500);
        for (const Step& s : steps) {
            SCOPED_TRACE(testing::Message() << bounded << " at " << venue.now());
            venue->elapse(1000);
            EXPECT_EQ(venue->depth(0).best_bid(), s.best_bid);
            EXPECT_EQ(venue->depth(0).best_ask(), s.best_ask);
        }
        EXPECT_EQ(venue->depth(0).bid_qty(104), bounded ? 0.3 : 0.0);
        EXPECT_EQ(venue->depth(0).ask_qty(105), bounded ? 0.2 : 0.0);
        EXPECT_EQ(venue->depth(0).bid_qty(99), bounded ? 0.4 : 0.0);
    }
}

}  // namespace
}  // namespace ringside
