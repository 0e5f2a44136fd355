#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/scripted_market.hpp"

namespace ringside {
namespace {

using test::ScriptedMarket;
using test::ScriptedVenue;
using Times = std::vector<Nanos>;

constexpr RulesPreset kCompat = RulesPreset::Compat;
constexpr RulesPreset kStrict = RulesPreset::Strict;

ScriptedMarket three_bids() {
    return ScriptedMarket().bid(1000, 100, 1).bid(2000, 100, 2).bid(3000, 100, 3);
}
ScriptedMarket quiet_market() {
    return ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 5).quiet(9000);
}

/// A call's code and the bot's time after it.
struct Step {
    Code code;
    Nanos now;
    bool operator==(const Step&) const = default;
    friend void PrintTo(const Step& step, std::ostream* out) {
        *out << "code " << static_cast<int>(step.code) << " at " << step.now;
    }
};
Step elapse(ScriptedVenue& venue, Nanos d) {
    const Code code = venue->elapse(d);
    return {code, venue.now()};
}
Step wait_feed(ScriptedVenue& venue, bool responses, Nanos timeout) {
    const Code code = venue->wait_next_feed(responses, timeout);
    return {code, venue.now()};
}

TEST(Clock, StartsAtTheFirstEventAndStandsBeforeTheLastFeedInCompat) {
    ScriptedVenue venue(three_bids(), {.rules = kCompat});
    EXPECT_EQ(venue.now(), kNever);
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::Ok, 2000}));
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::Ok, 3000}));
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::EndOfData, 3000}));
    EXPECT_EQ(venue->depth(0).bid_qty(100), 3.0);
    venue.buy(1, 99, 1);
    EXPECT_EQ(elapse(venue, 5), (Step{Code::Ok, 3005}));
    EXPECT_EQ(elapse(venue, 100), (Step{Code::EndOfData, 3005}));
    EXPECT_EQ(venue.order(1).status, Status::New);
    EXPECT_EQ(venue.order(1).exch_ts, 3010);
}

// At the end of data time has come to the last thing that the bot heard: the row at 3001, then
// the answer to the request of 3001, 10 there and 10 back.
TEST(Clock, MovesToTheLastThingHeardAtTheEndInStrict) {
    ScriptedVenue venue(three_bids(), {});
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::Ok, 2000}));
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::Ok, 3000}));
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::EndOfData, 3001}));
    EXPECT_EQ(venue->depth(0).bid_qty(100), 3.0);
    venue.buy(1, 99, 1);
    EXPECT_EQ(elapse(venue, 5), (Step{Code::Ok, 3006}));
    EXPECT_EQ(elapse(venue, 100), (Step{Code::EndOfData, 3021}));
    EXPECT_EQ(venue.order(1).exch_ts, 3011);
    EXPECT_EQ(elapse(venue, 100), (Step{Code::EndOfData, 3021}));
}

TEST(Clock, ReportsTheLastFeedAsTheEndInCompat) {
    ScriptedVenue venue(three_bids(), {.rules = kCompat});
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::MarketFeed, 1001}));
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::MarketFeed, 2001}));
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::EndOfData, 2001}));
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::EndOfData, 2001}));
}

TEST(Clock, ReportsTheLastFeedBeforeTheEndInStrict) {
    ScriptedVenue venue(three_bids(), {});
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::MarketFeed, 1001}));
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::MarketFeed, 2001}));
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::MarketFeed, 3001}));
    EXPECT_EQ(wait_feed(venue, true, kSecond), (Step{Code::EndOfData, 3001}));
}

TEST(Clock, StandsStillForRequestsBeforeItStartsInCompat) {
    ScriptedVenue venue(three_bids(), {.rules = kCompat});
    venue.buy(1, 99, 1);
    EXPECT_EQ(elapse(venue, 100), (Step{Code::Ok, 1100}));
    const Order& order = venue.order(1);
    EXPECT_EQ(order.status, Status::New);
    EXPECT_EQ(order.exch_ts, 0);
    EXPECT_EQ(order.local_ts, kNever);
    EXPECT_FALSE(venue->order_latency(0).has_value());
}

// They meet the empty book of time 0: what would cross the first quotes rests, and is swept.
TEST(Clock, LetsRequestsBeforeItStartsMeetAnEmptyBookInCompat) {
    auto market = ScriptedMarket().ask(1000, 105, 5).quiet(9000);
    ScriptedVenue venue(market, {.rules = kCompat});
    venue.buy(1, 107, 1);
    EXPECT_EQ(elapse(venue, 0).now, 1000);
    EXPECT_EQ(venue.order(1).status, Status::New);
    EXPECT_EQ(elapse(venue, 100).now, 1100);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_TRUE(venue.order(1).maker);
    EXPECT_EQ(venue.order(1).exec_price_ticks, 107);
}

TEST(Clock, NeverProcessesEarlyRequestsWithoutEntryLatencyInCompat) {
    ScriptedVenue venue(three_bids(), {.rules = kCompat, .latency = {0, 10}});
    venue.buy(1, 99, 1);
    EXPECT_EQ(elapse(venue, 500), (Step{Code::Ok, 1500}));
    EXPECT_EQ(venue.order(1).status, Status::None);
    EXPECT_EQ(venue.order(1).req, Status::New);
}

TEST(Clock, StandsStillForWaitsBeforeItStartsInCompat) {
    ScriptedVenue venue(three_bids(), {.rules = kCompat});
    EXPECT_EQ(venue->wait_order_response(0, 1, 100), Code::EndOfData);
    EXPECT_EQ(venue.now(), kNever);
    EXPECT_EQ(venue.buy(1, 99, 1, TimeInForce::Gtc, true), Code::EndOfData);
    EXPECT_EQ(venue.now(), kNever);
    EXPECT_EQ(venue.order(1).status, Status::New);
    EXPECT_EQ(venue->cancel(0, 1, false), Code::Ok);
    EXPECT_EQ(elapse(venue, 0), (Step{Code::Ok, 1000}));
    EXPECT_EQ(venue.order(1).status, Status::Canceled);
    EXPECT_EQ(venue->depth(0).best_bid(), kNoBid);
    EXPECT_EQ(elapse(venue, 1), (Step{Code::Ok, 1001}));
    EXPECT_EQ(venue->depth(0).best_bid(), 100);
}

TEST(Clock, StartsWithTheFirstRequestOrWaitInStrict) {
    ScriptedVenue venue(three_bids(), {});
    venue.buy(1, 99, 1);
    EXPECT_EQ(venue.now(), 1000);
    EXPECT_EQ(elapse(venue, 100), (Step{Code::Ok, 1100}));
    EXPECT_EQ(venue.order(1).exch_ts, 1010);
    EXPECT_EQ(venue.latency(), (Times{1000, 1010, 1020}));

    ScriptedVenue waiting(three_bids(), {});
    EXPECT_EQ(waiting->wait_order_response(0, 1, 100), Code::Ok);
    EXPECT_EQ(waiting.now(), 1100);
    EXPECT_EQ(waiting->depth(0).best_bid(), 100);
}

TEST(Clock, DoesEverythingOfTheFirstInstantInAnElapseOfNothing) {
    auto market = ScriptedMarket(0).bid(1000, 100, 1).bid(1000, 101, 1).bid(2000, 102, 1);
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedVenue venue(market, {.rules = rules});
        EXPECT_EQ(elapse(venue, 0), (Step{Code::Ok, 1000}));
        EXPECT_EQ(venue->depth(0).best_bid(), 101);
        EXPECT_EQ(elapse(venue, 0), (Step{Code::Ok, 1000}));
    }
}

TEST(Clock, WrapsAroundInCompatAndSaturatesInStrict) {
    ScriptedVenue compat(quiet_market(), {.rules = kCompat});
    elapse(compat, 10);
    EXPECT_EQ(wait_feed(compat, false, kNever), (Step{Code::Ok, -9223372036854774799}));
    ScriptedVenue strict(quiet_market(), {});
    elapse(strict, 10);
    EXPECT_EQ(wait_feed(strict, false, kNever), (Step{Code::MarketFeed, 9001}));
    EXPECT_EQ(elapse(strict, -1), (Step{Code::InvalidRequest, 9001}));
}

/// The ask falls to 103 at 1800.
ScriptedMarket falling_ask() {
    return ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 5).ask(1800, 103, 5).quiet(9000);
}

// A request from 1500 meets the book of 2000, where the venue is, with the times of 1500. The
// second, from further back still, waits behind it.
TEST(Clock, TakesRequestsToWhereTheVenueIsWhileItIsTurnedBackInCompat) {
    ScriptedVenue venue(falling_ask(), {.rules = kCompat});
    EXPECT_EQ(elapse(venue, 1000), (Step{Code::Ok, 2000}));
    EXPECT_EQ(elapse(venue, -500), (Step{Code::Ok, 1500}));
    EXPECT_EQ(venue.buy(1, 104, 1), Code::Ok);
    EXPECT_EQ(elapse(venue, -100), (Step{Code::Ok, 1400}));
    EXPECT_EQ(venue.buy(2, 99, 1), Code::Ok);
    EXPECT_EQ(elapse(venue, 200), (Step{Code::Ok, 1600}));
    EXPECT_EQ(venue.order(1).exec_price_ticks, 103);
    EXPECT_EQ(venue.order(1).exch_ts, 1510);
    EXPECT_EQ(venue.order(2).status, Status::New);
    EXPECT_EQ(venue.order(2).exch_ts, 1510);
}

// How far a venue that runs ahead of its bots has gone is no part of a result, so it takes no
// request from before what it was promised.
TEST(Clock, TakesNoRequestsWhileItIsTurnedBackOnAVenueThatRunsAhead) {
    const ScriptedMarket market = falling_ask();
    engine::AssetConfig asset;
    asset.instrument.grid = {1.0, 1.0};
    asset.data = {std::span(market.rows())};
    const engine::VenueConfig config{.name = "ahead", .rules = kCompat, .assets = {asset}};
    botkit::Context bot(std::make_unique<botkit::InProcessLink>(config, engine::Pace::AheadOfBots));
    const auto buy = [&] {
        return bot.submit_buy_order(0, 1, 99, 1, TimeInForce::Gtc, OrderType::Limit, false);
    };
    ASSERT_EQ(bot.elapse(1000), Code::Ok);
    ASSERT_EQ(bot.elapse(-500), Code::Ok);
    EXPECT_EQ(buy(), Code::InvalidRequest);
    EXPECT_TRUE(bot.orders(0).empty());
    ASSERT_EQ(bot.elapse(500), Code::Ok);
    EXPECT_EQ(buy(), Code::Ok);
}

// The row at 2650 is heard at 2651, but after the one that is heard at 2700: whoever waits for the
// feed then stands at 2651, while the venue has come to 2700 and the ask to 102.
TEST(Clock, GoesBackToARowThatIsHeardOutOfOrderInCompat) {
    std::vector<Event> rows = falling_ask().rows();
    const Event quiet = rows.back();
    rows.back() = ScriptedMarket(100).bid(2600, 99, 1).rows().front();
    rows.push_back(ScriptedMarket().bid(2650, 98, 1).rows().front());
    rows.push_back(ScriptedMarket().ask(2690, 102, 1).only(kExchEvent).rows().front());
    rows.push_back(quiet);
    engine::AssetConfig asset;
    asset.instrument.grid = {1.0, 1.0};
    asset.data = {std::span<const Event>(rows)};
    asset.latency = {10, 10};
    engine::VenueConfig config{.name = "disorder", .rules = kCompat, .assets = {asset}};
    for (const bool watched : {false, true}) {
        SCOPED_TRACE(watched ? "with a callback" : "without callbacks");
        botkit::Context bot(std::make_unique<botkit::InProcessLink>(config));
        if (watched) bot.on_trade([](botkit::Context&, AssetNo, const Event&) {});
        ASSERT_EQ(bot.elapse(1500), Code::Ok);
        EXPECT_EQ(bot.wait_next_feed(false, 1000), Code::MarketFeed);
        EXPECT_EQ(bot.current_timestamp(), 2651);
        EXPECT_EQ(bot.submit_buy_order(0, 1, 104, 1, TimeInForce::Gtc, OrderType::Limit, true),
                  Code::Ok);
        EXPECT_EQ(bot.current_timestamp(), 2671);
        EXPECT_EQ(bot.orders(0).find(1)->exch_ts, 2661);
        EXPECT_EQ(bot.orders(0).find(1)->exec_price_ticks, 102);
    }
    config.rules = kStrict;
    test::expect_error([&] { botkit::InProcessLink{config}; }, ExitCode::Data, "row 4");
}

/// The answer to a buy at 1500 that waits for it, and where that leaves the clock.
void expect_early_answer(const engine::ConstantLatency& latency, Nanos now) {
    ScriptedVenue venue(quiet_market(), {.rules = kCompat, .latency = latency});
    venue->elapse(500);
    EXPECT_EQ(venue.buy(1, 99, 1, TimeInForce::Gtc, true), Code::Ok);
    EXPECT_EQ(venue.now(), now);
    EXPECT_EQ(venue.latency(), (Times{1500, 1525, now}));
    EXPECT_EQ(venue.order(1).status, Status::New);
}

TEST(Clock, GoesBackToAnAnswerThatComesBeforeItWasMadeInCompat) {
    expect_early_answer({25, -10}, 1515);
    expect_early_answer({25, -100}, 1425);
}

// No venue answers before it was asked.
TEST(Clock, RefusesAnswersBeforeTheyAreMadeInStrict) {
    const auto open = [] { ScriptedVenue(quiet_market(), {.latency = {25, -10}}); };
    test::expect_error(open, ExitCode::Usage, "-10");
}

TEST(Clock, EndsAtOnceOnABusWithoutEvents) {
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedVenue venue(ScriptedMarket(), {.rules = rules});
        EXPECT_EQ(elapse(venue, 100), (Step{Code::EndOfData, kNever}));
        EXPECT_EQ(wait_feed(venue, true, 100), (Step{Code::EndOfData, kNever}));
    }
}

// Rows that only the exchange sees still happen: orders fill, and the end comes after the last.
TEST(Clock, RunsOnDataThatTheBotNeverHears) {
    auto market = ScriptedMarket()
                      .ask(1000, 105, 5)
                      .only(kExchEvent)
                      .sell_trade(3000, 99, 1)
                      .only(kExchEvent);
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedVenue venue(market, {.rules = rules});
        EXPECT_EQ(elapse(venue, 500), (Step{Code::Ok, 1500}));
        venue.buy(1, 100, 2);
        EXPECT_EQ(elapse(venue, 1000), (Step{Code::Ok, 2500}));
        EXPECT_EQ(elapse(venue, 1000).code, Code::EndOfData);
        EXPECT_EQ(venue.now(), rules == kStrict ? 3010 : 2500);
        EXPECT_EQ(venue.position(), 2.0);
    }
}

TEST(Clock, CountsRowsOnlyTheExchangeSeesAsDataStillToCome) {
    auto market = ScriptedMarket().bid(1000, 100, 5).quiet(5000).only(kExchEvent);
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedVenue venue(market, {.rules = rules});
        EXPECT_EQ(elapse(venue, 3999), (Step{Code::Ok, 4999}));
        EXPECT_EQ(elapse(venue, 1).code, Code::EndOfData);
    }
}

// One row in each array, heard long after the venue has gone on to the next: HftBacktest ends here
// with code 100, but plays the same rows from files; so do we in both presets.
TEST(Clock, PlaysArraysOneAfterTheOtherHoweverLateTheyAreHeard) {
    const std::vector<Event> rows =
        ScriptedMarket(500).bid(1000, 100, 1).bid(1001, 100, 2).bid(1002, 100, 3).rows();
    for (const RulesPreset rules : {kStrict, kCompat}) {
        engine::AssetConfig asset;
        asset.instrument.grid = {1.0, 1.0};
        for (const Event& row : rows) asset.data.emplace_back(std::span(&row, 1));
        engine::VenueConfig config{.name = "arrays", .rules = rules, .assets = {asset}};
        botkit::Context bot(std::make_unique<botkit::InProcessLink>(config));
        EXPECT_EQ(bot.elapse(250), Code::Ok);
        EXPECT_EQ(bot.elapse(251), Code::Ok);
        EXPECT_EQ(bot.depth(0).bid_qty(100), 2.0);
        EXPECT_EQ(bot.elapse(250), Code::EndOfData);
        EXPECT_EQ(bot.depth(0).bid_qty(100), 3.0);
    }
}

TEST(Clock, StaysWithinATimeoutWithoutFeed) {
    ScriptedVenue venue(quiet_market(), {});
    EXPECT_EQ(wait_feed(venue, false, 10), (Step{Code::MarketFeed, 1001}));
    EXPECT_EQ(venue->depth(0).best_ask(), 105);  // all rows of the instant, not only the first
    EXPECT_EQ(wait_feed(venue, false, 10), (Step{Code::Ok, 1011}));
}

TEST(Clock, WakesForAResponseOnlyIfAsked) {
    ScriptedVenue venue(quiet_market(), {});
    elapse(venue, 500);
    venue.buy(1, 99, 1);
    EXPECT_EQ(wait_feed(venue, false, 100), (Step{Code::Ok, 1600}));
    EXPECT_EQ(venue.order(1).status, Status::New);
    venue->cancel(0, 1, false);
    EXPECT_EQ(wait_feed(venue, true, 100), (Step{Code::OrderResponse, 1620}));
}

/// A feed and a response at 1520; the order is on asset 0.
TEST(Clock, TellsWhatCameLastWhenFeedAndResponseMeet) {
    auto feed = ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 5).quiet(1519).quiet(9000);
    for (const RulesPreset rules : {kStrict, kCompat}) {
        ScriptedVenue one(feed, {.rules = rules});
        elapse(one, 500);
        one.buy(1, 99, 1);
        EXPECT_EQ(wait_feed(one, true, 1000), (Step{Code::OrderResponse, 1520}));

        ScriptedVenue two({quiet_market(), feed}, {.rules = rules});
        elapse(two, 500);
        two.buy(1, 99, 1);
        EXPECT_EQ(wait_feed(two, true, 1000), (Step{Code::MarketFeed, 1520}));
        EXPECT_EQ(two.order(1).status, Status::New);

        ScriptedVenue other({feed, quiet_market()}, {.rules = rules});
        elapse(other, 500);
        other.buy(1, 99, 1, TimeInForce::Gtc, false, 1);
        EXPECT_EQ(wait_feed(other, true, 1000), (Step{Code::OrderResponse, 1520}));
    }
}

TEST(Clock, LetsRequestsMeetTheBookAfterAllRowsOfTheirInstant) {
    // The request of 1500 arrives at 1510, when the best ask has just become 103.
    auto market =
        ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 5).ask(1510, 103, 1).quiet(9000);
    ScriptedVenue venue(market, {});
    elapse(venue, 500);
    venue.buy(1, 104, 1, TimeInForce::Gtc, true);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(1).exec_price_ticks, 103);
}

TEST(Clock, StandsStillForAnAnswerWithoutLatency) {
    ScriptedVenue venue(quiet_market(), {.latency = {0, 0}});
    elapse(venue, 500);
    EXPECT_EQ(venue.buy(1, 99, 1, TimeInForce::Gtc, true), Code::Ok);
    EXPECT_EQ(venue.now(), 1500);
    EXPECT_EQ(venue.latency(), (Times{1500, 1500, 1500}));
    venue->cancel(0, 1, false);
    EXPECT_EQ(venue.order(1).req, Status::Canceled);
    EXPECT_EQ(elapse(venue, 0), (Step{Code::Ok, 1500}));
    EXPECT_EQ(venue.order(1).status, Status::Canceled);
}

TEST(Clock, WaitsForAnAnswerNoLongerThanAsked) {
    ScriptedVenue venue(quiet_market(), {});
    elapse(venue, 500);
    venue.buy(1, 99, 1);
    EXPECT_EQ(venue->wait_order_response(0, 1, 19), Code::Ok);
    EXPECT_EQ(venue.now(), 1519);
    EXPECT_EQ(venue.order(1).req, Status::New);
    EXPECT_EQ(venue->wait_order_response(0, 1, 1000), Code::Ok);
    EXPECT_EQ(venue.now(), 1520);
    EXPECT_EQ(venue.order(1).req, Status::None);
    EXPECT_EQ(venue->wait_order_response(0, 1, 100), Code::Ok);  // nothing is under way
    EXPECT_EQ(venue.now(), 1620);
}

TEST(Clock, WaitsForTheOrderThatWasNamed) {
    ScriptedVenue venue({quiet_market(), quiet_market()}, {});
    elapse(venue, 500);
    venue.buy(1, 99, 1);
    elapse(venue, 5);
    venue.buy(2, 99, 1);
    elapse(venue, 5);
    venue.buy(2, 99, 1, TimeInForce::Gtc, false, 1);
    EXPECT_EQ(venue->wait_order_response(1, 2, 1000), Code::Ok);
    EXPECT_EQ(venue.now(), 1530);
}

TEST(Clock, EndsAWaitWhenTheDataEndFirst) {
    ScriptedVenue strict(three_bids(), {});
    elapse(strict, 500);
    EXPECT_EQ(strict->wait_order_response(0, 1, kNever), Code::EndOfData);
    EXPECT_EQ(strict.now(), 3001);
    // The answer is the last thing that happens: strict reports it, compat the end.
    EXPECT_EQ(strict.buy(1, 99, 1, TimeInForce::Gtc, true), Code::Ok);
    EXPECT_EQ(strict.now(), 3021);
    ScriptedVenue compat(three_bids(), {.rules = kCompat});
    elapse(compat, 500);
    EXPECT_EQ(compat->wait_order_response(0, 1, kSecond), Code::EndOfData);
    EXPECT_EQ(compat.now(), 1500);
    EXPECT_EQ(compat.buy(1, 99, 1, TimeInForce::Gtc, true), Code::EndOfData);
    EXPECT_EQ(compat.now(), 1500);
    EXPECT_EQ(compat.order(1).status, Status::New);
}

TEST(Clock, MeasuresTheFeedAsItIsHeard) {
    ScriptedVenue venue(ScriptedMarket(7).bid(1000, 100, 1).bid(2000, 101, 1), {});
    elapse(venue, 6);
    EXPECT_FALSE(venue->feed_latency(0).has_value());
    elapse(venue, 1);
    EXPECT_EQ(venue->feed_latency(0)->exch_ts, 1000);
    EXPECT_EQ(venue->feed_latency(0)->local_ts, 1007);
}

}  // namespace
}  // namespace ringside
