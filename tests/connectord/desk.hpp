#pragma once

#include <array>
#include <optional>
#include <vector>

#include "connectord/order_manager.hpp"

namespace ringside::connectord::test {

/// An order manager with one bot, and the words for what a wire does to it.
class Desk {
  public:
    explicit Desk(const OrderManagerOptions& options = {}, OrderJournal* journal = nullptr,
                  RiskOptions limits = {})
        : limits_(instruments_, std::array{limits, limits}),
          manager_(options, instruments_, limits_, budget_, journal, now_) {
        bot = manager_.bot_came("grid", now_);
    }

    OrderManager& manager() noexcept { return manager_; }
    const OrderCounters& counters() const noexcept { return manager_.counters(); }
    RiskLimits& limits() noexcept { return limits_; }
    Nanos now() const noexcept { return now_; }
    void pass(Nanos time) {
        now_ += time;
        manager_.on_time(now_);
    }

    /// Takes the actions that have come out.
    std::vector<Action> actions() {
        std::vector<Action> out;
        for (; !manager_.actions().empty(); manager_.actions().pop())
            out.push_back(manager_.actions().front());
        return out;
    }
    /// Takes the one action that must have come out.
    Action action() {
        const std::vector<Action> all = actions();
        return all.size() == 1 ? all.front() : Action{};
    }
    std::vector<OrderResponse> responses() {
        std::vector<OrderResponse> out;
        for (; !manager_.responses().empty(); manager_.responses().pop())
            out.push_back(manager_.responses().front().response);
        return out;
    }
    OrderResponse response() {
        const std::vector<OrderResponse> all = responses();
        return all.size() == 1 ? all.front() : OrderResponse{};
    }

    std::uint64_t request(RequestKind kind, OrderId id, Lots qty, Ticks price = 1000,
                          TimeInForce tif = TimeInForce::Gtc) {
        const OrderRequest request{.seq = ++seq_,
                                   .order_id = id,
                                   .req_ts = now_,
                                   .price_ticks = price,
                                   .qty_lots = qty,
                                   .kind = kind,
                                   .side = Side::Buy,
                                   .time_in_force = tif};
        manager_.on_request(bot, request, now_);
        return seq_;
    }
    /// A submit that is on the wire.
    Action submit(OrderId id, Lots qty, Ticks price = 1000) {
        request(RequestKind::Submit, id, qty, price);
        last_submit_ = action();
        return last_submit_;
    }
    /// An order at the venue, all said about it taken.
    Action working(OrderId id, Lots qty, Ticks price = 1000) {
        const Action submitted = submit(id, qty, price);
        answer(submitted, update(submitted, VenueStatus::Working));
        responses();
        return submitted;
    }

    /// What the venue says of an order; the venue's time goes by a millisecond.
    OrderUpdate update(const Action& of, VenueStatus status, Lots executed = 0,
                       Channel channel = Channel::Stream) {
        venue_ts_ += kMillisecond;
        return {.key = of.key,
                .venue_id = 1000 + of.key.counter,
                .channel = channel,
                .status = status,
                .side = of.side,
                .price_ticks = of.price_ticks,
                .qty_lots = of.qty_lots,
                .executed_lots = executed,
                .exch_ts = venue_ts_};
    }
    OrderUpdate fill(const Action& of, VenueStatus status, Lots executed, TradeId trade,
                     Lots lots) {
        OrderUpdate said = update(of, status, executed);
        said.execution = {.trade_id = trade,
                          .price_ticks = of.price_ticks,
                          .lots = lots,
                          .fee = 0.25,
                          .exch_ts = venue_ts_,
                          .maker = true};
        return said;
    }
    void hear(const OrderUpdate& update) { manager_.on_update(update, now_); }
    void answer(const Action& to, const OrderUpdate& update) {
        ActionAnswer answer = reply(to, Outcome::Done);
        answer.has_update = true;
        answer.update = update;
        answer.update.channel =
            to.kind == ActionKind::QueryOrder ? Channel::Query : Channel::Answer;
        manager_.on_answer(answer, now_);
    }
    void answer(const Action& to, Outcome outcome, Refusal refusal = Refusal::Unset) {
        ActionAnswer answer = reply(to, outcome);
        answer.refusal = refusal;
        manager_.on_answer(answer, now_);
    }
    OrderState state(const Action& of) {
        const OrderRecord* record = manager_.table().find(of.key);
        return record == nullptr ? OrderState::Free : record->state;
    }
    Lots position() const { return manager_.exposure(bot, 0).position; }

    BotNo bot = kNoBot;

  private:
    static ActionAnswer reply(const Action& to, Outcome outcome) {
        return {.ticket = to.ticket, .key = to.key, .kind = to.kind, .outcome = outcome};
    }

    std::array<Instrument, 2> instruments_{Instrument{.symbol = "ONE", .grid = {0.1, 0.001}},
                                           Instrument{.symbol = "TWO", .grid = {0.1, 0.001}}};
    Nanos now_ = 1'790'000'000 * kSecond;
    Nanos venue_ts_ = now_;
    RiskLimits limits_;
    RateBudget budget_;
    OrderManager manager_;
    Action last_submit_;
    std::uint64_t seq_ = 0;
};

}  // namespace ringside::connectord::test
