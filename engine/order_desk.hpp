#pragma once

#include "core/book/l2_book.hpp"
#include "core/code.hpp"
#include "engine/lane.hpp"
#include "engine/own_orders.hpp"
#include "engine/taking.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// One bot's orders at one instrument, and what every kind of venue does with its requests: execute
/// or rest new orders, cancel, refuse, answer. `Matcher` derives from it and adds how resting
/// orders are filled:
///
///     double join_queue(VenueOrder&, Nanos exch_ts)   comes to rest; returns what is ahead of it
///     void leave_queue(VenueOrder&)                   is cancelled or replaced
///     void modify(const OrderRequest&, VenueOrder&, Nanos exch_ts)
template <typename Matcher>
class OrderDesk {
  public:
    OrderDesk(const L2Book& book, const Rules& rules, ExchangeKind exchange, Lane& lane)
        : book_(book),
          rules_(rules),
          partial_(exchange == ExchangeKind::PartialFill),
          lane_(lane),
          taking_(book, rules) {}

    bool idle() const noexcept { return orders_.empty(); }

    /// A request has arrived.
    void on_request(const OrderRequest& request, Nanos exch_ts) {
        switch (request.kind) {
            case RequestKind::Submit:
                if (orders_.find(request.order_id) != nullptr) {
                    refuse(request, exch_ts, Code::OrderIdExists);
                } else {
                    enter(request, request.qty_lots, exch_ts);
                }
                return;
            case RequestKind::Modify:
                if (VenueOrder* order = orders_.find(request.order_id)) {
                    derived().modify(request, *order, exch_ts);
                } else {
                    refuse(request, exch_ts, Code::OrderNotFound);
                }
                return;
            case RequestKind::Cancel:
                cancel(request, exch_ts);
                return;
            case RequestKind::Unset:
                break;
        }
        refuse(request, exch_ts, Code::InvalidRequest);
    }

  protected:
    template <Side kSide>
    static constexpr bool better(Ticks a, Ticks b) noexcept {
        return kSide == Side::Buy ? a > b : a < b;
    }

    /// Executes, rests or expires `leaves` lots of a request as a new order would be; where it
    /// comes to rest untouched, its status is `resting`.
    void enter(const OrderRequest& request, Lots leaves, Nanos exch_ts,
               Status resting = Status::New) {
        const bool buy = request.side == Side::Buy;
        const Ticks opposite_best = buy ? book_.best_ask() : book_.best_bid();
        const bool opposite_empty = opposite_best == (buy ? kNoAsk : kNoBid);
        const bool market = request.type == OrderType::Market;
        const bool crossing =
            market || (!opposite_empty && (buy ? request.price_ticks >= opposite_best
                                               : request.price_ticks <= opposite_best));
        if (crossing) {
            take(request, leaves, opposite_empty, exch_ts, resting);
            return;
        }
        OrderResponse response = answer(request, leaves, exch_ts);
        if (request.time_in_force == TimeInForce::Fok ||
            request.time_in_force == TimeInForce::Ioc) {
            response.status = Status::Expired;
        } else {
            response.status = resting;
            response.queue_ahead = rest(request, leaves, resting, exch_ts);
        }
        lane_.respond(response);
    }

    void take(const OrderRequest& request, Lots leaves, bool opposite_empty, Nanos exch_ts,
              Status resting) {
        const bool market = request.type == OrderType::Market;
        const bool refuses = market ? opposite_empty : request.time_in_force == TimeInForce::Gtx;
        if (refuses && (partial_ || !market || !rules_.market_fills_on_empty_side)) {
            OrderResponse response = answer(request, leaves, exch_ts);
            response.status = Status::Expired;
            lane_.respond(response);
            return;
        }
        if (partial_)
            taking_.plan_displayed(request, leaves, plan_);
        else
            taking_.plan_whole(request, leaves, plan_);
        if (rules_.one_response_for_many_fills)
            report_last_slice(request, leaves, exch_ts);
        else
            report_slices(request, leaves, exch_ts, resting);
    }

    /// One response for each execution; the first answers the request.
    void report_slices(const OrderRequest& request, Lots leaves, Nanos exch_ts, Status resting) {
        OrderResponse response = answer(request, leaves, exch_ts);
        for (const Slice& slice : plan_.slices) {
            execute(response, slice.price_ticks, slice.lots, false);
            lane_.respond(response);
            response.kind = ResponseKind::Fill;
            response.req_seq = 0;
        }
        if (plan_.rest_lots == 0) return;
        const bool answered = !plan_.slices.empty();
        if (plan_.rests) {
            const double ahead = rest(request, plan_.rest_lots,
                                      answered ? Status::PartiallyFilled : resting, exch_ts);
            if (answered) return;
            response.status = resting;
            response.queue_ahead = ahead;
        } else {
            response.status = Status::Expired;
            response.executed = false;
            if (answered) response.kind = ResponseKind::Update;
        }
        lane_.respond(response);
    }

    /// Compat: the request's answer carries the last execution, whatever came before.
    void report_last_slice(const OrderRequest& request, Lots leaves, Nanos exch_ts) {
        OrderResponse response = answer(request, leaves, exch_ts);
        for (const Slice& slice : plan_.slices) {
            execute(response, slice.price_ticks, slice.lots, false);
        }
        if (plan_.rest_lots > 0) response.status = Status::Expired;
        lane_.respond(response);
    }

    /// Puts an order into the resting set; returns the quantity ahead of it.
    double rest(const OrderRequest& request, Lots leaves, Status status, Nanos exch_ts) {
        const VenueOrder order{.order_id = request.order_id,
                               .price_ticks = request.price_ticks,
                               .qty_lots = request.qty_lots,
                               .leaves_lots = leaves,
                               .req_ts = request.req_ts,
                               .side = request.side,
                               .time_in_force = request.time_in_force,
                               .type = request.type,
                               .status = status,
                               .leaves_qty = book_.grid().qty(leaves)};
        VenueOrder& resting = orders_.add(order);
        resting.queue_ahead = derived().join_queue(resting, exch_ts);
        return resting.queue_ahead;
    }
    /// What a replaced order is when it rests again: executions before the modify still count.
    Status status_after_modify(const VenueOrder& order) const noexcept {
        return rules_.modify_forgets_executions ? Status::New : order.status;
    }
    /// Takes a resting order out.
    void take_out(VenueOrder& order) {
        derived().leave_queue(order);
        orders_.remove(order);
    }

    void cancel(const OrderRequest& request, Nanos exch_ts) {
        VenueOrder* order = orders_.find(request.order_id);
        if (order == nullptr) {
            refuse(request, exch_ts, Code::OrderNotFound);
            return;
        }
        OrderResponse response = report(*order, exch_ts);
        response.kind = ResponseKind::Ack;
        response.req_seq = request.seq;
        response.status = Status::Canceled;
        if (!rules_.answer_carries_submit_time) response.req_ts = request.req_ts;
        take_out(*order);
        lane_.respond(response);
    }

    void refuse(const OrderRequest& request, Nanos exch_ts, Code why) {
        OrderResponse response = answer(request, request.leaves_lots, exch_ts);
        response.kind = ResponseKind::Refused;
        response.status = request.status;
        response.req = Status::Rejected;
        response.error = static_cast<std::uint8_t>(why);
        lane_.respond(response);
    }

    void fill_maker(VenueOrder& order, Lots lots, Nanos exch_ts) {
        OrderResponse response = report(order, exch_ts);
        response.kind = ResponseKind::Fill;
        execute(response, order.price_ticks, lots, true);
        order.leaves_lots = response.leaves_lots;
        order.status = response.status;
        lane_.respond(response);
    }

    static void execute(OrderResponse& response, Ticks price, Lots lots, bool maker) noexcept {
        response.executed = true;
        response.maker = maker;
        response.exec_price_ticks = price;
        response.exec_lots = lots;
        response.leaves_lots -= lots;
        response.status = response.leaves_lots > 0 ? Status::PartiallyFilled : Status::Filled;
    }

    /// A response to a request, with the request's view of the order.
    static OrderResponse answer(const OrderRequest& request, Lots leaves, Nanos exch_ts) noexcept {
        return {.req_seq = request.seq,
                .order_id = request.order_id,
                .req_ts = request.req_ts,
                .exch_ts = exch_ts,
                .price_ticks = request.price_ticks,
                .qty_lots = request.qty_lots,
                .leaves_lots = leaves,
                .kind = ResponseKind::Ack,
                .side = request.side,
                .time_in_force = request.time_in_force,
                .type = request.type};
    }
    /// A response about a resting order.
    static OrderResponse report(const VenueOrder& order, Nanos exch_ts) noexcept {
        return {.order_id = order.order_id,
                .req_ts = order.req_ts,
                .exch_ts = exch_ts,
                .price_ticks = order.price_ticks,
                .qty_lots = order.qty_lots,
                .leaves_lots = order.leaves_lots,
                .queue_ahead = order.queue_ahead,
                .side = order.side,
                .time_in_force = order.time_in_force,
                .type = order.type,
                .status = order.status};
    }

    const L2Book& book_;
    const Rules rules_;
    const bool partial_;
    Lane& lane_;
    OwnOrders orders_;

  private:
    Matcher& derived() noexcept { return static_cast<Matcher&>(*this); }

    Taking taking_;
    TakingPlan plan_;
};

}  // namespace ringside::engine
