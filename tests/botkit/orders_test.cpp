#include <limits>

#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"

namespace ringside {
namespace {

using engine::QueueKind;
using test::ScriptedMarket;
using test::ScriptedVenue;
using Times = std::vector<Nanos>;

constexpr RulesPreset kCompat = RulesPreset::Compat;
constexpr RulesPreset kStrict = RulesPreset::Strict;
constexpr RulesPreset kPresets[] = {kStrict, kCompat};
constexpr TimeInForce kGtc = TimeInForce::Gtc;
constexpr TimeInForce kGtx = TimeInForce::Gtx;
constexpr TimeInForce kFok = TimeInForce::Fok;
constexpr TimeInForce kIoc = TimeInForce::Ioc;

/// 100 bid, 105 asked, five lots each, from 1000 on.
ScriptedMarket touch() { return ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 5); }

TEST(Matching, FillsWhatCrossesAndRestsOrExpiresTheOthers) {
    struct Case {
        Side side;
        double px;
        TimeInForce tif;
        Status status;
        Ticks exec;
    };
    const Case cases[] = {
        {Side::Buy, 107, kGtc, Status::Filled, 105}, {Side::Buy, 107, kFok, Status::Filled, 105},
        {Side::Buy, 107, kIoc, Status::Filled, 105}, {Side::Buy, 107, kGtx, Status::Expired, 0},
        {Side::Buy, 105, kGtx, Status::Expired, 0},  {Side::Buy, 104, kGtx, Status::New, 0},
        {Side::Sell, 103, kGtc, Status::New, 0},     {Side::Sell, 103, kGtx, Status::New, 0},
        {Side::Sell, 103, kFok, Status::Expired, 0}, {Side::Sell, 103, kIoc, Status::Expired, 0},
        {Side::Sell, 98, kGtc, Status::Filled, 100}, {Side::Sell, 100, kIoc, Status::Filled, 100},
        {Side::Sell, 100, kGtx, Status::Expired, 0}, {Side::Buy, 104, kIoc, Status::Expired, 0},
        {Side::Sell, 98, kFok, Status::Filled, 100},
    };
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules});
        venue->elapse(500);
        OrderId id = 0;
        for (const Case& c : cases) {
            ++id;
            SCOPED_TRACE(id);
            const Code code = c.side == Side::Buy ? venue.buy(id, c.px, 3, c.tif, true)
                                                  : venue.sell(id, c.px, 3, c.tif, true);
            ASSERT_EQ(code, Code::Ok);
            const Order& order = venue.order(id);
            EXPECT_EQ(order.status, c.status);
            EXPECT_EQ(order.req, Status::None);
            EXPECT_EQ(order.exec_price_ticks, c.exec);
            EXPECT_EQ(order.exec_lots, c.status == Status::Filled ? 3 : 0);
            EXPECT_EQ(order.leaves_lots, c.status == Status::Filled ? 0 : 3);
            EXPECT_FALSE(order.maker);
        }
    }
}

TEST(Matching, FillsMarketOrdersAtTheOppositeBest) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules});
        venue->elapse(500);
        venue.buy_market(1, 60);
        venue.sell_market(2, 7);
        venue->elapse(100);
        EXPECT_EQ(venue.order(1).exec_price_ticks, 105);
        EXPECT_EQ(venue.order(2).exec_price_ticks, 100);
        EXPECT_EQ(venue.position(), 53.0);
        EXPECT_EQ(venue->state_values(0).balance, -60 * 105.0 + 7 * 100.0);
    }
}

TEST(Matching, FillsAMarketOrderOnAnEmptySideAtNoPriceInCompat) {
    ScriptedVenue venue(ScriptedMarket().bid(1000, 100, 5).quiet(9000), {.rules = kCompat});
    venue->elapse(500);
    venue.buy_market(1, 6);
    venue->elapse(100);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(1).exec_price_ticks, std::numeric_limits<Ticks>::max());
    EXPECT_EQ(venue.position(), 6.0);
}

// Nobody sells, so nobody can be bought from.
TEST(Matching, ExpiresAMarketOrderOnAnEmptySideInStrict) {
    ScriptedVenue venue(ScriptedMarket().bid(1000, 100, 5).quiet(9000), {});
    venue->elapse(500);
    venue.buy_market(1, 6);
    venue->elapse(100);
    EXPECT_EQ(venue.order(1).status, Status::Expired);
    EXPECT_EQ(venue.order(1).leaves_lots, 6);
    EXPECT_EQ(venue.position(), 0.0);
}

TEST(Matching, RestsEvenTheDearestBuyOnAnEmptySide) {
    ScriptedVenue venue(ScriptedMarket().bid(1000, 100, 5).quiet(9000), {});
    venue->elapse(500);
    venue.buy(1, 1e300, 6, kGtc, true);
    EXPECT_EQ(venue.order(1).status, Status::New);
}

// A trade at 104 goes through 103 and eats the empty queue at 104; 105 is beyond it.
TEST(Matching, FillsSellsThatATradeReaches) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().buy_trade(2000, 104, 1).quiet(9000), {.rules = rules});
        venue->elapse(500);
        venue.sell(1, 104, 2);
        venue.sell(2, 103, 2);
        venue.sell(3, 105, 2);
        venue->elapse(1000);
        EXPECT_EQ(venue.order(1).status, Status::Filled);
        EXPECT_EQ(venue.order(1).exec_price_ticks, 104);
        EXPECT_EQ(venue.order(2).status, Status::Filled);
        EXPECT_EQ(venue.order(2).exec_price_ticks, 103);
        EXPECT_TRUE(venue.order(2).maker);
        EXPECT_EQ(venue.order(2).exch_ts, 2000);
        EXPECT_EQ(venue.order(3).status, Status::New);
    }
}

TEST(Matching, FillsWhatABetterBestReaches) {
    // The bid at 103 meets the sells at 103 and 102; the ask at 101 later meets the buy at 101.
    auto market = touch().bid(2000, 103, 1).bid(3000, 103, 0).ask(4000, 101, 1).quiet(9000);
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(market, {.rules = rules});
        venue->elapse(500);
        venue.sell(1, 104, 1);
        venue.sell(2, 103, 1);
        venue.sell(3, 102, 1);
        venue.buy(4, 101, 1);
        venue.buy(5, 100, 1);
        venue->elapse(1000);
        EXPECT_EQ(venue.order(1).status, Status::New);
        EXPECT_EQ(venue.order(2).exec_price_ticks, 103);
        EXPECT_EQ(venue.order(3).exec_price_ticks, 102);
        EXPECT_EQ(venue.order(4).status, Status::New);
        venue->elapse(2000);
        EXPECT_EQ(venue.order(4).exec_price_ticks, 101);
        EXPECT_EQ(venue.order(5).status, Status::New);
    }
}

TEST(Matching, WaitsForTheQueueInFrontToTradeAway) {
    auto market = touch()
                      .sell_trade(2000, 100, 3)
                      .sell_trade(3000, 100, 2)
                      .sell_trade(4000, 100, 1)
                      .quiet(9000);
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(market, {.rules = rules});
        venue->elapse(500);
        venue.buy(1, 100, 2);
        venue->elapse(1000);
        EXPECT_EQ(venue.order(1).queue_ahead, 5.0);
        venue->elapse(1000);
        EXPECT_EQ(venue.order(1).status, Status::New);  // the front is reached, not passed
        venue->elapse(1000);
        EXPECT_EQ(venue.order(1).status, Status::Filled);
        EXPECT_EQ(venue.order(1).exch_ts, 4000);
    }
}

ScriptedMarket shrinking_queue() {
    return touch()
        .sell_trade(3000, 100, 5.3)
        .bid(4000, 100, 3)
        .bid(5000, 100, 1)
        .sell_trade(6000, 100, 0.6)
        .quiet(9000);
}

/// Status at 6500 of a buy of one lot at 100 that joined a queue of five.
Status after_shrinking_queue(RulesPreset rules, double power) {
    ScriptedVenue venue(shrinking_queue(),
                        {.rules = rules, .queue = QueueKind::PowerProb, .queue_power = power});
    venue->elapse(500);
    venue.buy(1, 100, 1);
    venue->elapse(5000);
    return venue.order(1).status;
}

// Ahead after the first trade: -0.3. With n = 2.5 the power of it is no number and compat puts the
// order behind the one lot displayed, of which 0.6 trade. In strict, and with n = 3, it stays at
// the front, where 0.6 make it nearly -0.9: one lot.
TEST(Matching, LosesTheQueuePositionToAFractionalPowerInCompatOnly) {
    EXPECT_EQ(after_shrinking_queue(kCompat, 3.0), Status::Filled);
    EXPECT_EQ(after_shrinking_queue(kCompat, 2.5), Status::New);
    EXPECT_EQ(after_shrinking_queue(kStrict, 3.0), Status::Filled);
    EXPECT_EQ(after_shrinking_queue(kStrict, 2.5), Status::Filled);
}

ScriptedMarket modify_market() { return touch().sell_trade(9000, 101, 1).quiet(20000); }

TEST(Modify, ExecutesTheOldSizeAndBooksRefusedFillsAgainInCompat) {
    ScriptedVenue venue(modify_market(), {.rules = kCompat});
    venue->elapse(500);
    venue.buy(1, 101, 3);
    venue->elapse(1000);
    ASSERT_EQ(venue->modify(0, 1, 102, 7, false), Code::Ok);
    EXPECT_EQ(venue.order(1).qty_lots, 7);
    EXPECT_EQ(venue.order(1).leaves_lots, 3);
    EXPECT_EQ(venue.order(1).price_ticks, 102);
    EXPECT_EQ(venue.order(1).req, Status::Replaced);
    venue->elapse(1000);
    EXPECT_EQ(venue.latency(), (Times{2500, 2510, 2520}));
    venue->elapse(7000);
    EXPECT_EQ(venue.now(), 10500);
    EXPECT_EQ(venue.position(), 3.0);
    EXPECT_EQ(venue->state_values(0).balance, -306.0);
    EXPECT_EQ(venue.latency(), (Times{2500, 9000, 9010}));

    EXPECT_EQ(venue->cancel(0, 1, false), Code::Ok);
    venue->elapse(100);
    EXPECT_EQ(venue.position(), 6.0);
    EXPECT_EQ(venue.latency(), (Times{10500, 10510, 10520}));
    EXPECT_EQ(venue->modify(0, 1, 102, 7, false), Code::Ok);
    venue->elapse(100);
    EXPECT_EQ(venue.position(), 9.0);
    EXPECT_EQ(venue->state_values(0).num_trades, 3);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
}

// Seven lots at 102 were asked for, so seven fill when the market trades below.
TEST(Modify, ExecutesTheNewSizeInStrict) {
    ScriptedVenue venue(modify_market(), {});
    venue->elapse(500);
    venue.buy(1, 101, 3);
    venue->elapse(1000);
    ASSERT_EQ(venue->modify(0, 1, 102, 7, false), Code::Ok);
    EXPECT_EQ(venue.order(1).leaves_lots, 3);
    venue->elapse(1000);
    EXPECT_EQ(venue.order(1).leaves_lots, 7);
    venue->elapse(7000);
    EXPECT_EQ(venue.position(), 7.0);
    EXPECT_EQ(venue->state_values(0).balance, -7 * 102.0);
    EXPECT_EQ(venue.latency(), (Times{2500, 2510, 2520}));  // a fill answers no request
    EXPECT_EQ(venue->cancel(0, 1, false), Code::InvalidOrderStatus);
    EXPECT_EQ(venue->modify(0, 1, 102, 7, false), Code::InvalidOrderStatus);
    venue->elapse(100);
    EXPECT_EQ(venue.position(), 7.0);
}

/// Five lots ahead of a buy of three at 100, three of them traded, then a modify, then two traded.
Order after_modify(RulesPreset rules, double px, double qty) {
    auto market = touch().sell_trade(2000, 100, 4).sell_trade(4000, 100, 2).quiet(9000);
    ScriptedVenue venue(market, {.rules = rules});
    venue->elapse(500);
    venue.buy(1, 100, 3);
    venue->elapse(1500);
    venue->modify(0, 1, px, qty, true);
    venue->elapse(2000);
    return venue.order(1);
}

TEST(Modify, KeepsThePlaceInTheQueueOnlyForNoMoreAtTheSamePrice) {
    for (const RulesPreset rules : kPresets) {
        // One lot is ahead at the modify; two trade, which passes the front by one.
        EXPECT_EQ(after_modify(rules, 100, 2).status, Status::Filled);
        EXPECT_EQ(after_modify(rules, 100, 2).exec_lots, 2);
        EXPECT_EQ(after_modify(rules, 100, 3).status, Status::Filled);
        // A larger order starts behind the five lots displayed.
        EXPECT_EQ(after_modify(rules, 100, 4).status, Status::New);
        EXPECT_EQ(after_modify(rules, 100, 4).queue_ahead, 5.0);
        EXPECT_EQ(after_modify(rules, 99, 2).status, Status::New);
    }
    EXPECT_EQ(after_modify(kStrict, 100, 4).leaves_lots, 4);
    EXPECT_EQ(after_modify(kCompat, 100, 4).leaves_lots, 3);
    EXPECT_EQ(after_modify(kCompat, 100, 4).qty_lots, 4);
}

TEST(Modify, IntoTheMarketTakesOrExpiresAsANewOrderWould) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules});
        venue->elapse(500);
        venue.buy(1, 100, 3, kGtc, true);
        venue.buy(2, 100, 3, kGtx, true);
        EXPECT_EQ(venue->modify(0, 1, 106, 3, true), Code::Ok);
        EXPECT_EQ(venue->modify(0, 2, 106, 3, true), Code::Ok);
        EXPECT_EQ(venue.order(1).status, Status::Filled);
        EXPECT_EQ(venue.order(1).exec_price_ticks, 105);
        EXPECT_FALSE(venue.order(1).maker);
        EXPECT_EQ(venue.order(2).status, Status::Expired);
        EXPECT_EQ(venue.position(), 3.0);
    }
}

/// A buy of three at 100 fills at 1995 while a modify sent at 1990 is on its way for 20.
ScriptedMarket filled_in_flight() { return touch().sell_trade(1995, 99, 1).quiet(9000); }

TEST(Modify, LeavesThePriceOfARefusedModifyInCompat) {
    ScriptedVenue venue(filled_in_flight(), {.rules = kCompat, .latency = {20, 20}});
    venue->elapse(500);
    venue.buy(1, 100, 3);
    venue->elapse(490);
    venue->modify(0, 1, 98, 2, false);
    venue->elapse(25);  // the fill is heard: it brings the venue's price and size
    EXPECT_EQ(venue.order(1).price_ticks, 100);
    EXPECT_EQ(venue.order(1).req, Status::None);
    venue->elapse(1000);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.position(), 3.0);
    // Refused without a fill in between: nothing brings them back.
    venue->modify(0, 1, 98, 2, true);
    EXPECT_EQ(venue.order(1).price_ticks, 98);
    EXPECT_EQ(venue.order(1).qty_lots, 2);
}

TEST(Modify, RestoresThePriceOfARefusedModifyInStrict) {
    ScriptedVenue venue(filled_in_flight(), {.latency = {20, 20}});
    venue->elapse(500);
    venue.buy(1, 100, 3);
    venue->elapse(490);
    venue->modify(0, 1, 98, 2, false);
    venue->elapse(25);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(1).price_ticks, 98);  // still wished for
    EXPECT_EQ(venue.order(1).req, Status::Replaced);
    EXPECT_EQ(venue->wait_order_response(0, 1, 1000), Code::Ok);
    EXPECT_EQ(venue.now(), 2030);
    EXPECT_EQ(venue.order(1).price_ticks, 100);
    EXPECT_EQ(venue.order(1).qty_lots, 3);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(1).req, Status::None);
    EXPECT_EQ(venue.position(), 3.0);
}

TEST(Cancel, EndsItsWaitOnAFillInCompat) {
    ScriptedVenue venue(filled_in_flight(), {.rules = kCompat, .latency = {20, 20}});
    venue->elapse(500);
    venue.buy(1, 100, 1);
    venue->elapse(490);
    EXPECT_EQ(venue->cancel(0, 1, true), Code::Ok);
    EXPECT_EQ(venue.now(), 2015);
    EXPECT_EQ(venue.latency(), (Times{1500, 1995, 2015}));
    EXPECT_EQ(venue.order(1).req, Status::None);
    venue->elapse(15);
    EXPECT_EQ(venue.latency(), (Times{1990, 2010, 2030}));
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.position(), 1.0);
}

// The wait is for the cancel's answer, which is heard at 1990 + 20 + 20.
TEST(Cancel, WaitsForItsOwnAnswerInStrict) {
    ScriptedVenue venue(filled_in_flight(), {.latency = {20, 20}});
    venue->elapse(500);
    venue.buy(1, 100, 1);
    venue->elapse(490);
    EXPECT_EQ(venue->cancel(0, 1, true), Code::Ok);
    EXPECT_EQ(venue.now(), 2030);
    EXPECT_EQ(venue.latency(), (Times{1990, 2010, 2030}));
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.position(), 1.0);
}

TEST(Cancel, StaysPendingThroughAFillInStrictOnly) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(filled_in_flight(), {.rules = rules, .latency = {20, 20}});
        venue->elapse(500);
        venue.buy(1, 100, 1);
        venue->elapse(490);
        venue->cancel(0, 1, false);
        venue->elapse(25);
        EXPECT_EQ(venue.order(1).status, Status::Filled);
        EXPECT_EQ(venue.order(1).pending(), rules == kStrict);
        EXPECT_EQ(venue->cancel(0, 1, false), rules == kStrict ? Code::RequestInFlight : Code::Ok);
    }
}

TEST(Cancel, ReportsTheTimeOfTheSubmitInCompat) {
    ScriptedVenue venue(touch().quiet(9000), {.rules = kCompat});
    venue->elapse(500);
    venue.buy(1, 100, 1, kGtc, true);
    EXPECT_EQ(venue.now(), 1520);
    EXPECT_EQ(venue.latency(), (Times{1500, 1510, 1520}));
    venue->elapse(500);
    EXPECT_EQ(venue->cancel(0, 1, true), Code::Ok);
    EXPECT_EQ(venue.now(), 2040);
    EXPECT_EQ(venue.latency(), (Times{1500, 2030, 2040}));
    EXPECT_EQ(venue.order(1).status, Status::Canceled);
    EXPECT_EQ(venue->cancel(0, 1, true), Code::Ok);
    EXPECT_EQ(venue.now(), 2060);
    EXPECT_EQ(venue.latency(), (Times{2040, 2050, 2060}));
    EXPECT_EQ(venue.order(1).status, Status::Canceled);
    EXPECT_EQ(venue.order(1).exch_ts, 2030);
}

TEST(Cancel, ReportsItsOwnTimeInStrict) {
    ScriptedVenue venue(touch().quiet(9000), {});
    venue->elapse(500);
    venue.buy(1, 100, 1, kGtc, true);
    venue->elapse(500);
    EXPECT_EQ(venue->cancel(0, 1, true), Code::Ok);
    EXPECT_EQ(venue.latency(), (Times{2020, 2030, 2040}));
    EXPECT_EQ(venue.order(1).status, Status::Canceled);
    EXPECT_EQ(venue->cancel(0, 1, true), Code::InvalidOrderStatus);
    EXPECT_EQ(venue.now(), 2040);
}

TEST(Requests, AreRefusedForUnknownKnownAndBusyIds) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules});
        venue->elapse(500);
        EXPECT_EQ(venue->cancel(0, 9, false), Code::OrderNotFound);
        EXPECT_EQ(venue->modify(0, 9, 100, 1, true), Code::OrderNotFound);
        EXPECT_EQ(venue.buy(1, 100, 1), Code::Ok);
        EXPECT_EQ(venue.buy(1, 100, 1), Code::OrderIdExists);
        EXPECT_EQ(venue->cancel(0, 1, false), Code::RequestInFlight);
        EXPECT_EQ(venue->modify(0, 1, 100, 1, false), Code::RequestInFlight);
        venue->elapse(20);
        EXPECT_EQ(venue->cancel(0, 1, true), Code::Ok);
        EXPECT_EQ(venue.sell(1, 105, 1), Code::OrderIdExists);  // kept until it is cleared
        venue->clear_inactive_orders(0);
        EXPECT_EQ(venue.sell(1, 105, 1, kGtc, true), Code::Ok);
        EXPECT_EQ(venue.order(1).side, Side::Sell);
        EXPECT_EQ(venue.order(1).status, Status::New);
    }
}

TEST(Requests, GoToTheNearestTick) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules});
        venue.buy(1, 99.5, 1);
        venue.buy(2, -0.5, 1);
        EXPECT_EQ(venue.order(1).price_ticks, 100);
        EXPECT_EQ(venue.order(2).price_ticks, -1);
        const Code code = venue.buy(3, std::numeric_limits<double>::quiet_NaN(), 1);
        if (rules == kCompat) {
            EXPECT_EQ(code, Code::Ok);
            EXPECT_EQ(venue.order(3).price_ticks, 0);
        } else {
            EXPECT_EQ(code, Code::InvalidRequest);
            EXPECT_FALSE(venue->orders(0).contains(3));
        }
    }
}

TEST(Requests, ThatMakeNoSenseAreRefusedInStrict) {
    ScriptedVenue venue(touch().quiet(9000), {});
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_EQ(venue.buy(1, 100, 0), Code::InvalidRequest);
    EXPECT_EQ(venue.buy(1, 100, 0.4), Code::InvalidRequest);
    EXPECT_EQ(venue.buy(1, 100, -1), Code::InvalidRequest);
    EXPECT_EQ(venue.buy(1, 100, nan), Code::InvalidRequest);
    EXPECT_EQ(venue.buy(1, 100, 1, static_cast<TimeInForce>(9)), Code::InvalidRequest);
    EXPECT_EQ(venue->submit_buy_order(0, 1, 100, 1, kGtc, static_cast<OrderType>(7), false),
              Code::InvalidRequest);
    EXPECT_TRUE(venue->orders(0).empty());
    EXPECT_EQ(venue.now(), kNever);
    venue.buy(1, 100, 2, kGtc, true);
    EXPECT_EQ(venue->modify(0, 1, 100, 0, false), Code::InvalidRequest);
    EXPECT_EQ(venue->modify(0, 1, nan, 1, false), Code::InvalidRequest);
    EXPECT_FALSE(venue.order(1).pending());
}

TEST(Requests, RefusedOnTheWayExpireWithoutReachingTheVenue) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules, .latency = {-25, 10}});
        venue->elapse(500);
        EXPECT_EQ(venue.buy(1, 100, 1, kGtc, true), Code::Ok);
        EXPECT_EQ(venue.now(), 1525);
        EXPECT_EQ(venue.order(1).status, Status::Expired);
        EXPECT_EQ(venue.order(1).req, Status::None);
        EXPECT_EQ(venue.order(1).exch_ts, 0);
        EXPECT_FALSE(venue->order_latency(0).has_value());
    }
}

TEST(Requests, KeepTheirOrderOnTheWay) {
    ScriptedVenue venue(touch().quiet(9000), {});
    venue->elapse(500);
    venue.sell(1, 104, 1);
    venue.sell(2, 104, 2);
    venue.buy_market(3, 1);
    venue->elapse(100);
    EXPECT_EQ(venue.order(1).exch_ts, 1510);
    EXPECT_EQ(venue.order(2).exch_ts, 1510);
    // Walked in the order of submission.
    std::vector<OrderId> ids;
    for (const Order& order : venue->orders(0)) ids.push_back(order.order_id);
    EXPECT_EQ(ids, (std::vector<OrderId>{1, 2, 3}));
}

TEST(Inactive, OrdersAreClearedAndTheOthersStay) {
    for (const RulesPreset rules : kPresets) {
        ScriptedVenue venue(touch().quiet(9000), {.rules = rules});
        venue->elapse(500);
        venue.buy(1, 100, 1, kGtc, true);
        venue.buy(2, 107, 1, kGtc, true);
        venue.buy(3, 107, 1, kGtx, true);
        venue.buy(4, 100, 1, kGtc, true);
        venue->cancel(0, 4, true);
        venue.buy(5, 100, 1);
        venue->clear_inactive_orders(0);
        std::vector<OrderId> ids;
        for (const Order& order : venue->orders(0)) ids.push_back(order.order_id);
        EXPECT_EQ(ids, (std::vector<OrderId>{1, 5}));
    }
}

// A taker fee then a maker fee: a refused request books the fill it names again, with its own fee.
TEST(RefusedRequests, BookTheFillOfTheirOwnOrderAgainInCompat) {
    ScriptedVenue venue(touch().sell_trade(2000, 99, 1).quiet(9000),
                        {.rules = kCompat, .fee = {.maker = -0.125, .taker = 0.5}});
    venue->elapse(500);
    venue.buy(1, 105, 1, kGtc, true);  // taker at 105
    venue.buy(2, 100, 2);              // maker at 100
    venue->elapse(1000);
    venue->cancel(0, 1, true);
    EXPECT_EQ(venue.position(), 4.0);
    EXPECT_EQ(venue->state_values(0).balance, -105.0 - 200.0 - 105.0);
    EXPECT_EQ(venue->state_values(0).fee, 52.5 - 25.0 + 52.5);
}

}  // namespace
}  // namespace ringside
