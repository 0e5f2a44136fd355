#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "botkit/context.hpp"
#include "tests/support/random_market.hpp"

namespace ringside::test {

/// A bot that does anything, from a seed, and writes down everything that it sees.
class RandomBot {
  public:
    explicit RandomBot(std::uint64_t seed) : dice_(seed) {}

    /// Trades for so many steps, then lets the data run out.
    void operator()(botkit::Context& context, int steps) {
        for (int i = 0; i < steps; ++i) {
            const Code code = step(context);
            look(context, code);
        }
        // A compat bot that asked before its clock started may have been thrown back to 1970.
        constexpr Nanos kCentury = 3'000'000'000 * kSecond;
        Code code = Code::Ok;
        while (code == Code::Ok) {
            code = context.elapse(kCentury);
            look(context, code);
        }
    }

    /// What it saw, step after step.
    const std::vector<std::int64_t>& seen() const noexcept { return seen_; }

  private:
    Code step(botkit::Context& context) {
        const auto a =
            static_cast<AssetNo>(dice_.between(0, static_cast<int>(context.num_assets()) - 1));
        const bool wait = dice_.one_in(6);
        switch (dice_.between(0, 15)) {
            case 0:
            case 1:
            case 2:
                return context.elapse(duration());
            case 3:
            case 4:
                return context.wait_next_feed(dice_.one_in(2), duration());
            case 5:
                return context.wait_order_response(a, some_id(), duration());
            case 6:
                context.clear_inactive_orders(a);
                return Code::Ok;
            case 7:
            case 8:
                return context.cancel(a, some_id(), wait);
            case 9:
            case 10:
                return context.modify(a, some_id(), price(context, a, dice_.one_in(2)),
                                      quantity(context, a), wait);
            default:
                return submit(context, a, wait);
        }
    }

    Code submit(botkit::Context& context, AssetNo a, bool wait) {
        const OrderId id = dice_.one_in(30) ? some_id() : ++last_id_;
        const bool buy = dice_.one_in(2);
        const auto tif = static_cast<TimeInForce>(dice_.one_in(3) ? dice_.between(1, 3) : 0);
        const OrderType type = dice_.one_in(20) ? OrderType::Market : OrderType::Limit;
        const double px = price(context, a, buy);
        const double qty = quantity(context, a);
        return buy ? context.submit_buy_order(a, id, px, qty, tif, type, wait)
                   : context.submit_sell_order(a, id, px, qty, tif, type, wait);
    }

    Nanos duration() {
        switch (dice_.between(0, 4)) {
            case 0:
                return 0;
            case 1:
                return dice_.between(1, 20);
            case 2:
                return dice_.between(1, 100'000);
            case 3:
                return dice_.between(1, 4 * kMillisecond);
            default:
                return dice_.between(1, 25 * kMillisecond);
        }
    }
    OrderId some_id() {
        return static_cast<OrderId>(
            dice_.between(std::max<std::int64_t>(1, static_cast<std::int64_t>(last_id_) - 12),
                          static_cast<std::int64_t>(last_id_) + 1));
    }
    double price(const botkit::Context& context, AssetNo a, bool buy) {
        const L2Book& book = context.depth(a);
        const Ticks touch = buy ? book.best_bid() : book.best_ask();
        const Ticks away = dice_.one_in(8) ? -dice_.between(0, 6) : dice_.between(0, 5);
        const bool none = touch == kNoBid || touch == kNoAsk;
        const Ticks tick = (none ? 5000 : touch) + (buy ? -away : away);
        return context.instrument(a).grid.price(tick);
    }
    double quantity(const botkit::Context& context, AssetNo a) {
        return context.instrument(a).grid.qty(dice_.between(1, 30));
    }

    void look(const botkit::Context& context, Code code) {
        note(static_cast<std::int64_t>(code));
        note(context.current_timestamp());
        for (AssetNo a = 0; a < context.num_assets(); ++a) {
            const L2Book& book = context.depth(a);
            note(book.best_bid());
            note(book.best_ask());
            note(book.bid_qty(book.best_bid()));
            note(book.ask_qty(book.best_ask()));
            const botkit::StateValues& state = context.state_values(a);
            note(state.position);
            note(state.balance);
            note(state.fee);
            note(state.num_trades);
            note(state.trading_volume);
            note(state.trading_value);
            if (context.feed_latency(a)) note(context.feed_latency(a)->local_ts);
            if (context.order_latency(a)) {
                note(context.order_latency(a)->req_ts);
                note(context.order_latency(a)->exch_ts);
                note(context.order_latency(a)->resp_ts);
            }
            for (const Order& order : context.orders(a)) {
                note(static_cast<std::int64_t>(order.order_id));
                note(order.price_ticks);
                note(order.qty_lots);
                note(order.leaves_lots);
                note(order.exec_lots);
                note(order.exec_price_ticks);
                note(order.exch_ts);
                note(order.local_ts);
                note(order.queue_ahead);
                note(static_cast<std::int64_t>(order.status));
                note(static_cast<std::int64_t>(order.req));
            }
        }
    }
    void note(std::int64_t value) { seen_.push_back(value); }
    void note(double value) { seen_.push_back(std::bit_cast<std::int64_t>(value)); }

    Dice dice_;
    OrderId last_id_ = 0;
    std::vector<std::int64_t> seen_;
};

}  // namespace ringside::test
