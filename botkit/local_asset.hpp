#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "botkit/order_table.hpp"
#include "core/book/l2_book.hpp"
#include "core/book/l3_book.hpp"
#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/order.hpp"
#include "core/rows.hpp"
#include "core/rules.hpp"

namespace ringside::botkit {

/// What a bot's executions on one instrument add up to, as far as it has heard of them.
struct StateValues {
    double position = 0.0;        ///< signed quantity
    double balance = 0.0;         ///< cash flow of all executions, fees not included
    double fee = 0.0;             ///< fees paid; negative is a rebate
    std::int64_t num_trades = 0;  ///< executions
    double trading_volume = 0.0;  ///< executed quantity
    double trading_value = 0.0;   ///< executed value
};

struct FeedLatency {
    Nanos exch_ts = 0;
    Nanos local_ts = 0;
};
struct OrderLatency {
    Nanos req_ts = 0;
    Nanos exch_ts = 0;
    Nanos resp_ts = 0;
};

/// What a bot knows of one instrument: its book, trades, orders and state, all at local time.
class LocalAsset {
  public:
    LocalAsset(const Instrument& instrument, const Rules& rules)
        : instrument_(instrument), rules_(rules), book_(instrument.grid, rules, instrument.range) {
        if (instrument.book == BookKind::L3) {
            by_order_.emplace(instrument.grid, rules, instrument.range);
        }
    }

    void apply_snapshot_row(const Event& row) { book_.apply_snapshot_row(row); }

    /// Applies one market event; `rows` has what the update was worked out from.
    void on_update(const MarketUpdate& update, const Rows& rows);
    /// Has what an update some places behind `next` is about on its way to the near caches.
    void prefetch(const MarketUpdate* next, const MarketUpdate* end,
                  const Rows& rows) const noexcept {
        constexpr std::ptrdiff_t kRowsAhead = 8;
        if (!by_order_) [[likely]]
            book_.prefetch(next, end);
        else if (end - next > kRowsAhead)
            by_order_->prefetch(rows.order_id_of(next + kRowsAhead));
    }
    /// Notes the times of the last market event applied.
    void heard(const MarketUpdate& last) noexcept { feed_latency_ = {last.exch_ts, last.local_ts}; }
    /// Applies one response; returns whether it ends a wait for this order's answer.
    bool on_response(const OrderResponse& response);

    const Instrument& instrument() const noexcept { return instrument_; }
    const L2Book& book() const noexcept {
        if (shared_book_ != nullptr) return *shared_book_;
        return by_order_ ? by_order_->levels() : book_;
    }
    /// Looks at a book that someone else keeps; null: at its own again.
    void share_book(const L2Book* book) noexcept { shared_book_ = book; }
    /// In place of on_update(), where the book is shared.
    void on_update_of_shared_book(const MarketUpdate& update, const Rows& rows) {
        if (!keeps_trades_ || sets_level(update.action)) return;
        const Event row = rows.of(&update);
        if (row.kind() == EventKind::Trade) trades_.push_back(row);
    }
    const OrderTable& orders() const noexcept { return orders_; }
    /// Only responses may make an order inactive.
    OrderTable& orders() noexcept { return orders_; }
    const StateValues& state() const noexcept { return state_; }
    const std::vector<Event>& trades() const noexcept { return trades_; }
    void clear_inactive_orders();
    void clear_trades() noexcept { trades_.clear(); }
    void keep_trades(std::size_t expected) {
        keeps_trades_ = expected > 0;
        trades_.reserve(expected);
    }
    const std::optional<FeedLatency>& feed_latency() const noexcept { return feed_latency_; }
    const std::optional<OrderLatency>& order_latency() const noexcept { return order_latency_; }

  private:
    void on_other_update(const MarketUpdate& update, const Rows& rows);
    void on_row(const Event& row);
    void on_order_row(const MarketUpdate& update, const Event& row);
    void book_execution(const OrderResponse& response);
    void book_execution(Side side, Ticks price, Lots lots, double fee);
    /// The order that a response is about as the bot has it, or in compat had it when it was
    /// cleared; nullptr if there is none.
    const Order* order_before(const OrderResponse& response) const noexcept;
    void measure_latency(const OrderResponse& response);
    void refuse(Order& order, const OrderResponse& response);
    void update(Order& order, const OrderResponse& response);

    Instrument instrument_;
    Rules rules_;
    L2Book book_;
    std::optional<L3Book> by_order_;  ///< instead of book_ for market-by-order data
    const L2Book* shared_book_ = nullptr;
    OrderTable orders_;
    bool has_inactive_orders_ = false;  ///< since they were cleared
    std::vector<Order> cleared_;        ///< their last request is not answered; compat only
    StateValues state_;
    bool keeps_trades_ = false;
    std::vector<Event> trades_;
    std::optional<FeedLatency> feed_latency_;
    std::optional<OrderLatency> order_latency_;
};

inline void LocalAsset::on_update(const MarketUpdate& update, const Rows& rows) {
    if (!by_order_) [[likely]] {
        if (sets_level(update.action)) [[likely]] {
            book_.apply(update);
            return;
        }
    }
    on_other_update(update, rows);
}

}  // namespace ringside::botkit
