#include "tests/venue_simulator/small_exchange.hpp"

namespace ringside::test {
namespace {

using venue_simulator::Execution;
using venue_simulator::VenueOrder;

/// A quiet book around 50000, then what the market does later.
ScriptedMarket book() {
    ScriptedMarket market;
    const Nanos at = 1'700'000'000 * kSecond;
    market.bid(at, 49'999.9, 1.0).bid(at, 49'999.8, 2.0).ask(at, 50'000.1, 0.3);
    market.ask(at, 50'000.2, 0.5).ask(at, 50'000.3, 9.0);
    return market;
}
constexpr Nanos kOpening = 1'700'000'000 * kSecond;
constexpr Nanos kLater = 10 * kSecond;

class ExchangeTest : public SmallExchange {
  protected:
    void open_quiet() {
        ScriptedMarket market = book();
        market.ask(kOpening + 100 * kSecond, 50'010.0, 1.0);
        open(market.rows());
    }
    std::vector<Execution> executions() const {
        std::vector<Execution> list;
        for (const auto& told : heard_.told) list.push_back(told.execution);
        return list;
    }
};

TEST_F(ExchangeTest, TakesLevelByLevelAndRestsTheRemainder) {
    open_quiet();
    const VenueOrder& order = place(Side::Buy, 500'002, 1'000);
    EXPECT_EQ(order.status, Status::PartiallyFilled);
    EXPECT_EQ(order.executed, 800);
    EXPECT_EQ(executions(), (std::vector{Execution::New, Execution::Trade, Execution::Trade}));
    EXPECT_EQ(exchange_->account(0).position(0).lots, 800);
    // 0.3 at 50000.1 and 0.5 at 50000.2, at 5 basis points.
    EXPECT_EQ(exchange_->account(0).wallet(),
              venue_simulator::to_money(10'000.0) -
                  venue_simulator::to_money(0.3 * 50'000.1 * 0.0005) -
                  venue_simulator::to_money(0.5 * 50'000.2 * 0.0005));
    ASSERT_EQ(exchange_->orders().open(0).size(), 1U);
    exchange_->cancel(*exchange_->orders().open(0).front());
    EXPECT_EQ(order.status, Status::Canceled);
    EXPECT_TRUE(exchange_->orders().open(0).empty());
    EXPECT_EQ(refused([&] { exchange_->cancel(this->order(order.id)); }), -2011);
}

TEST_F(ExchangeTest, FillsAMakerOnlyBehindItsQueue) {
    ScriptedMarket market = book();
    market.sell_trade(kOpening + kLater, 49'999.9, 0.9);
    market.sell_trade(kOpening + 2 * kLater, 49'999.9, 0.3);
    market.sell_trade(kOpening + 3 * kLater, 49'999.9, 5.0);
    open(market.rows());
    const VenueOrder& order = place(Side::Buy, 499'999, 500);
    go_to(kLater);
    EXPECT_EQ(order.executed, 0);
    go_to(2 * kLater);
    EXPECT_EQ(order.executed, 200);
    EXPECT_EQ(order.status, Status::PartiallyFilled);
    go_to(3 * kLater);
    EXPECT_EQ(order.status, Status::Filled);
    EXPECT_TRUE(heard_.told.back().maker);
    EXPECT_EQ(heard_.accounts, 2);
    EXPECT_EQ(order.updated_ms, (kWallStart + 3 * kLater) / kMillisecond);
}

TEST_F(ExchangeTest, RefusesPostOnlyOrdersThatTakeAndKillsThatDoNotFill) {
    open_quiet();
    EXPECT_EQ(refused([&] { place(Side::Buy, 500'001, 10, TimeInForce::Gtx); }), -5022);
    EXPECT_EQ(refused([&] { place(Side::Buy, 500'001, 301, TimeInForce::Fok); }), -5021);
    EXPECT_TRUE(heard_.told.empty());
    EXPECT_TRUE(exchange_->orders().all(0, 0).empty());
    EXPECT_EQ(place(Side::Buy, 500'001, 300, TimeInForce::Fok).status, Status::Filled);
    EXPECT_EQ(place(Side::Buy, 499'000, 10, TimeInForce::Ioc).status, Status::Expired);
    EXPECT_EQ(place(Side::Buy, 499'000, 10, TimeInForce::Gtx).status, Status::New);
}

TEST_F(ExchangeTest, AmendsAnOrderThatLosesItsPlace) {
    ScriptedMarket market = book();
    market.sell_trade(kOpening + kLater, 49'999.9, 1.0);
    market.sell_trade(kOpening + 2 * kLater, 49'999.9, 0.1);
    open(market.rows());
    const OrderId id = place(Side::Buy, 499'999, 500).id;
    go_to(kLater);  // what was in front of it has gone
    exchange_->amend(order(id), 499'999, 400);
    go_to(2 * kLater);  // now a whole level is in front of it again
    EXPECT_EQ(order(id).executed, 0);
    EXPECT_EQ(order(id).qty, 400);
    EXPECT_EQ(executions(), (std::vector{Execution::New, Execution::Amendment}));
    EXPECT_EQ(refused([&] { exchange_->amend(order(id), 499'999, 400); }), -5027);
    exchange_->amend(order(id), 500'001, 400);
    EXPECT_EQ(order(id).executed, 300);
    EXPECT_EQ(order(id).status, Status::PartiallyFilled);
    exchange_->amend(order(id), 500'001, 300);
    EXPECT_EQ(order(id).status, Status::Canceled);
    EXPECT_EQ(refused([&] { exchange_->amend(order(id), 500'000, 500); }), -2013);
}

TEST_F(ExchangeTest, CancelsAPostOnlyOrderThatIsAmendedIntoTheBook) {
    open_quiet();
    const OrderId id = place(Side::Buy, 499'990, 100, TimeInForce::Gtx).id;
    exchange_->amend(order(id), 500'001, 100);
    EXPECT_EQ(order(id).status, Status::Canceled);
    EXPECT_EQ(executions(), (std::vector{Execution::New, Execution::Canceled}));
    EXPECT_EQ(exchange_->account(0).position(0).lots, 0);
}

TEST_F(ExchangeTest, RefusesAClientIdThatIsInUseAndCountsThoseThatWere) {
    open_quiet();
    const OrderId id = place(Side::Buy, 499'000, 10, TimeInForce::Gtc, "mine").id;
    EXPECT_EQ(refused([&] { place(Side::Buy, 499'000, 10, TimeInForce::Gtc, "mine"); }), -4116);
    EXPECT_EQ(exchange_->orders().reused_client_ids(), 0U);
    exchange_->cancel(order(id));
    const OrderId next = place(Side::Buy, 499'000, 10, TimeInForce::Gtc, "mine").id;
    EXPECT_EQ(exchange_->orders().reused_client_ids(), 1U);
    EXPECT_EQ(exchange_->orders().find(0, 0, "mine")->id, next);
    EXPECT_EQ(exchange_->orders().find(1, 0, "mine"), nullptr);
    EXPECT_EQ(order(id).status, Status::Canceled);
}

TEST_F(ExchangeTest, ReducesOnlyWhatThereIs) {
    open_quiet();
    const auto reduce = [&](Side side, Ticks price, Lots qty) {
        return exchange_->place(0, {.side = side, .price = price, .qty = qty, .reduce_only = true})
            .id;
    };
    EXPECT_EQ(refused([&] { reduce(Side::Sell, 501'000, 10); }), -2022);
    place(Side::Buy, 0, 300);
    EXPECT_EQ(refused([&] { reduce(Side::Buy, 499'000, 10); }), -2022);
    EXPECT_EQ(refused([&] { reduce(Side::Sell, 501'000, 301); }), -2022);
    const OrderId id = reduce(Side::Sell, 501'000, 300);
    EXPECT_EQ(order(id).status, Status::New);
    place(Side::Sell, 0, 100);
    EXPECT_EQ(order(id).status, Status::Expired);
    EXPECT_TRUE(exchange_->orders().open(0).empty());
}

TEST_F(ExchangeTest, BooksProfitWhenAPositionIsTurned) {
    open_quiet();
    place(Side::Buy, 0, 300);   // at 50000.1
    place(Side::Sell, 0, 500);  // at 49999.9
    const auto& position = exchange_->account(0).position(0);
    EXPECT_EQ(position.lots, -200);
    EXPECT_DOUBLE_EQ(position.entry_ticks(), 499'999.0);
    EXPECT_EQ(position.realized, venue_simulator::to_money(-0.2 * 0.3));
    EXPECT_EQ(exchange_->unrealized(0), venue_simulator::to_money(0.2 * (49'999.9 - 50'000.0)));
}

TEST_F(ExchangeTest, DemandsMarginAndValue) {
    ScriptedMarket market = book();
    market.ask(kOpening + 100 * kSecond, 50'010.0, 1.0);
    open(market.rows(), engine::ExchangeKind::PartialFill, 100.0);  // 20 times 100 is 0.04
    EXPECT_EQ(refused([&] { place(Side::Buy, 499'000, 41); }), -2019);
    place(Side::Buy, 499'000, 39);
    EXPECT_EQ(refused([&] { place(Side::Buy, 499'000, 2); }), -2019);
    EXPECT_EQ(refused([&] { place(Side::Buy, 499'000, 0); }), -4164);
}

TEST_F(ExchangeTest, CancelsAllOrdersWhenTheCountdownRunsOut) {
    open_quiet();
    place(Side::Buy, 499'000, 10);
    place(Side::Buy, 499'001, 10);
    exchange_->count_down(0, 0, 2 * kSecond);
    go_to(kSecond);
    exchange_->count_down(0, 0, 2 * kSecond);
    go_to(2 * kSecond + 500 * kMillisecond);
    EXPECT_EQ(exchange_->orders().open(0).size(), 2U);
    EXPECT_EQ(exchange_->next_wall(), kWallStart + 3 * kSecond);
    go_to(3 * kSecond);
    EXPECT_TRUE(exchange_->orders().open(0).empty());
}

TEST_F(ExchangeTest, KeepsAccountsApart) {
    open_quiet();
    place(Side::Buy, 0, 300);
    EXPECT_EQ(exchange_->account(1).position(0).lots, 0);
    EXPECT_EQ(exchange_->account(1).wallet(), venue_simulator::to_money(10'000.0));
    EXPECT_TRUE(exchange_->orders().all(1, 0).empty());
}

TEST_F(ExchangeTest, HoldsTheMarketAndGoesOnWhereItStood) {
    ScriptedMarket market = book();
    market.buy_trade(kOpening + kLater, 50'000.1, 0.1);
    open(market.rows());
    go_to(kSecond);
    clock_.hold();
    go_to(2 * kLater);
    EXPECT_EQ(heard_.trades, 0);
    EXPECT_EQ(place(Side::Buy, 0, 10).status, Status::Filled);
    clock_.resume();
    go_to(2 * kLater + kLater - 2 * kSecond);
    EXPECT_EQ(heard_.trades, 0);
    go_to(3 * kLater - kSecond);
    EXPECT_EQ(heard_.trades, 1);
}

}  // namespace
}  // namespace ringside::test
