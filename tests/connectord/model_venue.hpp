#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <queue>
#include <random>
#include <set>
#include <vector>

#include "connectord/order_events.hpp"

namespace ringside::connectord::test {

/// Things to do at times, in order of time and then of arrival.
class Agenda {
  public:
    void at(Nanos time, std::function<void()> what) {
        queue_.push({std::max(time, now_), ++number_, std::move(what)});
    }
    void in(Nanos delay, std::function<void()> what) { at(now_ + delay, std::move(what)); }
    Nanos now() const noexcept { return now_; }
    Nanos next() const noexcept { return queue_.empty() ? kNever : queue_.top().time; }
    void advance(Nanos time) noexcept { now_ = std::max(now_, time); }
    /// Does the next thing.
    void step() {
        Item item = queue_.top();
        queue_.pop();
        advance(item.time);
        item.what();
    }

  private:
    struct Item {
        Nanos time;
        std::uint64_t number;
        std::function<void()> what;
        bool operator<(const Item& other) const noexcept {
            return time != other.time ? time > other.time : number > other.number;
        }
    };
    std::priority_queue<Item> queue_;
    Nanos now_ = 1'000 * kSecond;
    std::uint64_t number_ = 0;
};

/// Seeded choices.
class Dice {
  public:
    explicit Dice(std::uint64_t seed) : engine_(seed) {}
    std::int64_t between(std::int64_t a, std::int64_t b) {
        return a + static_cast<std::int64_t>(engine_() % static_cast<std::uint64_t>(b - a + 1));
    }
    bool chance(int percent) { return between(1, 100) <= percent; }

  private:
    std::mt19937_64 engine_;
};

/// An account at a venue as it really is: what every channel, however late and broken, reports
/// about. Remembers the past, so that lists and queries can be behind.
class ModelVenue {
  public:
    static constexpr Nanos kWindow = 400 * kMillisecond;  ///< requests that are older are refused

    struct Order {
        OrderUpdate state;
        std::vector<std::pair<Nanos, OrderUpdate>> past;
        std::vector<std::pair<Nanos, Execution>> trades;
        bool open() const noexcept { return state.status == VenueStatus::Working; }
    };
    using Listener = std::function<void(const OrderUpdate&)>;

    ModelVenue(Agenda& agenda, Dice& dice, Listener stream)
        : agenda_(agenda), dice_(dice), stream_(std::move(stream)) {}

    /// What the venue answers to a request that arrives now; queries see things as of `lag` ago.
    ActionAnswer serve(const Action& action, Nanos sent_at, Nanos lag) {
        ActionAnswer answer{.ticket = action.ticket,
                            .key = action.key,
                            .kind = action.kind,
                            .outcome = Outcome::Refused};
        const bool changes = action.kind == ActionKind::Submit ||
                             action.kind == ActionKind::Cancel || action.kind == ActionKind::Modify;
        if (changes && agenda_.now() - sent_at > kWindow) {
            answer.refusal = Refusal::Clock;
            return answer;
        }
        switch (action.kind) {
            case ActionKind::Submit:
                submit(action, answer);
                break;
            case ActionKind::Cancel:
                cancel(action, answer);
                break;
            case ActionKind::Modify:
                modify(action, answer);
                break;
            case ActionKind::QueryOrder:
                query(action, answer, lag);
                break;
            case ActionKind::QueryTrades:
                answer.outcome = Outcome::Done;
                break;
            case ActionKind::CancelAll:
            case ActionKind::Unset:
                break;
        }
        return answer;
    }

    /// Executions of an order as of `lag` ago.
    std::vector<TradeReport> trades(AssetNo asset_no, VenueOrderId id, Nanos lag) const {
        std::vector<TradeReport> list;
        for (const auto& [key, order] : orders_) {
            if (order.state.venue_id != id || order.state.asset_no != asset_no) continue;
            for (const auto& [time, execution] : order.trades) {
                if (time <= agenda_.now() - lag) {
                    list.push_back({asset_no, id, order.state.side, execution});
                }
            }
        }
        return list;
    }

    /// The open orders as of `lag` ago, some of others among them.
    std::vector<OrderUpdate> open_orders(Nanos lag) const {
        std::vector<OrderUpdate> list;
        for (const auto& [key, order] : orders_) {
            const auto state = as_of(order, lag);
            if (!state || state->status != VenueStatus::Working) continue;
            list.push_back(*state);
            list.back().channel = Channel::Snapshot;
        }
        for (std::uint64_t i = 1; i <= 2; ++i) {
            list.push_back({.venue_id = 90'000 + i,
                            .channel = Channel::Snapshot,
                            .status = VenueStatus::Working,
                            .side = Side::Buy,
                            .price_ticks = 1,
                            .qty_lots = 1});
        }
        return list;
    }

    /// The market hits a random order.
    void fill_some() {
        if (Order* order = any_open()) {
            const Lots leaves = order->state.qty_lots - order->state.executed_lots;
            execute(*order, dice_.chance(40) ? leaves : dice_.between(1, leaves), true);
        }
    }
    /// The venue ends a random order on its own.
    void end_some() {
        if (Order* order = any_open()) {
            end(*order, dice_.chance(50) ? VenueStatus::Cancelled : VenueStatus::Expired);
        }
    }
    void cancel_everything() {
        for (auto& [key, order] : orders_) {
            if (order.open()) end(order, VenueStatus::Cancelled);
        }
    }

    const std::map<std::uint64_t, Order>& orders() const noexcept { return orders_; }
    bool knows(const OrderKey& key) const { return arrived_.contains(key.packed()); }
    Lots position(AssetNo asset_no) const {
        Lots sum = 0;
        for (const auto& [key, order] : orders_) {
            if (order.state.asset_no == asset_no) sum += signed_fills(order);
        }
        return sum;
    }
    static Lots signed_fills(const Order& order) {
        return order.state.side == Side::Buy ? order.state.executed_lots
                                             : -order.state.executed_lots;
    }
    std::uint64_t duplicate_submits() const noexcept { return duplicates_; }

  private:
    void submit(const Action& action, ActionAnswer& answer) {
        if (!arrived_.insert(action.key.packed()).second) ++duplicates_;
        if (dice_.chance(8)) {
            answer.refusal = dice_.chance(50) ? Refusal::Funds : Refusal::PostOnly;
            return;
        }
        Order& order = orders_[action.key.packed()];
        order.state = {.key = action.key,
                       .venue_id = ++last_venue_id_,
                       .asset_no = action.asset_no,
                       .status = VenueStatus::Working,
                       .side = action.side,
                       .time_in_force = action.time_in_force,
                       .type = action.type,
                       .price_ticks = action.price_ticks,
                       .qty_lots = action.qty_lots};
        report(order, {}, false);
        const bool immediate = action.time_in_force == TimeInForce::Ioc;
        if (immediate || dice_.chance(15)) {
            execute(order, dice_.between(1, action.qty_lots), false);
            if (immediate && order.open()) end(order, VenueStatus::Expired);
        }
        done(order, answer);
    }

    void cancel(const Action& action, ActionAnswer& answer) {
        Order* order = find_open(action.key);
        if (order == nullptr) {
            answer.refusal = Refusal::UnknownOrder;
        } else if (dice_.chance(3)) {
            answer.refusal = Refusal::RateLimited;
        } else {
            end(*order, VenueStatus::Cancelled);
            done(*order, answer);
        }
    }

    void modify(const Action& action, ActionAnswer& answer) {
        Order* order = find_open(action.key);
        if (order == nullptr) {
            answer.refusal = Refusal::UnknownOrder;
            return;
        }
        if (dice_.chance(10)) {
            answer.refusal = Refusal::Rule;
            return;
        }
        if (action.qty_lots <= order->state.executed_lots || dice_.chance(5)) {
            end(*order, VenueStatus::Cancelled);
        } else {
            order->state.price_ticks = action.price_ticks;
            order->state.qty_lots = action.qty_lots;
            report(*order, {}, true);
        }
        done(*order, answer);
    }

    void query(const Action& action, ActionAnswer& answer, Nanos lag) const {
        const auto it = orders_.find(action.key.packed());
        const auto state = it == orders_.end() ? std::nullopt : as_of(it->second, lag);
        if (!state) {
            answer.refusal = Refusal::UnknownOrder;
            return;
        }
        answer.outcome = Outcome::Done;
        answer.has_update = true;
        answer.update = *state;
        answer.update.channel = Channel::Query;
    }

    std::optional<OrderUpdate> as_of(const Order& order, Nanos lag) const {
        std::optional<OrderUpdate> state;
        for (const auto& [time, update] : order.past) {
            if (time <= agenda_.now() - lag) state = update;
        }
        return state;
    }
    Order* find_open(const OrderKey& key) {
        const auto it = orders_.find(key.packed());
        return it == orders_.end() || !it->second.open() ? nullptr : &it->second;
    }
    Order* any_open() {
        std::vector<Order*> open;
        for (auto& [key, order] : orders_) {
            if (order.open()) open.push_back(&order);
        }
        if (open.empty()) return nullptr;
        return open[static_cast<std::size_t>(
            dice_.between(0, static_cast<std::int64_t>(open.size()) - 1))];
    }
    static void done(const Order& order, ActionAnswer& answer) {
        answer.outcome = Outcome::Done;
        answer.has_update = true;
        answer.update = order.state;
        answer.update.channel = Channel::Answer;
    }

    void execute(Order& order, Lots lots, bool maker) {
        const Execution execution{.trade_id = ++last_trade_id_,
                                  .price_ticks = order.state.price_ticks,
                                  .lots = lots,
                                  .fee = 0.5,
                                  .exch_ts = stamp(),
                                  .maker = maker};
        order.state.executed_lots += lots;
        if (order.state.executed_lots == order.state.qty_lots) {
            order.state.status = VenueStatus::Filled;
        }
        order.trades.emplace_back(agenda_.now(), execution);
        report(order, execution, false);
    }
    void end(Order& order, VenueStatus status) {
        order.state.status = status;
        report(order, {}, false);
    }
    /// The venue's clock has milliseconds, so several changes share a time.
    Nanos stamp() const noexcept { return agenda_.now() / kMillisecond * kMillisecond; }

    void report(Order& order, const Execution& execution, bool amended) {
        order.state.exch_ts = stamp();
        order.past.emplace_back(agenda_.now(), order.state);
        OrderUpdate update = order.state;
        update.execution = execution;
        update.amended = amended;
        stream_(update);
    }

    Agenda& agenda_;
    Dice& dice_;
    Listener stream_;
    std::map<std::uint64_t, Order> orders_;
    std::set<std::uint64_t> arrived_;
    VenueOrderId last_venue_id_ = 0;
    TradeId last_trade_id_ = 0;
    std::uint64_t duplicates_ = 0;
};

}  // namespace ringside::connectord::test
