#include <gtest/gtest.h>

#include "tests/connectord/desk.hpp"

namespace ringside::connectord::test {
namespace {

constexpr Code code(const OrderResponse& response) { return static_cast<Code>(response.error); }

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

}  // namespace
}  // namespace ringside::connectord::test
