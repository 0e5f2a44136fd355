#pragma once

#include <limits>

#include "core/book/l3_book.hpp"
#include "engine/order_desk.hpp"

namespace ringside::engine {

/// Matches one bot's orders in the queues of a market-by-order book: an order fills when the market
/// executes an order behind it, or when the opposite best crosses it.
class L3Matcher : public OrderDesk<L3Matcher> {
    using Desk = OrderDesk<L3Matcher>;
    friend Desk;

  public:
    L3Matcher(const L3Book& book, const Rules& rules, ExchangeKind exchange, Lane& lane)
        : Desk(book.levels(), rules, exchange, lane), market_(book) {}

    /// Which rows could execute own orders: the queues decide, so any.
    struct Reach {
        bool operator==(const Reach&) const = default;
        bool touched_by(const MarketUpdate& /*update*/) const noexcept { return true; }
    };
    Reach reach() const noexcept { return {}; }

    /// The best of `kSide` improved: opposite orders that it reaches fill.
    template <Side kSide>
    void on_better_best(Ticks before, Ticks after, Nanos exch_ts) {
        constexpr Side kHit = opposite(kSide);
        constexpr Ticks kNone = kSide == Side::Buy ? kNoBid : kNoAsk;
        constexpr Ticks kInward = kSide == Side::Buy ? 1 : -1;
        if (!orders_.side(kHit).reached_by(after)) return;
        budget_ = kUnlimited;
        const bool bounded = before != kNone && in_reach(before + kInward, after);
        fill_range<kHit>(bounded ? before + kInward : best_possible<kHit>(), after, exch_ts);
    }

    /// The market executed an order of `kSide` at a price; own orders that stand better come first.
    template <Side kSide>
    void on_market_fill(Ticks tick, Lots lots, Nanos exch_ts) {
        constexpr Ticks kInward = kSide == Side::Buy ? 1 : -1;
        budget_ = partial_ ? lots : kUnlimited;
        const Ticks next = tick + kInward;
        if (!orders_.side(kSide).reached_by(next)) return;
        if (!rules_.l3_fills_skip_better_prices) {
            fill_range<kSide>(best_possible<kSide>(), next, exch_ts);
            return;
        }
        const Ticks best = kSide == Side::Buy ? book_.best_bid() : book_.best_ask();
        if (kSide == Side::Buy ? tick >= best : tick <= best) return;
        fill_range<kSide>(in_reach(best, next) ? best : best_possible<kSide>(), next, exch_ts);
    }
    /// Goes on with on_market_fill: own orders that stand in front of the executed one.
    template <Side kSide>
    void fill_in_front_of(const MarketOrder& executed, Nanos exch_ts) {
        RestingSide& side = orders_.side(kSide);
        if (!side.spans(executed.tick)) return;
        side.sweep(executed.tick, executed.tick, [&](Ticks, std::uint32_t slot) {
            VenueOrder& order = orders_[slot];
            if (order.queue_place >= executed.place() || !fill(order, exch_ts)) return false;
            orders_.forget(slot);
            return true;
        });
    }

    /// The market's orders of one side are gone, and with them these.
    template <Side kSide>
    void expire_side(Nanos exch_ts) {
        orders_.side(kSide).sweep(best_possible<kSide>(), worst_possible<kSide>(),
                                  [&](Ticks, std::uint32_t slot) {
                                      VenueOrder& order = orders_[slot];
                                      OrderResponse response = report(order, exch_ts);
                                      response.kind = ResponseKind::Update;
                                      response.status = Status::Expired;
                                      response.leaves_lots = 0;
                                      lane_.respond(response);
                                      orders_.forget(slot);
                                      return true;
                                  });
    }

    /// Compat: a row of the data contradicts the book, and nothing more can be simulated.
    void fail_on_data(Code why, Nanos exch_ts) {
        lane_.fail({.exch_ts = exch_ts,
                    .kind = ResponseKind::Failed,
                    .error = static_cast<std::uint8_t>(why)});
    }

  private:
    static constexpr Lots kUnlimited = std::numeric_limits<Lots>::max();

    template <Side kSide>
    static constexpr Ticks best_possible() noexcept {
        return kSide == Side::Buy ? kNoAsk : -kNoAsk;
    }
    template <Side kSide>
    static constexpr Ticks worst_possible() noexcept {
        return kSide == Side::Buy ? -kNoAsk : kNoAsk;
    }

    /// Compat: whether a sweep between two ticks keeps to them, which it does not with few orders.
    bool in_reach(Ticks from, Ticks to) const noexcept {
        if (!rules_.l3_fills_skip_better_prices) return false;
        const Ticks distance = from > to ? from - to : to - from;
        return static_cast<Ticks>(orders_.size()) >= distance;
    }

    template <Side kSide>
    void fill_range(Ticks first, Ticks last, Nanos exch_ts) {
        orders_.side(kSide).sweep(first, last, [&](Ticks, std::uint32_t slot) {
            VenueOrder& order = orders_[slot];
            if (!fill(order, exch_ts)) return false;
            orders_.forget(slot);
            return true;
        });
    }

    /// Executes as much as the event still offers; whether the order is done.
    bool fill(VenueOrder& order, Nanos exch_ts) {
        const Lots lots = std::min(order.leaves_lots, budget_);
        if (lots <= 0) return false;
        if (budget_ != kUnlimited) budget_ -= lots;
        fill_maker(order, lots, exch_ts);
        return order.leaves_lots == 0;
    }

    double join_queue(VenueOrder& order, Nanos /*exch_ts*/) {
        order.queue_place = market_.last_place();
        return order.side == Side::Buy ? book_.bid_qty(order.price_ticks)
                                       : book_.ask_qty(order.price_ticks);
    }
    void leave_queue(VenueOrder& /*order*/) noexcept {}

    void modify(const OrderRequest& request, VenueOrder& order, Nanos exch_ts) {
        OrderResponse response = answer(request, request.qty_lots, exch_ts);
        response.status = order.status;
        if (request.price_ticks == order.price_ticks && request.qty_lots <= order.leaves_lots) {
            order.qty_lots = order.leaves_lots = request.qty_lots;
            response.queue_ahead = order.queue_ahead;
        } else {
            const Status resting = status_after_modify(order);
            take_out(order);
            if (!rules_.l3_modify_never_takes) {
                enter(request, request.qty_lots, exch_ts, resting);
                return;
            }
            response.status = resting;
            response.queue_ahead = rest(request, request.qty_lots, resting, exch_ts);
        }
        lane_.respond(response);
    }

    const L3Book& market_;
    Lots budget_ = kUnlimited;  ///< what the event at hand may still execute
};

}  // namespace ringside::engine
