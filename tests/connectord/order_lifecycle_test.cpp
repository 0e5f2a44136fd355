#include <gtest/gtest.h>

#include "tests/connectord/desk.hpp"

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
        desk.pass(2 * kSecond);
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

}  // namespace
}  // namespace ringside::connectord::test
