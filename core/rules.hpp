#pragma once

#include "core/venue_info.hpp"

namespace ringside {

/// Where HftBacktest 2.4.4 and a correct simulator differ in a way that a strategy can see, one
/// field decides. `strict()` is right; `compat()` reproduces the reference fill by fill.
struct Rules {
    // Book
    /// A crossing update hides the opposite levels it passed but leaves them readable, and an
    /// update that names one brings it back. Strict removes them.
    bool keep_crossed_levels = false;
    /// A clear up to a price skips the first surviving level when it looks for the new best.
    bool clear_skips_next_level = false;
    /// A quantity under half a lot removes a level, yet queue models hear the raw quantity, and a
    /// negative quantity moves the best price. Strict takes both as "removed, now 0".
    bool raw_deletion_qty = false;

    // Data
    /// Rows that go back in time are played in file order. Strict refuses them.
    bool unordered_rows = false;

    // Matching
    /// Fills of a trade or a new best reach only own orders between the opposite best and the
    /// price, unless few orders rest. Strict reaches every order at a passed price.
    bool fill_from_opposite_best = false;
    /// A market order on an empty side fills at the "no price" sentinel. Strict expires it.
    bool market_fills_on_empty_side = false;
    /// A modify that changes the price or raises the size executes the old open size.
    bool modify_keeps_leaves = false;
    /// A modify that changes the price or raises the size makes a partially filled order New.
    bool modify_forgets_executions = false;
    /// Queue probabilities may be NaN or outside [0, 1] and move an order backwards.
    bool unbounded_queue_probability = false;
    /// A partial fill of exactly the open size leaves the order behind, and the next event that
    /// reaches it ends the run with code 14.
    bool exact_fill_stays = false;
    /// One response for an order that takes several levels, and it tells of the last one only.
    bool one_response_for_many_fills = false;
    /// With partial fills, an order that crosses the book fills whole: what the levels up to its
    /// price do not hold, at its own price. Strict rests the remainder.
    bool taker_remainder_fills = false;
    /// With partial fills, a market order reaches 100 ticks from the best to buy and 101 to sell.
    bool market_reach_is_limited = false;
    /// Market-by-order: a modify never takes, even when its new price crosses.
    bool l3_modify_never_takes = false;
    /// Market-by-order: a fill at the best leaves own orders at better prices unfilled, and how far
    /// a sweep reaches depends on how many own orders there are.
    bool l3_fills_skip_better_prices = false;

    /// Market-by-order: a row of an unknown order, or a second one of the same id, ends the run.
    /// Strict leaves it out and counts it; it takes a fill's side from the order, too.
    bool bad_order_rows_fail = false;

    // Order latency
    /// Refused requests take part in the interpolation of response latencies, as if they had met
    /// the venue at time 0.
    bool latency_interpolates_refusals = false;
    /// An offset shifts the mark of refused requests, too, which makes them accepted ones.
    bool latency_offset_shifts_refusals = false;
    /// A request older than the one before uses up the data: from then on the last row holds.
    bool latency_cursor_runs_out = false;
    /// Cancel acknowledgements and fills carry the time of the order's submit instead of the
    /// cancel's; an order latency measured from them is wrong.
    bool answer_carries_submit_time = false;
    /// A cancel or modify that is refused on the way counts as met by the venue at the time of the
    /// order's last answer. Strict takes no order latency from it.
    bool refusals_carry_last_venue_time = false;

    // Bot's side
    /// Only a response with status Filled is booked, whatever was executed before.
    bool book_only_filled_status = false;
    /// A refused request on a filled order books that order's last fill once more.
    bool book_refused_fills = false;
    /// A fill clears the mark of a request still in flight, and ends a wait for its answer.
    bool fill_clears_pending = false;
    /// A refused modify leaves the wanted price and size on the bot's order.
    bool refused_modify_stays = false;
    /// Size, price, time in force and type of a submit are not looked at.
    bool unchecked_requests = false;
    /// Requests before the first call that moves time carry the time "never" and meet the venue at
    /// time 0; waiting for a response does not start the clock. Strict starts the clock first.
    bool requests_do_not_start_clock = false;
    /// At the end of data the clock stays where the call found it and the last feed is reported as
    /// the end. Strict moves to the last event and reports it first.
    bool end_keeps_clock = false;
    /// A target time wraps around and negative durations turn the clock back.
    bool clock_wraps = false;

    static constexpr Rules strict() noexcept { return {}; }
    static constexpr Rules compat() noexcept {
        Rules r;
        r.keep_crossed_levels = r.clear_skips_next_level = r.raw_deletion_qty = true;
        r.fill_from_opposite_best = r.market_fills_on_empty_side = r.modify_keeps_leaves = true;
        r.modify_forgets_executions = true;
        r.exact_fill_stays = r.one_response_for_many_fills = r.taker_remainder_fills = true;
        r.market_reach_is_limited = r.l3_modify_never_takes = r.l3_fills_skip_better_prices = true;
        r.bad_order_rows_fail = true;
        r.latency_interpolates_refusals = r.latency_offset_shifts_refusals = true;
        r.latency_cursor_runs_out = r.refusals_carry_last_venue_time = true;
        r.unordered_rows = true;
        r.unbounded_queue_probability = r.answer_carries_submit_time = true;
        r.book_only_filled_status = r.book_refused_fills = r.fill_clears_pending = true;
        r.refused_modify_stays = r.unchecked_requests = r.requests_do_not_start_clock = true;
        r.end_keeps_clock = r.clock_wraps = true;
        return r;
    }
    static constexpr Rules of(RulesPreset preset) noexcept {
        return preset == RulesPreset::Compat ? compat() : strict();
    }
};

}  // namespace ringside
