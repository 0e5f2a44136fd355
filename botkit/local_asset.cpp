#include "botkit/local_asset.hpp"

#include <utility>

namespace ringside::botkit {

void LocalAsset::on_other_update(const MarketUpdate& update, const Rows& rows) {
    if (by_order_) {
        on_order_row(update, rows.of(&update));
    } else if (update.action >= Action::Row) {
        on_row(rows.of(&update));
    } else if (keeps_trades_) {
        trades_.push_back(rows.of(&update));
    }
}

void LocalAsset::on_row(const Event& row) {
    const Side side = row.side();
    switch (row.kind()) {
        case EventKind::Depth:
        case EventKind::DepthSnapshot:
            if (side != Side::Unset) book_.set(side, row.px, row.qty);
            return;
        case EventKind::Trade:
            if (keeps_trades_) trades_.push_back(row);
            return;
        case EventKind::DepthClear:
            if (side != Side::Unset)
                book_.clear(side, row.px);
            else
                book_.clear_all();
            return;
        default:
            return;
    }
}

void LocalAsset::on_order_row(const MarketUpdate& update, const Event& row) {
    // A row that contradicts the book changes nothing here; what it means for the run, the venue
    // says.
    OrderChange change;
    const Ticks tick = by_order_->tick_of(update, row);
    switch (row.kind()) {
        case EventKind::AddOrder:
            if (row.side() != Side::Unset)
                by_order_->add(row.side(), row.order_id, tick, row.qty, change);
            return;
        case EventKind::ModifyOrder:
            by_order_->modify(row.order_id, tick, row.qty, change);
            return;
        case EventKind::CancelOrder:
            by_order_->remove(row.order_id, change);
            return;
        case EventKind::DepthClear:
            by_order_->clear(row.side());
            return;
        case EventKind::Trade:
            if (keeps_trades_) trades_.push_back(row);
            return;
        default:
            return;
    }
}

void LocalAsset::book_execution(Side side, Ticks price_ticks, Lots lots, double fee) {
    const double qty = instrument_.grid.qty(lots);
    const double amount = instrument_.amount(instrument_.grid.price(price_ticks), qty);
    state_.position += qty * sign(side);
    state_.balance -= amount * sign(side);
    state_.fee += fee;
    state_.num_trades += 1;
    state_.trading_volume += qty;
    state_.trading_value += amount;
}

void LocalAsset::book_execution(const OrderResponse& response) {
    if (response.executed &&
        (!rules_.book_only_filled_status || response.status == Status::Filled)) {
        book_execution(response.side, response.exec_price_ticks, response.exec_lots, response.fee);
        return;
    }
    const bool again = rules_.book_refused_fills && response.kind == ResponseKind::Refused &&
                       response.status == Status::Filled;
    if (!again) return;
    if (const Order* order = order_before(response); order != nullptr) {
        book_execution(order->side, order->exec_price_ticks, order->exec_lots, order->exec_fee);
    }
}

const Order* LocalAsset::order_before(const OrderResponse& response) const noexcept {
    for (const Order& order : cleared_) {
        if (order.req_seq == response.req_seq) return &order;
    }
    return orders_.find(response.order_id);
}

void LocalAsset::clear_inactive_orders() {
    if (!std::exchange(has_inactive_orders_, false)) return;
    const bool matters = rules_.book_refused_fills || rules_.refusals_carry_last_venue_time;
    orders_.clear_inactive([&](const Order& order) {
        if (matters && order.pending()) cleared_.push_back(order);
    });
}

void LocalAsset::measure_latency(const OrderResponse& response) {
    Nanos exch_ts = response.exch_ts;
    if (exch_ts == 0 && rules_.refusals_carry_last_venue_time) {
        const Order* order = order_before(response);
        if (order != nullptr) exch_ts = order->exch_ts_at_request;
    }
    const bool answers = response.req_seq != 0;
    if (exch_ts > 0 && (answers || rules_.answer_carries_submit_time)) {
        order_latency_ = {response.req_ts, exch_ts, response.resp_ts};
    }
}

bool LocalAsset::on_response(const OrderResponse& response) {
    Order* order = orders_.find(response.order_id);
    const bool answers = response.req_seq != 0;
    const bool ends_wait =
        rules_.fill_clears_pending || answers || order == nullptr || !order->pending();
    measure_latency(response);
    book_execution(response);
    std::erase_if(cleared_, [&](const Order& o) { return o.req_seq == response.req_seq; });
    if (order != nullptr) {
        if (response.kind == ResponseKind::Refused)
            refuse(*order, response);
        else
            update(*order, response);
    } else if (response.kind != ResponseKind::Refused) {
        order = &orders_.add({.order_id = response.order_id});
        update(*order, response);
    }
    if (order != nullptr) has_inactive_orders_ |= OrderTable::is_inactive(order->status);
    return ends_wait;
}

void LocalAsset::refuse(Order& order, const OrderResponse& response) {
    const bool mine = rules_.fill_clears_pending ? response.req_ts == order.local_ts
                                                 : response.req_seq == order.req_seq;
    if (!mine) return;
    if (order.req == Status::New) order.status = Status::Expired;
    if (order.req == Status::Replaced && !rules_.refused_modify_stays) {
        order.price_ticks = order.confirmed_price_ticks;
        order.qty_lots = order.confirmed_qty_lots;
    }
    order.req = Status::None;
    order.req_seq = 0;
}

void LocalAsset::update(Order& order, const OrderResponse& response) {
    const bool settles =
        rules_.fill_clears_pending || response.req_seq == order.req_seq || !order.pending();
    const bool keeps_wish = !settles && order.req == Status::Replaced;
    if (!keeps_wish) {
        order.price_ticks = response.price_ticks;
        order.qty_lots = response.qty_lots;
    }
    order.confirmed_price_ticks = response.price_ticks;
    order.confirmed_qty_lots = response.qty_lots;
    order.leaves_lots = response.leaves_lots;
    if (response.executed) {
        order.exec_price_ticks = response.exec_price_ticks;
        order.exec_lots = response.exec_lots;
        order.exec_fee = response.fee;
        order.maker = response.maker;
    }
    order.side = response.side;
    order.time_in_force = response.time_in_force;
    order.type = response.type;
    order.status = response.status;
    order.queue_ahead = response.queue_ahead;
    if (response.exch_ts > 0) order.exch_ts = response.exch_ts;
    if (settles) {
        order.req = Status::None;
        order.req_seq = 0;
    }
}

}  // namespace ringside::botkit
