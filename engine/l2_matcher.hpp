#pragma once

#include "core/book/l2_book.hpp"
#include "core/code.hpp"
#include "engine/lane.hpp"
#include "engine/own_orders.hpp"
#include "engine/queue_model.hpp"
#include "engine/taking.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// Matches one bot's orders against an aggregated book that it does not change: an order fills
/// whole, as maker when the market trades through it or has eaten the queue in front of it, as
/// taker when it crosses on arrival. One for each bot and instrument.
template <QueueModel Queue>
class L2Matcher {
  public:
    L2Matcher(const L2Book& book, const Rules& rules, const Queue& queue, ExchangeKind exchange,
              Lane& lane)
        : book_(book),
          rules_(rules),
          queue_(queue),
          partial_(exchange == ExchangeKind::PartialFill),
          lane_(lane),
          taking_(book, rules) {}

    bool idle() const noexcept { return orders_.empty(); }
    std::size_t resting() const noexcept { return orders_.size(); }

    /// A level of side `kSide` was set.
    template <Side kSide>
    void on_level(const LevelChange& change, Nanos exch_ts) {
        RestingSide& same = orders_.side<kSide>();
        if (same.spans(change.tick)) [[unlikely]] {
            same.each_at(change.tick, [&](std::uint32_t slot) {
                queue_.depth(orders_[slot].queue, change.qty_before, change.qty_after);
            });
        }
        if (!better<kSide>(change.best_after, change.best_before)) return;
        if (!orders_.side<opposite(kSide)>().reached_by(change.best_after)) return;
        sweep<opposite(kSide)>(change.best_before, change.best_after,
                               [&](Ticks, std::uint32_t slot) { return fill_rest(slot, exch_ts); });
    }

    /// A public trade whose aggressor was `kAggressor`, at a price and quantity.
    template <Side kAggressor>
    void on_trade(Ticks tick, double qty, Nanos exch_ts) {
        constexpr Side kPassive = opposite(kAggressor);
        if (!orders_.side<kPassive>().reached_by(tick)) [[likely]]
            return;
        const Ticks own_best = kAggressor == Side::Buy ? book_.best_bid() : book_.best_ask();
        sweep<kPassive>(own_best, tick, [&](Ticks at, std::uint32_t slot) {
            return at == tick ? trade_at_own_price(slot, qty, exch_ts) : fill_rest(slot, exch_ts);
        });
    }

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
                modify(request, exch_ts);
                return;
            case RequestKind::Cancel:
                cancel(request, exch_ts);
                return;
            case RequestKind::Unset:
                break;
        }
        refuse(request, exch_ts, Code::InvalidRequest);
    }

  private:
    static constexpr Side opposite(Side side) noexcept {
        return side == Side::Buy ? Side::Sell : Side::Buy;
    }
    template <Side kSide>
    static constexpr bool better(Ticks a, Ticks b) noexcept {
        return kSide == Side::Buy ? a > b : a < b;
    }

    /// Walks own orders of side `kSide` from the best down to `to`. Compat leaves out those that
    /// are not beyond `from`, the opposite side's best, unless that is unset or further away than
    /// there are orders.
    template <Side kSide, typename F>
    void sweep(Ticks from, Ticks to, F&& f) {
        constexpr Ticks kBestPossible = kSide == Side::Buy ? kNoAsk : -kNoAsk;
        constexpr Ticks kNone = kSide == Side::Buy ? kNoAsk : kNoBid;
        Ticks first = kBestPossible;
        if (rules_.fill_from_opposite_best && from != kNone) {
            const Ticks distance = kSide == Side::Buy ? from - to : to - from;
            if (distance <= 0) return;
            if (static_cast<Ticks>(orders_.size()) >= distance) {
                first = kSide == Side::Buy ? from - 1 : from + 1;
            }
        }
        orders_.side<kSide>().sweep(first, to, std::forward<F>(f));
    }

    /// Executes, rests or expires `leaves` lots of a request as a new order.
    void enter(const OrderRequest& request, Lots leaves, Nanos exch_ts) {
        const bool buy = request.side == Side::Buy;
        const Ticks opposite_best = buy ? book_.best_ask() : book_.best_bid();
        const bool opposite_empty = opposite_best == (buy ? kNoAsk : kNoBid);
        const bool market = request.type == OrderType::Market;
        const bool crossing =
            market || (!opposite_empty && (buy ? request.price_ticks >= opposite_best
                                               : request.price_ticks <= opposite_best));
        if (crossing) {
            take(request, leaves, opposite_empty, exch_ts);
            return;
        }
        OrderResponse response = answer(request, leaves, exch_ts);
        if (request.time_in_force == TimeInForce::Fok ||
            request.time_in_force == TimeInForce::Ioc) {
            response.status = Status::Expired;
        } else {
            response.status = Status::New;
            response.queue_ahead = rest(request, leaves, Status::New);
        }
        lane_.respond(response);
    }

    void take(const OrderRequest& request, Lots leaves, bool opposite_empty, Nanos exch_ts) {
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
            report_slices(request, leaves, exch_ts);
    }

    /// One response for each execution; the first answers the request.
    void report_slices(const OrderRequest& request, Lots leaves, Nanos exch_ts) {
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
                                      answered ? Status::PartiallyFilled : Status::New);
            if (answered) return;
            response.status = Status::New;
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
    double rest(const OrderRequest& request, Lots leaves, Status status) {
        const double ahead = request.side == Side::Buy ? book_.bid_qty(request.price_ticks)
                                                       : book_.ask_qty(request.price_ticks);
        VenueOrder order{.order_id = request.order_id,
                         .price_ticks = request.price_ticks,
                         .qty_lots = request.qty_lots,
                         .leaves_lots = leaves,
                         .req_ts = request.req_ts,
                         .side = request.side,
                         .time_in_force = request.time_in_force,
                         .type = request.type,
                         .status = status,
                         .queue_ahead = ahead,
                         .leaves_qty = book_.grid().qty(leaves)};
        queue_.rest(order.queue, ahead);
        orders_.add(order);
        return ahead;
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
        orders_.remove(*order);
        lane_.respond(response);
    }

    void modify(const OrderRequest& request, Nanos exch_ts) {
        VenueOrder* order = orders_.find(request.order_id);
        if (order == nullptr) {
            refuse(request, exch_ts, Code::OrderNotFound);
            return;
        }
        if (request.price_ticks != order->price_ticks || request.qty_lots > order->leaves_lots) {
            orders_.remove(*order);
            enter(request, rules_.modify_keeps_leaves ? request.leaves_lots : request.qty_lots,
                  exch_ts);
            return;
        }
        order->qty_lots = order->leaves_lots = request.qty_lots;
        order->leaves_qty = book_.grid().qty(request.qty_lots);
        order->status = Status::New;
        OrderResponse response = answer(request, request.qty_lots, exch_ts);
        response.status = Status::New;
        response.queue_ahead = order->queue_ahead;
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

    /// Executes all that is open of an order; returns whether it left the book, as for sweeps.
    bool fill_rest(std::uint32_t slot, Nanos exch_ts) {
        VenueOrder& order = orders_[slot];
        if (order.status == Status::Filled) return fail_on(order, exch_ts);
        fill_maker(order, order.leaves_lots, exch_ts);
        orders_.forget(slot);
        return true;
    }

    bool trade_at_own_price(std::uint32_t slot, double qty, Nanos exch_ts) {
        VenueOrder& order = orders_[slot];
        queue_.trade(order.queue, qty);
        const double lot_size = book_.grid().lot_size;
        const Lots reached = queue_.executable(order.queue, lot_size);
        if (reached <= 0) return false;
        if (!partial_) return fill_rest(slot, exch_ts);
        if (order.status == Status::Filled) return fail_on(order, exch_ts);
        // Compat compares quantities, and an order that a fill uses up exactly stays.
        const double reached_qty = static_cast<double>(reached) * lot_size;
        const bool whole = rules_.exact_fill_stays ? reached_qty > order.leaves_qty
                                                   : reached >= order.leaves_lots;
        if (whole) return fill_rest(slot, exch_ts);
        order.leaves_qty -= reached_qty;
        fill_maker(order, reached, exch_ts);
        return false;
    }

    void fill_maker(VenueOrder& order, Lots lots, Nanos exch_ts) {
        OrderResponse response = report(order, exch_ts);
        response.kind = ResponseKind::Fill;
        execute(response, order.price_ticks, lots, true);
        order.leaves_lots = response.leaves_lots;
        order.status = response.status;
        lane_.respond(response);
    }

    /// Compat: an order that was filled to the last lot and kept is hit again. Nothing more can be
    /// simulated for this bot.
    bool fail_on(const VenueOrder& order, Nanos exch_ts) {
        OrderResponse response = report(order, exch_ts);
        response.kind = ResponseKind::Failed;
        response.error = static_cast<std::uint8_t>(Code::InvalidOrderStatus);
        lane_.fail(response);
        return false;
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
    const Queue queue_;
    const bool partial_;
    Lane& lane_;
    OwnOrders orders_;
    Taking taking_;
    TakingPlan plan_;
};

}  // namespace ringside::engine
