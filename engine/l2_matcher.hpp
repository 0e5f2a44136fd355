#pragma once

#include "engine/order_desk.hpp"
#include "engine/queue_model.hpp"

namespace ringside::engine {

/// Matches one bot's orders against an aggregated book that it does not change: as maker when the
/// market trades through an order or has eaten the queue in front of it, as taker when it crosses
/// on arrival. Orders fill whole, or as far as the queue and the displayed quantities allow. One
/// for each bot and instrument.
template <MatcherQueue Queue>
class L2Matcher : public OrderDesk<L2Matcher<Queue>> {
    using Desk = OrderDesk<L2Matcher<Queue>>;
    friend Desk;

  public:
    L2Matcher(const L2Book& book, const Rules& rules, const Queue& queue, ExchangeKind exchange,
              Lane& lane)
        : Desk(book, rules, exchange, lane), queue_(queue) {}

    /// Which rows could execute own orders, told without the book: trades at their prices or
    /// through them, and levels of the other side that stand there.
    struct Reach {
        Ticks best_bid = 0;  ///< of own orders
        Ticks best_ask = 0;

        bool operator==(const Reach&) const = default;
        bool touched_by(const MarketUpdate& update) const noexcept {
            if (update.action > Action::SellTrade) return true;
            const bool by_seller =
                update.action == Action::SetAsk || update.action == Action::SellTrade;
            return by_seller ? update.tick <= best_bid : update.tick >= best_ask;
        }
    };
    Reach reach() const noexcept {
        const RestingSide& bids = orders_.side(Side::Buy);
        const RestingSide& asks = orders_.side(Side::Sell);
        return {bids.empty() ? kNoBid : bids.best(), asks.empty() ? kNoAsk : asks.best()};
    }

    /// Whether an order may rest at a level.
    bool may_rest_at(Side side, Ticks tick) const noexcept {
        return orders_.side(side).spans(tick);
    }
    /// Whether on_level() could do anything.
    bool concerned_by(Side side, const LevelChange& change) const noexcept {
        return may_rest_at(side, change.tick) | (change.best_after != change.best_before);
    }
    /// A level of a side was set. What quantity it had counts only where an order may rest at it.
    void on_level(Side side, const LevelChange& change, Nanos exch_ts) {
        side == Side::Buy ? on_level<Side::Buy>(change, exch_ts)
                          : on_level<Side::Sell>(change, exch_ts);
    }

    /// A public trade whose aggressor was `kAggressor`, at a price and quantity.
    template <Side kAggressor>
    void on_trade(Ticks tick, double qty, Nanos exch_ts) {
        constexpr Side kPassive = opposite(kAggressor);
        if (!orders_.side(kPassive).reached_by(tick)) [[likely]]
            return;
        const Ticks own_best = kAggressor == Side::Buy ? book_.best_bid() : book_.best_ask();
        sweep<kPassive>(own_best, tick, [&](Ticks at, std::uint32_t slot) {
            return at == tick ? trade_at_own_price(slot, qty, exch_ts) : fill_rest(slot, exch_ts);
        });
    }

  private:
    using Desk::book_;
    using Desk::lane_;
    using Desk::orders_;
    using Desk::partial_;
    using Desk::rules_;

    template <Side kSide>
    void on_level(const LevelChange& change, Nanos exch_ts) {
        RestingSide& same = orders_.side(kSide);
        if (same.spans(change.tick)) [[unlikely]] {
            same.each_at(change.tick, [&](std::uint32_t slot) {
                queue_.depth(place(orders_[slot], exch_ts), change.qty_before, change.qty_after);
            });
        }
        if (!Desk::template better<kSide>(change.best_after, change.best_before)) return;
        if (!orders_.side(opposite(kSide)).reached_by(change.best_after)) return;
        sweep<opposite(kSide)>(change.best_before, change.best_after,
                               [&](Ticks, std::uint32_t slot) { return fill_rest(slot, exch_ts); });
    }

    /// What the queue model goes by: its state of the order, or for a model of the user's the
    /// order.
    decltype(auto) place(VenueOrder& order, [[maybe_unused]] Nanos exch_ts) {
        if constexpr (std::same_as<Queue, UserQueue>) {
            return SlottedOrder{
                orders_.slot_of(order),
                {order.order_id, order.side, order.price_ticks, order.leaves_lots, exch_ts, book_}};
        } else {
            return (order.queue);
        }
    }
    double join_queue(VenueOrder& order, Nanos exch_ts) {
        const double ahead = order.side == Side::Buy ? book_.bid_qty(order.price_ticks)
                                                     : book_.ask_qty(order.price_ticks);
        queue_.rest(place(order, exch_ts), ahead);
        return ahead;
    }
    void leave_queue(VenueOrder& /*order*/) noexcept {}

    void modify(const OrderRequest& request, VenueOrder& order, Nanos exch_ts) {
        if (request.price_ticks != order.price_ticks || request.qty_lots > order.leaves_lots) {
            const Status resting = this->status_after_modify(order);
            this->take_out(order);
            this->enter(request,
                        rules_.modify_keeps_leaves ? request.leaves_lots : request.qty_lots,
                        exch_ts, resting);
            return;
        }
        order.qty_lots = order.leaves_lots = request.qty_lots;
        order.leaves_qty = book_.grid().qty(request.qty_lots);
        OrderResponse response = this->answer(request, request.qty_lots, exch_ts);
        response.status = order.status;
        response.queue_ahead = order.queue_ahead;
        lane_.respond(response);
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
        orders_.side(kSide).sweep(first, to, std::forward<F>(f));
    }

    /// Executes all that is open of an order; returns whether it left the book, as for sweeps.
    bool fill_rest(std::uint32_t slot, Nanos exch_ts) {
        VenueOrder& order = orders_[slot];
        if (order.status == Status::Filled) return fail_on(order, exch_ts);
        this->fill_maker(order, order.leaves_lots, exch_ts);
        orders_.forget(slot);
        return true;
    }

    bool trade_at_own_price(std::uint32_t slot, double qty, Nanos exch_ts) {
        VenueOrder& order = orders_[slot];
        queue_.trade(place(order, exch_ts), qty);
        const double lot_size = book_.grid().lot_size;
        const Lots reached = queue_.executable(place(order, exch_ts), lot_size);
        if (reached <= 0) return false;
        if (!partial_) return fill_rest(slot, exch_ts);
        if (order.status == Status::Filled) return fail_on(order, exch_ts);
        // Compat compares quantities, and an order that a fill uses up exactly stays.
        const double reached_qty = static_cast<double>(reached) * lot_size;
        const bool whole =
            rules_.exact_fill_stays ? reached_qty > order.leaves_qty : reached >= order.leaves_lots;
        if (whole) return fill_rest(slot, exch_ts);
        order.leaves_qty -= reached_qty;
        this->fill_maker(order, reached, exch_ts);
        return false;
    }

    /// Compat: an order that was filled to the last lot and kept is hit again. Nothing more can be
    /// simulated for this bot.
    bool fail_on(const VenueOrder& order, Nanos exch_ts) {
        OrderResponse response = this->report(order, exch_ts);
        response.kind = ResponseKind::Failed;
        response.error = static_cast<std::uint8_t>(Code::InvalidOrderStatus);
        lane_.fail(response);
        return false;
    }

    const Queue queue_;
};

}  // namespace ringside::engine
