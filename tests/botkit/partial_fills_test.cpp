#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"

namespace ringside {
namespace {

using test::ScriptedMarket;
using test::ScriptedVenue;
using test::ScriptOptions;

constexpr RulesPreset kCompat = RulesPreset::Compat;
constexpr RulesPreset kStrict = RulesPreset::Strict;

ScriptOptions partial(RulesPreset rules) {
    return {.rules = rules, .exchange = engine::ExchangeKind::PartialFill};
}

/// A buy of 3 at 101, alone at its price, that sellers hit three times: 1, 2 and 2 lots.
ScriptedMarket three_sells() {
    ScriptedMarket market;
    market.bid(1000, 100, 5).ask(1000, 105, 5).bid(2000, 99, 1);
    market.sell_trade(3000, 101, 1).sell_trade(4000, 101, 2).sell_trade(5000, 101, 2);
    return market.bid(6000, 98, 1).bid(9000, 97, 1);
}

TEST(PartialFills, BookEveryExecutionOfARestingOrder) {
    ScriptedVenue venue(three_sells(), partial(kStrict));
    venue->elapse(500);
    venue.buy(1, 101, 3);
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.order(1).status, Status::New);
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.order(1).status, Status::PartiallyFilled);
    EXPECT_EQ(venue.order(1).leaves_lots, 2);
    EXPECT_EQ(venue.position(), 1.0);
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(1).leaves_lots, 0);
    EXPECT_EQ(venue.position(), 3.0);
    EXPECT_EQ(venue->state_values(0).balance, -303.0);
    EXPECT_EQ(venue->state_values(0).num_trades, 2);
    // The order has left the book: the third sale finds nobody.
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.position(), 3.0);
}

TEST(PartialFills, InCompatAnExactFillEndsTheRunAndOnlyTheLastExecutionIsBooked) {
    ScriptedVenue venue(three_sells(), partial(kCompat));
    venue->elapse(500);
    venue.buy(1, 101, 3);
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.order(1).exch_ts, 1510);
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.order(1).status, Status::PartiallyFilled);
    EXPECT_EQ(venue.order(1).leaves_lots, 2);
    EXPECT_EQ(venue.position(), 0.0);
    ASSERT_EQ(venue->elapse(1000), Code::Ok);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.position(), 2.0);
    EXPECT_EQ(venue->state_values(0).balance, -202.0);
    EXPECT_EQ(venue->state_values(0).num_trades, 1);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(venue->elapse(1000), Code::InvalidOrderStatus);
        EXPECT_EQ(venue.now(), 4500);
    }
}

/// Three levels of four lots on each side.
ScriptedMarket three_levels() {
    ScriptedMarket market;
    market.ask(1000, 105, 4).ask(1000, 106, 4).ask(1000, 107, 4);
    market.bid(1000, 100, 4).bid(1000, 99, 4).bid(1000, 98, 4);
    return market.quiet(9000);
}

struct Taking {
    Side side;
    OrderType type;
    TimeInForce tif;
    double px;
    double qty;
    Status status;
    Lots leaves;
    Lots exec;
    Ticks exec_at;
    double position;
};

void expect_taking(const Taking& c, RulesPreset rules) {
    SCOPED_TRACE(testing::Message()
                 << "price " << c.px << " qty " << c.qty << " tif " << static_cast<int>(c.tif));
    ScriptedVenue venue(three_levels(), partial(rules));
    venue->elapse(500);
    const Code code = c.side == Side::Buy
                          ? venue->submit_buy_order(0, 1, c.px, c.qty, c.tif, c.type, true)
                          : venue->submit_sell_order(0, 1, c.px, c.qty, c.tif, c.type, true);
    ASSERT_EQ(code, Code::Ok);
    EXPECT_EQ(venue.now(), 1520);
    const Order& order = venue.order(1);
    EXPECT_EQ(order.status, c.status);
    EXPECT_EQ(order.leaves_lots, c.leaves);
    EXPECT_EQ(order.exec_lots, c.exec);
    EXPECT_EQ(order.exec_price_ticks, c.exec_at);
    EXPECT_EQ(venue.position(), c.position);
}

constexpr auto kLimit = OrderType::Limit;
constexpr auto kMarket = OrderType::Market;
constexpr auto kGtc = TimeInForce::Gtc;
constexpr auto kGtx = TimeInForce::Gtx;
constexpr auto kFok = TimeInForce::Fok;
constexpr auto kIoc = TimeInForce::Ioc;

TEST(PartialFills, TakeLevelByLevelWhatIsDisplayedAndNoMore) {
    // Every slice is booked; what a GTC order cannot take rests, everybody else's rest expires.
    const Taking cases[] = {
        {Side::Buy, kLimit, kGtc, 107, 10, Status::Filled, 0, 2, 107, 10},
        {Side::Buy, kLimit, kGtc, 107, 20, Status::PartiallyFilled, 8, 4, 107, 12},
        {Side::Sell, kLimit, kGtc, 98, 20, Status::PartiallyFilled, 8, 4, 98, -12},
        {Side::Buy, kLimit, kIoc, 105, 6, Status::Expired, 2, 4, 105, 4},
        {Side::Buy, kLimit, kFok, 105, 6, Status::Expired, 6, 0, 0, 0},
        {Side::Buy, kLimit, kFok, 106, 6, Status::Filled, 0, 2, 106, 6},
        {Side::Buy, kMarket, kGtc, 0, 6, Status::Filled, 0, 2, 106, 6},
        {Side::Buy, kMarket, kGtc, 0, 60, Status::Expired, 48, 4, 107, 12},
        {Side::Sell, kMarket, kGtc, 0, 60, Status::Expired, 48, 4, 98, -12},
        {Side::Buy, kLimit, kGtx, 105, 6, Status::Expired, 6, 0, 0, 0},
        {Side::Buy, kLimit, kIoc, 104, 6, Status::Expired, 6, 0, 0, 0},
    };
    for (const Taking& c : cases) expect_taking(c, kStrict);
}

TEST(PartialFills, InCompatTakeTheRemainderAtTheLimitAndTellOfTheLastSliceOnly) {
    const Taking cases[] = {
        {Side::Buy, kLimit, kGtc, 107, 10, Status::Filled, 0, 2, 107, 2},
        {Side::Buy, kLimit, kGtc, 107, 20, Status::Filled, 0, 12, 107, 12},
        {Side::Sell, kLimit, kGtc, 98, 20, Status::Filled, 0, 8, 98, -8},
        {Side::Buy, kLimit, kIoc, 105, 6, Status::Expired, 2, 4, 105, 0},
        {Side::Buy, kLimit, kFok, 105, 6, Status::Expired, 6, 0, 0, 0},
        {Side::Buy, kLimit, kFok, 106, 6, Status::Filled, 0, 2, 106, 2},
        {Side::Buy, kMarket, kGtc, 0, 6, Status::Filled, 0, 2, 106, 2},
        {Side::Buy, kMarket, kGtc, 0, 60, Status::Expired, 48, 4, 107, 0},
        {Side::Sell, kMarket, kGtc, 0, 60, Status::Expired, 48, 4, 98, 0},
        {Side::Buy, kLimit, kGtx, 105, 6, Status::Expired, 6, 0, 0, 0},
        {Side::Buy, kLimit, kIoc, 104, 6, Status::Expired, 6, 0, 0, 0},
    };
    for (const Taking& c : cases) expect_taking(c, kCompat);
}

TEST(PartialFills, ARemainderThatRestsFillsLater) {
    ScriptedMarket market;
    market.ask(1000, 105, 4).bid(1000, 100, 4).ask(2000, 105, 0).ask(2000, 107, 4);
    market.sell_trade(3000, 105, 9).quiet(9000);
    ScriptedVenue venue(market, partial(kStrict));
    venue->elapse(500);
    venue.buy(1, 105, 6, kGtc, true);
    EXPECT_EQ(venue.order(1).status, Status::PartiallyFilled);
    EXPECT_EQ(venue.order(1).leaves_lots, 2);
    venue->elapse(3000);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_TRUE(venue.order(1).maker);
    EXPECT_EQ(venue.position(), 6.0);
}

TEST(PartialFills, AnExecutionIsTheTradedQuantityBeyondTheQueue) {
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedMarket market;
        market.bid(1000, 100, 1).ask(1000, 105, 5);
        market.sell_trade(3000, 100, 5).sell_trade(4000, 100, 20).quiet(9000);
        ScriptedVenue venue(market, partial(rules));
        venue->elapse(500);
        venue.buy(1, 100, 10);  // one lot stands in front
        venue->elapse(2000);
        EXPECT_EQ(venue.order(1).leaves_lots, 6);
        EXPECT_EQ(venue.order(1).exec_lots, 4);
        venue->elapse(1000);
        EXPECT_EQ(venue.order(1).status, Status::Filled);
        EXPECT_EQ(venue.order(1).exec_lots, 6);
        EXPECT_EQ(venue.position(), rules == kStrict ? 10.0 : 6.0);
    }
}

/// Status and open lots of a buy of five at 101, of which one was executed, after a modify.
std::pair<Status, Lots> after_modify(RulesPreset rules, double px, double qty) {
    ScriptedMarket market;
    market.bid(1000, 100, 5).ask(1000, 105, 5).sell_trade(3000, 101, 1).quiet(9000);
    ScriptedVenue venue(market, partial(rules));
    venue->elapse(500);
    venue.buy(1, 101, 5);
    venue->elapse(2000);
    EXPECT_EQ(venue.order(1).status, Status::PartiallyFilled);
    EXPECT_EQ(venue->modify(0, 1, px, qty, true), Code::Ok);
    EXPECT_EQ(venue.order(1).qty_lots, static_cast<Lots>(qty));
    return {venue.order(1).status, venue.order(1).leaves_lots};
}

// A modify sets the open size. What was executed before stays executed, whatever place in the
// queue the order has now; HftBacktest calls an order that lost its place New, and keeps its four.
TEST(PartialFills, StayPartialThroughAModify) {
    using Result = std::pair<Status, Lots>;
    EXPECT_EQ(after_modify(kStrict, 101, 2), (Result{Status::PartiallyFilled, 2}));
    EXPECT_EQ(after_modify(kStrict, 101, 7), (Result{Status::PartiallyFilled, 7}));
    EXPECT_EQ(after_modify(kStrict, 100, 3), (Result{Status::PartiallyFilled, 3}));
    EXPECT_EQ(after_modify(kCompat, 101, 2), (Result{Status::PartiallyFilled, 2}));
    EXPECT_EQ(after_modify(kCompat, 101, 7), (Result{Status::New, 4}));
    EXPECT_EQ(after_modify(kCompat, 100, 3), (Result{Status::New, 4}));
}

}  // namespace
}  // namespace ringside
