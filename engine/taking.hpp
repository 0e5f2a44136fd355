#pragma once

#include <algorithm>
#include <vector>

#include "core/book/l2_book.hpp"
#include "core/order.hpp"
#include "core/rules.hpp"

namespace ringside::engine {

/// One execution of a taking order.
struct Slice {
    Ticks price_ticks = 0;
    Lots lots = 0;
};

/// What a request for some lots would execute on arrival, and what becomes of the rest.
struct TakingPlan {
    std::vector<Slice> slices;
    Lots rest_lots = 0;
    bool rests = false;  ///< the remainder joins the book; otherwise it expires
};

/// Plans taking against the displayed levels, which it does not change.
class Taking {
  public:
    Taking(const L2Book& book, const Rules& rules) : book_(book), rules_(rules) {}

    /// The whole order at the opposite best, whatever is displayed there.
    void plan_whole(const OrderRequest& request, Lots lots, TakingPlan& plan) const {
        plan.slices.clear();
        plan.rest_lots = 0;
        plan.rests = false;
        plan.slices.push_back(
            {request.side == Side::Buy ? book_.best_ask() : book_.best_bid(), lots});
    }

    /// No more than is displayed, level by level. For an order that crosses, or a market order.
    void plan_displayed(const OrderRequest& request, Lots lots, TakingPlan& plan) const {
        plan.slices.clear();
        plan.rests = false;
        if (request.side == Side::Buy)
            collect<Side::Buy>(reach(request), lots, plan);
        else
            collect<Side::Sell>(reach(request), lots, plan);
        if (request.type == OrderType::Market) return;
        if (request.time_in_force == TimeInForce::Fok && plan.rest_lots > 0) {
            plan.slices.clear();
            plan.rest_lots = lots;
        } else if (request.time_in_force == TimeInForce::Gtc && plan.rest_lots > 0) {
            if (rules_.taker_remainder_fills) {
                plan.slices.push_back({request.price_ticks, plan.rest_lots});
                plan.rest_lots = 0;
            } else {
                plan.rests = true;
            }
        }
    }

  private:
    /// Last level that the order may take from.
    Ticks reach(const OrderRequest& request) const noexcept {
        const bool buy = request.side == Side::Buy;
        if (request.type == OrderType::Market) {
            if (!rules_.market_reach_is_limited) return buy ? kNoAsk - 1 : kNoBid + 1;
            return buy ? book_.best_ask() + 99 : book_.best_bid() - 100;
        }
        // A compat buy that may fill its remainder at its own price does so there at once.
        const bool short_of_limit =
            buy && request.time_in_force == TimeInForce::Gtc && rules_.taker_remainder_fills;
        return short_of_limit ? request.price_ticks - 1 : request.price_ticks;
    }

    template <Side kSide>
    void collect(Ticks to, Lots lots, TakingPlan& plan) const {
        constexpr Ticks kNone = kSide == Side::Buy ? kNoAsk : kNoBid;
        Ticks tick = kSide == Side::Buy ? book_.best_ask() : book_.best_bid();
        plan.rest_lots = lots;
        while (tick != kNone && plan.rest_lots > 0) {
            if (kSide == Side::Buy ? tick > to : tick < to) return;
            const double displayed = kSide == Side::Buy ? book_.ask_qty(tick) : book_.bid_qty(tick);
            const Lots taken = std::min(book_.grid().to_lots_nearest(displayed), plan.rest_lots);
            if (taken > 0) {
                plan.slices.push_back({tick, taken});
                plan.rest_lots -= taken;
            }
            tick = kSide == Side::Buy ? book_.asks().find_above(tick, to)
                                      : book_.bids().find_below(tick, to);
        }
    }

    const L2Book& book_;
    const Rules rules_;
};

}  // namespace ringside::engine
