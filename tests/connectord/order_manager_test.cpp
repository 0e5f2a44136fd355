#include <gtest/gtest.h>

#include "tests/connectord/desk.hpp"
#include "tests/connectord/live_model.hpp"

namespace ringside::connectord::test {
namespace {

constexpr Code code(const OrderResponse& response) { return static_cast<Code>(response.error); }

TEST(Submit, IsAnsweredOnceWhicheverChannelIsFirst) {
    for (const bool stream_first : {false, true}) {
        Desk desk;
        const Action submit = desk.submit(7, 5);
        EXPECT_EQ(submit.kind, ActionKind::Submit);
        EXPECT_EQ(submit.qty_lots, 5);
        EXPECT_TRUE(desk.responses().empty());
        const OrderUpdate said = desk.update(submit, VenueStatus::Working);
        if (stream_first) desk.hear(said);
        desk.answer(submit, said);
        if (!stream_first) desk.hear(said);
        const OrderResponse ack = desk.response();
        EXPECT_EQ(ack.kind, ResponseKind::Ack);
        EXPECT_EQ(ack.order_id, 7U);
        EXPECT_EQ(ack.req_seq, 1U);
        EXPECT_EQ(ack.status, Status::New);
        EXPECT_EQ(ack.leaves_lots, 5);
        EXPECT_EQ(desk.state(submit), OrderState::Working);
    }
}

TEST(Submit, WithoutAnAnswerIsUnknownAndAskedAboutButNeverSentAgain) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    desk.pass(3 * kSecond);
    EXPECT_EQ(desk.state(submit), OrderState::Unknown);
    EXPECT_EQ(desk.manager().unknown_orders(), 1U);
    EXPECT_TRUE(desk.responses().empty());
    Action query = desk.action();
    EXPECT_EQ(query.kind, ActionKind::QueryOrder);
    for (int i = 0; i < 50; ++i) {
        desk.answer(query, Outcome::Unknown);
        EXPECT_EQ(desk.state(submit), OrderState::Unknown);
        desk.pass(5 * kSecond);
        query = desk.action();
        ASSERT_EQ(query.kind, ActionKind::QueryOrder);
    }
    desk.answer(query, desk.update(submit, VenueStatus::Working));
    EXPECT_EQ(desk.state(submit), OrderState::Working);
    EXPECT_EQ(desk.response().kind, ResponseKind::Ack);
    EXPECT_EQ(desk.manager().unknown_orders(), 0U);
}

TEST(Submit, IsTakenForGoneOnlyWhenItCannotArriveAnyMore) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    desk.answer(submit, Outcome::Unknown);
    Nanos waited = 0;
    int not_found = 0;
    while (desk.state(submit) == OrderState::Unknown) {
        desk.pass(50 * kMillisecond);
        waited += 50 * kMillisecond;
        for (const Action& query : desk.actions()) {
            ASSERT_EQ(query.kind, ActionKind::QueryOrder);
            desk.answer(query, Outcome::Refused, Refusal::UnknownOrder);
            if (waited >= 6 * kSecond) ++not_found;
        }
        ASSERT_LT(waited, 60 * kSecond);
    }
    EXPECT_GE(waited, 6 * kSecond);
    EXPECT_EQ(not_found, 2);
    EXPECT_EQ(desk.state(submit), OrderState::Rejected);
    const OrderResponse refusal = desk.response();
    EXPECT_EQ(refusal.kind, ResponseKind::Refused);
    EXPECT_EQ(code(refusal), Code::NeverArrived);
    EXPECT_EQ(desk.manager().live_orders(), 0U);
}

TEST(Submit, ThatWasTakenForGoneAndShowsUpIsCancelled) {
    Desk desk({.not_found_needed = 1});
    const Action submit = desk.submit(7, 5);
    desk.answer(submit, Outcome::Unknown);
    desk.actions();
    desk.pass(0);
    while (desk.state(submit) == OrderState::Unknown) {
        desk.pass(kSecond);
        for (const Action& query : desk.actions())
            desk.answer(query, Outcome::Refused, Refusal::UnknownOrder);
    }
    desk.responses();
    desk.hear(desk.update(submit, VenueStatus::Working));
    EXPECT_EQ(desk.counters().ghosts, 1U);
    const Action cancel = desk.action();
    EXPECT_EQ(cancel.kind, ActionKind::Cancel);
    desk.answer(cancel, desk.fill(submit, VenueStatus::Cancelled, 2, 55, 2));
    EXPECT_EQ(desk.position(), 2);
    EXPECT_EQ(desk.response().order_id, kLateOrderId);  // the bot may use 7 again
    EXPECT_EQ(desk.manager().live_orders(), 0U);
}

TEST(Submit, RefusedByTheVenueIsRefused) {
    const std::pair<Refusal, Code> cases[] = {{Refusal::Funds, Code::NoFunds},
                                              {Refusal::Rule, Code::VenueRejected},
                                              {Refusal::RateLimited, Code::VenueRateLimit},
                                              {Refusal::Auth, Code::VenueKey}};
    for (const auto& [refusal, expected] : cases) {
        Desk desk;
        const Action submit = desk.submit(7, 5);
        desk.answer(submit, Outcome::Refused, refusal);
        const OrderResponse response = desk.response();
        EXPECT_EQ(response.kind, ResponseKind::Refused);
        EXPECT_EQ(response.req, Status::Rejected);
        EXPECT_EQ(code(response), expected);
        EXPECT_EQ(desk.state(submit), OrderState::Rejected);
        EXPECT_EQ(desk.manager().exposure(0).open_buy, 0);
    }
}

TEST(Submit, ThatWouldTakeExpiresAsInASimulation) {
    Desk desk;
    desk.answer(desk.submit(7, 5), Outcome::Refused, Refusal::PostOnly);
    const OrderResponse response = desk.response();
    EXPECT_EQ(response.kind, ResponseKind::Ack);
    EXPECT_EQ(response.status, Status::Expired);
    EXPECT_EQ(code(response), Code::WouldTake);
}

TEST(Submit, ThatDidNotLeaveTheMachineIsRefusedAtOnce) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    desk.answer(submit, Outcome::NotSent);
    EXPECT_EQ(code(desk.response()), Code::NotSent);
    EXPECT_EQ(desk.state(submit), OrderState::Rejected);
    EXPECT_TRUE(desk.actions().empty());
}

TEST(Submit, SeenAtTheVenueIsNotLostToARefusalThatSaysOtherwise) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    desk.hear(desk.update(submit, VenueStatus::Working));
    desk.answer(submit, Outcome::Refused, Refusal::Rule);
    EXPECT_EQ(desk.state(submit), OrderState::Unknown);
    EXPECT_EQ(desk.counters().contradictions, 1U);
    desk.pass(0);
    const Action query = desk.action();
    desk.answer(query, desk.update(submit, VenueStatus::Working));
    EXPECT_EQ(desk.state(submit), OrderState::Working);
}

TEST(Submit, OfAnIdThatIsInUseIsRefusedForThisBotOnly) {
    Desk desk;
    desk.working(7, 5);
    desk.request(RequestKind::Submit, 7, 5);
    EXPECT_EQ(code(desk.response()), Code::OrderIdExists);
    const BotNo other = desk.manager().bot_came("other", desk.now());
    desk.manager().on_request(other,
                              {.seq = 1,
                               .order_id = 7,
                               .price_ticks = 1,
                               .qty_lots = 1,
                               .kind = RequestKind::Submit,
                               .side = Side::Sell},
                              desk.now());
    EXPECT_EQ(desk.action().kind, ActionKind::Submit);
}

TEST(Submit, BeyondTheRoomIsRefusedAndOldOrdersMakeRoom) {
    Desk desk({.max_orders = 2});
    const Action first = desk.working(1, 5);
    desk.working(2, 5);
    desk.request(RequestKind::Submit, 3, 5);
    EXPECT_EQ(code(desk.response()), Code::RequestRingFull);
    desk.hear(desk.update(first, VenueStatus::Cancelled));
    desk.request(RequestKind::Submit, 3, 5);
    EXPECT_EQ(desk.action().kind, ActionKind::Submit);
    EXPECT_EQ(desk.state(first), OrderState::Free);
}

TEST(Submit, OfNonsenseIsRefused) {
    Desk desk;
    OrderRequest good{.seq = 1,
                      .order_id = 1,
                      .price_ticks = 10,
                      .qty_lots = 1,
                      .kind = RequestKind::Submit,
                      .side = Side::Buy};
    const auto refused = [&](auto change) {
        OrderRequest request = good;
        change(request);
        desk.manager().on_request(desk.bot, request, desk.now());
        EXPECT_TRUE(desk.actions().empty());
        EXPECT_EQ(code(desk.response()), Code::InvalidRequest);
    };
    refused([](OrderRequest& r) { r.qty_lots = 0; });
    refused([](OrderRequest& r) { r.qty_lots = -5; });
    refused([](OrderRequest& r) { r.qty_lots = std::numeric_limits<Lots>::max(); });
    refused([](OrderRequest& r) { r.price_ticks = 0; });
    refused([](OrderRequest& r) { r.side = Side::Unset; });
    refused([](OrderRequest& r) { r.asset_no = 2; });
    refused([](OrderRequest& r) { r.order_id = kLateOrderId; });
    refused([](OrderRequest& r) { r.type = OrderType::Unsupported; });
    refused([](OrderRequest& r) { r.time_in_force = TimeInForce::Unsupported; });
    refused([](OrderRequest& r) { r.kind = RequestKind::Unset; });
    EXPECT_EQ(desk.counters().submits, 0U);
}

TEST(Fill, IsBookedOnceWhateverBringsIt) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    const OrderUpdate first = desk.fill(submit, VenueStatus::Working, 2, 11, 2);
    desk.hear(first);
    desk.hear(first);
    desk.manager().on_trade(
        {.venue_id = 1000 + submit.key.counter, .side = Side::Buy, .execution = first.execution},
        desk.now());
    const OrderResponse fill = desk.response();
    EXPECT_EQ(fill.kind, ResponseKind::Fill);
    EXPECT_TRUE(fill.executed);
    EXPECT_EQ(fill.exec_lots, 2);
    EXPECT_EQ(fill.leaves_lots, 3);
    EXPECT_EQ(fill.status, Status::PartiallyFilled);
    EXPECT_DOUBLE_EQ(fill.fee, 0.25);
    EXPECT_TRUE(fill.maker);
    EXPECT_EQ(desk.position(), 2);
    EXPECT_EQ(desk.counters().duplicate_fills, 2U);
}

TEST(Fill, InAnyOrderAddsUp) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    const OrderUpdate one = desk.fill(submit, VenueStatus::Working, 1, 11, 1);
    const OrderUpdate two = desk.fill(submit, VenueStatus::Working, 3, 12, 2);
    const OrderUpdate last = desk.fill(submit, VenueStatus::Filled, 5, 13, 2);
    desk.hear(last);
    EXPECT_EQ(desk.position(), 2);
    EXPECT_EQ(desk.state(submit), OrderState::PartiallyFilled);  // its end waits for the others
    desk.hear(one);
    desk.hear(two);
    EXPECT_EQ(desk.position(), 5);
    EXPECT_EQ(desk.state(submit), OrderState::Filled);
    const std::vector<OrderResponse> told = desk.responses();
    ASSERT_EQ(told.size(), 3U);
    EXPECT_EQ(told.back().status, Status::Filled);
    EXPECT_EQ(told.front().status, Status::PartiallyFilled);
}

TEST(Fill, ThatOnlyTheCumulativeSizeShowsIsAskedForAndNotInvented) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    desk.hear(desk.update(submit, VenueStatus::Filled, 5));
    EXPECT_EQ(desk.position(), 0);
    EXPECT_TRUE(desk.responses().empty());
    desk.pass(200 * kMillisecond);
    EXPECT_TRUE(desk.actions().empty());  // the stream may still bring it
    desk.pass(100 * kMillisecond);
    const Action query = desk.action();
    ASSERT_EQ(query.kind, ActionKind::QueryTrades);
    EXPECT_EQ(query.venue_id, 1000 + submit.key.counter);
    desk.manager().on_trade(
        {.venue_id = query.venue_id,
         .side = Side::Buy,
         .execution = {.trade_id = 11, .price_ticks = 999, .lots = 5, .fee = 1.0, .exch_ts = 1}},
        desk.now());
    desk.answer(query, Outcome::Done);
    EXPECT_EQ(desk.position(), 5);
    EXPECT_EQ(desk.response().status, Status::Filled);
    EXPECT_EQ(desk.state(submit), OrderState::Filled);
    EXPECT_EQ(desk.counters().repaired_fills, 1U);
    desk.pass(60 * kSecond);
    EXPECT_TRUE(desk.actions().empty());
}

TEST(Fill, BeforeTheAnswerToItsSubmitAnswersIt) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    desk.hear(desk.fill(submit, VenueStatus::Filled, 5, 11, 5));
    const std::vector<OrderResponse> told = desk.responses();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].kind, ResponseKind::Ack);
    EXPECT_EQ(told[0].req_seq, 1U);
    EXPECT_EQ(told[1].kind, ResponseKind::Fill);
    EXPECT_EQ(told[1].status, Status::Filled);
    desk.answer(submit, desk.update(submit, VenueStatus::Working));  // older than the fill
    EXPECT_TRUE(desk.responses().empty());
    EXPECT_EQ(desk.state(submit), OrderState::Filled);
}

TEST(Fill, AfterTheEndIsBookedButDoesNotReviveTheOrder) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    desk.hear(desk.update(submit, VenueStatus::Cancelled, 0));
    EXPECT_EQ(desk.response().status, Status::Canceled);
    desk.hear(desk.fill(submit, VenueStatus::Working, 2, 11, 2));
    EXPECT_EQ(desk.position(), 2);
    EXPECT_EQ(desk.state(submit), OrderState::Cancelled);
    EXPECT_EQ(desk.counters().late_fills, 1U);
    EXPECT_EQ(desk.response().order_id, kLateOrderId);
    EXPECT_TRUE(desk.actions().empty());
}

TEST(Order, IsNotRevivedByLateMessages) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    const OrderUpdate late = desk.update(submit, VenueStatus::Working);
    desk.hear(desk.update(submit, VenueStatus::Cancelled));
    EXPECT_EQ(desk.response().status, Status::Canceled);
    desk.hear(late);
    desk.answer(submit, late);
    EXPECT_EQ(desk.state(submit), OrderState::Cancelled);
    EXPECT_TRUE(desk.responses().empty());
    EXPECT_EQ(desk.manager().live_orders(), 0U);
    EXPECT_EQ(desk.manager().exposure(0).open_orders, 0U);
}

TEST(Order, OfSomebodyElseIsCountedAndLeftAlone) {
    Desk desk;
    OrderUpdate foreign = desk.fill({}, VenueStatus::Working, 2, 11, 2);
    foreign.key = {};
    desk.hear(foreign);
    foreign.channel = Channel::Snapshot;
    desk.manager().on_open_orders(kAllAssets, std::array{foreign}, desk.now(), desk.now());
    EXPECT_EQ(desk.counters().foreign_updates, 1U);
    EXPECT_EQ(desk.manager().foreign_open(), 1U);
    EXPECT_EQ(desk.position(), 0);
    EXPECT_TRUE(desk.actions().empty());
    EXPECT_TRUE(desk.responses().empty());
}

TEST(Cancel, WaitsUntilItsSubmitHasArrived) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    const std::uint64_t asked = desk.request(RequestKind::Cancel, 7, 0);
    EXPECT_TRUE(desk.actions().empty());
    desk.answer(submit, desk.update(submit, VenueStatus::Working));
    const Action cancel = desk.action();
    EXPECT_EQ(cancel.kind, ActionKind::Cancel);
    EXPECT_EQ(cancel.venue_id, 1000 + submit.key.counter);
    desk.answer(cancel, desk.update(submit, VenueStatus::Cancelled));
    const std::vector<OrderResponse> told = desk.responses();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[1].req_seq, asked);
    EXPECT_EQ(told[1].status, Status::Canceled);
    EXPECT_EQ(told[1].kind, ResponseKind::Ack);
}

TEST(Cancel, OfAnOrderThatIsNotThereIsAnswered) {
    Desk desk;
    desk.request(RequestKind::Cancel, 7, 0);
    EXPECT_EQ(code(desk.response()), Code::OrderNotFound);
}

TEST(Cancel, ThatLosesTheRaceToAFillIsRefusedAndTheFillIsKept) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    const std::uint64_t asked = desk.request(RequestKind::Cancel, 7, 0);
    const Action cancel = desk.action();
    desk.answer(cancel, Outcome::Refused, Refusal::UnknownOrder);
    EXPECT_EQ(desk.state(submit), OrderState::Unknown);
    EXPECT_TRUE(desk.responses().empty());
    desk.hear(desk.fill(submit, VenueStatus::Filled, 5, 11, 5));
    const std::vector<OrderResponse> told = desk.responses();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].status, Status::Filled);
    EXPECT_EQ(told[1].kind, ResponseKind::Refused);
    EXPECT_EQ(told[1].req_seq, asked);
    EXPECT_EQ(desk.position(), 5);
}

TEST(Cancel, WithoutAnAnswerIsAskedAboutAndSentAgainWhereTheOrderIsOpen) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    const std::uint64_t asked = desk.request(RequestKind::Cancel, 7, 0);
    desk.answer(desk.action(), Outcome::Unknown);
    desk.pass(0);
    const Action query = desk.action();
    EXPECT_EQ(query.kind, ActionKind::QueryOrder);
    desk.answer(query, desk.update(submit, VenueStatus::Working));
    const Action again = desk.action();
    EXPECT_EQ(again.kind, ActionKind::Cancel);
    desk.answer(again, desk.update(submit, VenueStatus::Cancelled));
    EXPECT_EQ(desk.response().req_seq, asked);
}

TEST(Cancel, WithoutAnAnswerIsNotSettledByAnAnswerToAnOlderQuestion) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    desk.manager().on_stream_gap(desk.now());
    desk.pass(kSecond);
    const Action older = desk.action();
    ASSERT_EQ(older.kind, ActionKind::QueryOrder);
    desk.request(RequestKind::Cancel, 7, 0);
    desk.answer(desk.action(), Outcome::Unknown);
    desk.answer(older, desk.update(submit, VenueStatus::Working));
    EXPECT_EQ(desk.state(submit), OrderState::Unknown);
    EXPECT_TRUE(desk.actions().empty());
    desk.pass(0);
    EXPECT_EQ(desk.action().kind, ActionKind::QueryOrder);
}

TEST(Cancel, BelowABudgetThatIsUsedUpWaitsForRoom) {
    Desk desk;
    desk.working(7, 5);
    // The budget of a Desk has no limits, but it pauses.
    OrderManagerOptions options;
    options.costs[static_cast<std::size_t>(ActionKind::Cancel)] = {1};
    const std::array rates{RateLimit{1, 10 * kSecond}};
    RateBudget budget(rates, {.query_share = 1.0, .submit_share = 1.0});
    const std::array one{Instrument{.symbol = "ONE", .grid = {0.1, 0.001}}};
    RiskLimits limits(one, std::array{RiskOptions{}});
    const Nanos begin = 1'790'000'000 * kSecond;
    OrderManager manager(options, one, limits, budget, nullptr, begin);
    const BotNo bot = manager.bot_came("grid", begin);
    for (OrderId id = 1; id <= 2; ++id) {
        manager.on_request(bot,
                           {.seq = id,
                            .order_id = id,
                            .price_ticks = 10,
                            .qty_lots = 1,
                            .kind = RequestKind::Submit,
                            .side = Side::Buy},
                           begin);
        const Action submit = manager.actions().front();
        manager.actions().clear();
        manager.on_update({.key = submit.key,
                           .venue_id = id,
                           .status = VenueStatus::Working,
                           .price_ticks = 10,
                           .qty_lots = 1,
                           .exch_ts = 1},
                          begin);
    }
    manager.cancel_orders(kAllAssets, kNoBot, begin);
    EXPECT_EQ(manager.actions().size(), 1U);
    EXPECT_EQ(manager.next_deadline(), begin + 3 * kSecond);  // the answer to the first
    manager.actions().clear();
    manager.on_time(begin + 10 * kSecond);
    std::size_t cancels = 0;
    for (; !manager.actions().empty(); manager.actions().pop())
        cancels += manager.actions().front().kind == ActionKind::Cancel ? 1 : 0;
    EXPECT_EQ(cancels, 1U);
}

TEST(Modify, SendsTheWholeSizeAndTellsTheOpenOne) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    desk.hear(desk.fill(submit, VenueStatus::Working, 2, 11, 2));
    desk.responses();
    const std::uint64_t asked = desk.request(RequestKind::Modify, 7, 4, 1010);
    const Action modify = desk.action();
    EXPECT_EQ(modify.kind, ActionKind::Modify);
    EXPECT_EQ(modify.qty_lots, 6);  // two of which are executed
    EXPECT_EQ(modify.price_ticks, 1010);
    EXPECT_EQ(desk.manager().exposure(0).open_buy, 4);
    desk.answer(modify, desk.update(modify, VenueStatus::Working, 2));
    const OrderResponse ack = desk.response();
    EXPECT_EQ(ack.kind, ResponseKind::Ack);
    EXPECT_EQ(ack.req_seq, asked);
    EXPECT_EQ(ack.price_ticks, 1010);
    EXPECT_EQ(ack.qty_lots, 4);
    EXPECT_EQ(ack.leaves_lots, 4);
    EXPECT_EQ(ack.status, Status::PartiallyFilled);
}

TEST(Modify, RefusedKeepsTheOrderAsItWas) {
    Desk desk;
    const Action submit = desk.working(7, 5);
    desk.request(RequestKind::Modify, 7, 9, 1010);
    EXPECT_EQ(desk.manager().exposure(0).open_buy, 9);
    desk.answer(desk.action(), Outcome::Refused, Refusal::NoChange);
    const OrderResponse response = desk.response();
    EXPECT_EQ(response.kind, ResponseKind::Refused);
    EXPECT_EQ(code(response), Code::NothingToChange);
    EXPECT_EQ(response.price_ticks, 1000);
    EXPECT_EQ(desk.state(submit), OrderState::Working);
    EXPECT_EQ(desk.manager().exposure(0).open_buy, 5);
}

TEST(Modify, WithoutAnAnswerIsSettledByWhatTheOrderIs) {
    for (const bool carried_out : {true, false}) {
        Desk desk;
        const Action submit = desk.working(7, 5);
        desk.request(RequestKind::Modify, 7, 9, 1010);
        const Action modify = desk.action();
        desk.answer(modify, Outcome::Unknown);
        desk.pass(0);
        Action query = desk.action();
        if (carried_out) {
            desk.answer(query, desk.update(modify, VenueStatus::Working));
            EXPECT_EQ(desk.response().kind, ResponseKind::Ack);
            continue;
        }
        // As long as the venue might still carry it out, the old values prove nothing.
        const OrderUpdate old = desk.update(submit, VenueStatus::Working);
        desk.answer(query, old);
        EXPECT_TRUE(desk.responses().empty());
        desk.pass(6 * kSecond);
        query = desk.action();
        ASSERT_EQ(query.kind, ActionKind::QueryOrder);
        desk.answer(query, old);
        EXPECT_EQ(desk.response().kind, ResponseKind::Refused);
        EXPECT_EQ(desk.state(submit), OrderState::Working);
    }
}

TEST(Modify, IsNotUndoneByALateMessage) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    const OrderUpdate late = desk.update(submit, VenueStatus::Working);
    desk.answer(submit, late);
    desk.request(RequestKind::Modify, 7, 9, 1010);
    const Action modify = desk.action();
    desk.answer(modify, desk.update(modify, VenueStatus::Working));
    desk.hear(late);
    EXPECT_EQ(desk.manager().table().find(submit.key)->price_ticks, 1010);
}

TEST(Modify, IsNotUndoneByAMessageOfTheSameMillisecond) {
    Desk desk;
    const Action submit = desk.submit(7, 5);
    OrderUpdate late = desk.update(submit, VenueStatus::Working);
    desk.answer(submit, late);
    desk.request(RequestKind::Modify, 7, 9, 1010);
    const Action modify = desk.action();
    OrderUpdate done = desk.update(modify, VenueStatus::Working);
    done.exch_ts = late.exch_ts;
    desk.answer(modify, done);
    desk.hear(late);
    EXPECT_EQ(desk.manager().table().find(submit.key)->price_ticks, 1010);
    EXPECT_EQ(desk.responses().size(), 2U);
}

TEST(Modify, ThatTheVenueAnswersByCancellingEndsTheOrder) {
    Desk desk;
    desk.working(7, 5);
    const std::uint64_t asked = desk.request(RequestKind::Modify, 7, 9, 1010);
    const Action modify = desk.action();
    desk.answer(modify, desk.update(modify, VenueStatus::Cancelled));
    const std::vector<OrderResponse> told = desk.responses();
    ASSERT_EQ(told.size(), 2U);
    EXPECT_EQ(told[0].status, Status::Canceled);
    EXPECT_EQ(told[1].kind, ResponseKind::Refused);
    EXPECT_EQ(told[1].req_seq, asked);
}

TEST(Requests, OnOneOrderAreOneAtATime) {
    Desk desk;
    desk.submit(7, 5);
    desk.request(RequestKind::Modify, 7, 9);
    EXPECT_EQ(code(desk.response()), Code::RequestInFlight);
    desk.request(RequestKind::Cancel, 7, 0);
    desk.request(RequestKind::Cancel, 7, 0);
    EXPECT_EQ(code(desk.response()), Code::RequestInFlight);
}

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
