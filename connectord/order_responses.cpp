#include "connectord/order_manager.hpp"

namespace ringside::connectord {

void OrderManager::refuse(BotNo bot, const OrderRequest& request, Code code, Nanos now) {
    ++counters_.refused;
    responses_.push({bot, refusal_of(request, now, static_cast<std::uint8_t>(code))});
}

bool OrderManager::hears(const OrderRecord& order) const noexcept {
    return order.bot != kNoBot && bots_[order.bot].connected && bots_[order.bot].life == order.life;
}

void OrderManager::tell(OrderRecord& order, ResponseKind kind, std::uint64_t req_seq, Nanos req_ts,
                        Status status, Nanos now, const Execution* execution) {
    order.told = status;
    if (execution != nullptr && !hears(order)) ++counters_.orphan_fills;
    // Of an order that has ended for its bot, only executions still matter.
    if (!hears(order) || (!order.has_bot_id && execution == nullptr)) return;
    // An order that was kept for a bot answers no request of its present life.
    if (kind == ResponseKind::Ack && req_seq == 0) kind = ResponseKind::Update;
    OrderResponse response{.req_seq = req_seq,
                           .order_id = order.has_bot_id ? order.order_id : kLateOrderId,
                           .req_ts = req_ts,
                           .exch_ts = order.exch_ts,
                           .resp_ts = now,
                           .price_ticks = order.price_ticks,
                           .qty_lots = order.qty_lots - order.base_lots,
                           .leaves_lots = std::max<Lots>(order.leaves(), 0),
                           .asset_no = order.asset_no,
                           .kind = kind,
                           .side = order.side,
                           .time_in_force = order.time_in_force,
                           .type = order.type,
                           .status = status};
    // Why the venue ended an order that it took: post-only, fill-or-kill.
    if (status == Status::Expired) response.error = static_cast<std::uint8_t>(order.code);
    if (execution != nullptr) {
        response.executed = true;
        response.maker = execution->maker;
        response.exec_price_ticks = execution->price_ticks;
        response.exec_lots = execution->lots;
        response.fee = execution->fee;
        if (execution->exch_ts != 0) response.exch_ts = execution->exch_ts;
    }
    responses_.push({order.bot, response});
}

void OrderManager::tell_refused(OrderRecord& order, std::uint64_t req_seq, Nanos req_ts, Code code,
                                Nanos now) {
    if (req_seq == 0 || !hears(order)) return;
    responses_.push({order.bot,
                     {.req_seq = req_seq,
                      .order_id = order.has_bot_id ? order.order_id : kLateOrderId,
                      .req_ts = req_ts,
                      .resp_ts = now,
                      .price_ticks = order.price_ticks,
                      .qty_lots = order.qty_lots - order.base_lots,
                      .leaves_lots = std::max<Lots>(order.leaves(), 0),
                      .asset_no = order.asset_no,
                      .kind = ResponseKind::Refused,
                      .side = order.side,
                      .time_in_force = order.time_in_force,
                      .type = order.type,
                      .status = order.told,
                      .req = Status::Rejected,
                      .error = static_cast<std::uint8_t>(code)}});
}

void OrderManager::acknowledge_submit(OrderRecord& order, Nanos now) {
    if (order.in_flight == InFlight::Submitting) {
        order.in_flight = InFlight::None;
        order.lost = false;
        order.answer_due = kNever;
    }
    // A modify cannot be in flight before the submit was told.
    if (order.told != Status::None || order.in_flight == InFlight::Replacing) return;
    const Status status = order.booked_lots > 0 ? Status::PartiallyFilled : Status::New;
    tell(order, ResponseKind::Ack, order.req_seq, order.submit_ts, status, now);
    order.req_seq = 0;
}

void OrderManager::tell_end(OrderRecord& order, Nanos now) {
    const Status status = bot_status(order.state, order.booked_lots > 0);
    const bool rejected = order.state == OrderState::Rejected;
    const bool unacknowledged = order.told == Status::None;
    const bool ends_by_cancel = order.state == OrderState::Cancelled && order.cancel_seq != 0;
    if (unacknowledged && rejected) {
        tell_refused(order, order.req_seq, order.submit_ts, order.code, now);
        order.told = status;
        order.req_seq = 0;
    } else if (unacknowledged) {
        tell(order, ResponseKind::Ack, order.req_seq, order.submit_ts, status, now);
        order.req_seq = 0;
    } else if (ends_by_cancel) {
        tell(order, ResponseKind::Ack, order.cancel_seq, order.cancel_ts, status, now);
        order.cancel_seq = 0;
    } else if (order.told != status) {
        tell(order, ResponseKind::Update, 0, order.submit_ts, status, now);
    }
    // What else the bot asked for came too late.
    tell_refused(order, order.req_seq, order.req_ts, Code::OrderNotFound, now);
    tell_refused(order, order.cancel_seq, order.cancel_ts, Code::OrderNotFound, now);
    order.req_seq = order.cancel_seq = 0;
}

}  // namespace ringside::connectord
