#include <gtest/gtest.h>

#include "tests/connectord/desk.hpp"
#include "tests/connectord/live_model.hpp"

namespace ringside::connectord::test {
namespace {

constexpr Code code(const OrderResponse& response) { return static_cast<Code>(response.error); }

TEST(OpenOrders, AnOrderThatAListDoesNotShowIsAskedAbout) {
    Desk desk;
    const Action gone = desk.working(7, 5);
    const Action open = desk.working(8, 5);
    desk.pass(kSecond);
    const Action young = desk.submit(9, 5);
    const std::array list{desk.update(open, VenueStatus::Working, 0, Channel::Snapshot)};
    desk.manager().on_open_orders(kAllAssets, list, desk.now(), desk.now());
    EXPECT_EQ(desk.state(gone), OrderState::Unknown);
    EXPECT_EQ(desk.state(open), OrderState::Working);
    EXPECT_EQ(desk.state(young), OrderState::Submitting);
    desk.pass(0);
    const Action query = desk.action();
    EXPECT_EQ(query.key, gone.key);
    desk.answer(query, desk.update(gone, VenueStatus::Cancelled));
    EXPECT_EQ(desk.response().status, Status::Canceled);
    EXPECT_EQ(desk.counters().repaired, 1U);
}

TEST(OpenOrders, AfterAGapOfTheStreamWithoutAListEveryOrderIsAskedAbout) {
    Desk desk;
    const Action resting = desk.working(7, 5);
    const Action young = desk.submit(8, 5);
    desk.manager().on_stream_gap(desk.now());
    // Older than what the stream did not bring.
    desk.answer(young, desk.update(young, VenueStatus::Working));
    desk.responses();
    desk.pass(kSecond);
    const std::vector<Action> queries = desk.actions();
    ASSERT_EQ(queries.size(), 2U);
    for (const Action& query : queries) {
        EXPECT_EQ(query.kind, ActionKind::QueryOrder);
        desk.answer(query,
                    desk.update(query.key == young.key ? young : resting, VenueStatus::Cancelled));
    }
    EXPECT_EQ(desk.manager().live_orders(), 0U);
}

TEST(OpenOrders, AfterAGapOfTheStreamAListSavesQuestions) {
    Desk desk;
    const Action first = desk.working(7, 5);
    desk.working(8, 5);
    desk.manager().on_stream_gap(desk.now());
    const std::array list{desk.update(first, VenueStatus::Working, 0, Channel::Snapshot)};
    desk.manager().on_open_orders(1, {}, desk.now(), desk.now());  // another instrument's
    desk.manager().on_open_orders(kAllAssets, list, desk.now(), desk.now());
    desk.pass(0);
    EXPECT_EQ(desk.action().key.counter, 1U);  // the one that is missing
    desk.pass(kSecond);
    EXPECT_TRUE(desk.actions().empty());
}

TEST(Bot, ThatIsGoneHasItsOrdersCancelled) {
    Desk desk;
    const Action mine = desk.working(7, 5);
    const Action unanswered = desk.submit(8, 5);
    desk.manager().bot_gone(desk.bot, desk.now());
    EXPECT_EQ(desk.action().key, mine.key);
    desk.answer(unanswered, desk.update(unanswered, VenueStatus::Working));
    const Action cancel = desk.action();
    EXPECT_EQ(cancel.key, unanswered.key);
    EXPECT_EQ(cancel.kind, ActionKind::Cancel);
    EXPECT_TRUE(desk.responses().empty());
    // Its next life does not hear of them, and may use their ids.
    EXPECT_EQ(desk.manager().bot_came("grid", desk.now()), desk.bot);
    desk.hear(desk.fill(mine, VenueStatus::Filled, 5, 11, 5));
    EXPECT_TRUE(desk.responses().empty());
    EXPECT_EQ(desk.position(), 5);
    EXPECT_EQ(desk.counters().orphan_fills, 1U);
    desk.submit(7, 1);
}

TEST(Bot, WhoseOrdersAreKeptFindsThemWhenItComesBack) {
    Desk desk({.on_bot_gone = BotGonePolicy::Keep});
    const Action mine = desk.working(7, 5);
    desk.manager().bot_gone(desk.bot, desk.now());
    EXPECT_TRUE(desk.actions().empty());
    desk.hear(desk.fill(mine, VenueStatus::Working, 2, 11, 2));
    EXPECT_EQ(desk.manager().bot_came("grid", desk.now()), desk.bot);
    const OrderResponse told = desk.response();
    EXPECT_EQ(told.kind, ResponseKind::Update);
    EXPECT_EQ(told.order_id, 7U);
    EXPECT_EQ(told.leaves_lots, 3);
    desk.request(RequestKind::Cancel, 7, 0);
    EXPECT_EQ(desk.action().kind, ActionKind::Cancel);
}

TEST(Bot, OfANameThatIsConnectedGetsANameOfItsOwn) {
    Desk desk;
    const BotNo second = desk.manager().bot_came("grid", desk.now());
    EXPECT_NE(second, desk.bot);
    EXPECT_EQ(desk.manager().bot_name(second), "grid#2");
}

TEST(Bot, NamesThatHaveNothingLeftGiveTheirNumbersBack) {
    Desk desk;
    const BotNo rich = desk.manager().bot_came("rich", desk.now());
    desk.manager().on_request(rich,
                              {.seq = 1,
                               .order_id = 1,
                               .price_ticks = 1,
                               .qty_lots = 1,
                               .kind = RequestKind::Submit,
                               .side = Side::Buy},
                              desk.now());
    const Action buy = desk.action();
    desk.hear(desk.fill(buy, VenueStatus::Filled, 1, 5, 1));
    desk.manager().bot_gone(rich, desk.now());
    for (int i = 0; i < 3000; ++i) {
        const BotNo bot = desk.manager().bot_came("bot" + std::to_string(i), desk.now());
        ASSERT_NE(bot, kNoBot);
        ASSERT_NE(bot, rich);
        ASSERT_NE(bot, desk.bot);
        desk.manager().bot_gone(bot, desk.now());
    }
    EXPECT_EQ(desk.manager().bot_came("rich", desk.now()), rich);
    EXPECT_EQ(desk.manager().exposure(rich, 0).position, 1);
}

TEST(KillSwitch, CancelsEverythingAndLetsNothingThrough) {
    Desk desk;
    const Action mine = desk.working(7, 5);
    desk.manager().kill(true, desk.now());
    const std::vector<Action> all = desk.actions();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].kind, ActionKind::Cancel);
    EXPECT_EQ(all[1].kind, ActionKind::CancelAll);
    EXPECT_EQ(all[2].asset_no, 1U);
    desk.request(RequestKind::Submit, 8, 5);
    EXPECT_EQ(code(desk.response()), Code::KillSwitch);
    desk.answer(all[0], desk.update(mine, VenueStatus::Cancelled));
    EXPECT_TRUE(desk.manager().quiet());
    desk.manager().reset_kill();
    desk.responses();
    desk.submit(8, 5);
}

TEST(Stop, TakesNoMoreOrdersAndIsQuietWhenAllAreGone) {
    Desk desk;
    const Action mine = desk.working(7, 5);
    desk.manager().stop(true, desk.now());
    const Action cancel = desk.action();
    desk.request(RequestKind::Submit, 8, 5);
    EXPECT_EQ(code(desk.response()), Code::Stopping);
    EXPECT_FALSE(desk.manager().quiet());
    desk.answer(cancel, desk.update(mine, VenueStatus::Cancelled));
    EXPECT_TRUE(desk.manager().quiet());
}

TEST(Position, DriftsWhenSomebodyElseTrades) {
    Desk desk;
    desk.manager().on_position(0, 40, desk.now());
    EXPECT_EQ(desk.manager().exposure(0).position, 40);
    const Action mine = desk.working(7, 5);
    desk.hear(desk.fill(mine, VenueStatus::Filled, 5, 11, 5));
    desk.manager().on_position(0, 45, desk.now());
    EXPECT_EQ(desk.manager().position_drift(0), 0);
    desk.manager().on_position(0, 48, desk.now());
    EXPECT_EQ(desk.manager().position_drift(0), 3);
    desk.manager().accept_position(0);
    EXPECT_EQ(desk.manager().position_drift(0), 0);
    EXPECT_EQ(desk.manager().exposure(0).position, 48);
    EXPECT_EQ(desk.position(), 5);
}

class Restart : public testing::Test {
  protected:
    static OrderManagerOptions small() { return {.max_orders = 64, .max_executions = 512}; }
    /// Another run on the same journal; the one before just stopped existing.
    Desk& run(const OrderManagerOptions& options = small()) {
        desk_.reset();
        journal_.emplace(memory_.bytes());
        return desk_.emplace(options, &*journal_);
    }

    JournalMemory memory_{8192};
    std::optional<OrderJournal> journal_;
    std::optional<Desk> desk_;
};

TEST_F(Restart, AsksAboutWhatWasOpenAndBooksWhatItMissedOnce) {
    Action mine;
    std::optional<OrderUpdate> first;
    {
        Desk& desk = run();
        mine = desk.working(7, 5);
        first = desk.fill(mine, VenueStatus::Working, 2, 11, 2);
        desk.hear(*first);
    }
    Desk& desk = run();
    EXPECT_EQ(desk.position(), 2);
    EXPECT_EQ(desk.state(mine), OrderState::Unknown);
    desk.pass(0);
    const Action query = desk.action();
    EXPECT_EQ(query.key, mine.key);
    OrderUpdate filled = desk.update(mine, VenueStatus::Filled, 5);
    filled.exch_ts += 60 * kSecond;
    desk.answer(query, filled);
    desk.pass(300 * kMillisecond);
    const Action trades = desk.action();
    ASSERT_EQ(trades.kind, ActionKind::QueryTrades);
    desk.manager().on_trade({.venue_id = trades.venue_id, .execution = first->execution},
                            desk.now());
    desk.manager().on_trade(
        {.venue_id = trades.venue_id,
         .execution = {.trade_id = 12, .price_ticks = 1, .lots = 3, .exch_ts = filled.exch_ts}},
        desk.now());
    desk.answer(trades, Outcome::Done);
    EXPECT_EQ(desk.position(), 5);
    EXPECT_EQ(desk.state(mine), OrderState::Filled);
    EXPECT_TRUE(desk.responses().empty());  // its bot died with the connector
}

TEST_F(Restart, CancelsLeftoversByPolicyAndNeverUsesAnIdAgain) {
    const Action before = run().working(7, 5);
    Desk& desk = run();
    desk.pass(0);
    desk.answer(desk.action(), desk.update(before, VenueStatus::Working));
    const Action cancel = desk.action();
    EXPECT_EQ(cancel.kind, ActionKind::Cancel);
    EXPECT_EQ(cancel.key, before.key);
    const Action after = desk.submit(7, 5);
    EXPECT_GT(after.key.epoch, before.key.epoch);
}

TEST_F(Restart, DoesNotTakeALateListForLeftovers) {
    const Action before = run().working(7, 5);
    desk_->hear(desk_->update(before, VenueStatus::Cancelled));
    Desk& desk = run();
    const std::array list{desk.update(before, VenueStatus::Working, 0, Channel::Snapshot)};
    desk.manager().on_open_orders(kAllAssets, list, desk.now(), desk.now());
    EXPECT_EQ(desk.manager().live_orders(), 0U);
    EXPECT_TRUE(desk.actions().empty());
}

TEST_F(Restart, WithALostJournalAdoptsLeftoversWithoutBookingTheirPast) {
    Action before = run().working(7, 5);
    before.key.epoch -= 1000;  // of a run of which the journal knows nothing
    Desk& desk = run();
    desk.actions();
    OrderUpdate open = desk.update(before, VenueStatus::Working, 2, Channel::Snapshot);
    desk.manager().on_open_orders(kAllAssets, std::array{open}, desk.now(), desk.now());
    EXPECT_EQ(desk.counters().adopted, 2U);
    desk.manager().on_position(0, 2, desk.now());
    OrderUpdate more = desk.fill(before, VenueStatus::Filled, 5, 12, 3);
    more.exch_ts = more.execution.exch_ts = open.exch_ts + kMillisecond;
    const TradeReport past{.venue_id = open.venue_id,
                           .execution = {.trade_id = 11, .lots = 2, .exch_ts = open.exch_ts}};
    desk.manager().on_trade(past, desk.now());
    desk.hear(more);
    desk.manager().on_trade(past, desk.now());
    EXPECT_EQ(desk.manager().exposure(0).position, 5);
    EXPECT_EQ(desk.state(before), OrderState::Filled);
}

TEST_F(Restart, LeavesTheKillSwitchPulled) {
    run().manager().kill(false, 0);
    EXPECT_TRUE(run().limits().killed());
    EXPECT_TRUE(run().limits().killed());  // compacted in between
    desk_->manager().reset_kill();
    EXPECT_FALSE(run().limits().killed());
}

TEST_F(Restart, KeepsPositionsThroughManyCompactions) {
    Desk& desk = run();
    for (int i = 0; i < 10'000; ++i) {
        const Action mine = desk.working(7, 1);
        desk.hear(desk.fill(mine, VenueStatus::Filled, 1, static_cast<TradeId>(100 + i), 1));
        desk.responses();
        desk.pass(kSecond);
    }
    EXPECT_GT(desk.counters().journal_compactions, 3U);
    EXPECT_EQ(run().position(), 10'000);
}

}  // namespace
}  // namespace ringside::connectord::test
