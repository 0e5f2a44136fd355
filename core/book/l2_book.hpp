#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>

#include "core/book/price_levels.hpp"
#include "core/event.hpp"
#include "core/market_update.hpp"
#include "core/order.hpp"
#include "core/price.hpp"
#include "core/rules.hpp"

namespace ringside {

/// What one level update did. `best_*` are of the updated side.
struct LevelChange {
    Ticks tick = 0;
    Ticks best_before = 0;
    Ticks best_after = 0;
    double qty_before = 0.0;
    double qty_after = 0.0;
};

/// Aggregated book of one instrument: quantities by price, best bid and best ask. With a range of
/// interest it keeps levels of those ticks only and ignores updates of others.
class L2Book {
  public:
    L2Book(const Grid& grid, const Rules& rules);
    L2Book(const Grid& grid, const Rules& rules, const std::optional<TickRange>& range);

    /// Sets the level of one side to a quantity; under half a lot removes it.
    template <Side kSide>
    LevelChange set(double price, double qty) {
        return set_level<kSide>(grid_.to_ticks_nearest(price), qty);
    }
    template <Side kSide>
    LevelChange set_level(Ticks tick, double qty);
    /// Has the level of an update some places behind `next` on its way to the near caches: a book's
    /// levels are more than those hold, and which is next is known only from the data.
    void prefetch(const MarketUpdate* next, const MarketUpdate* end) const noexcept {
        constexpr std::ptrdiff_t kAhead = 8;
        if (end - next <= kAhead) [[unlikely]]
            return;
        const MarketUpdate& update = next[kAhead];
        (update.action == Action::SetBid ? bids_ : asks_).prefetch(update.tick);
    }
    /// Adds to the quantity of a level.
    template <Side kSide>
    LevelChange shift(Ticks tick, double delta) {
        return set_level<kSide>(tick, own<kSide>().qty(tick) + delta);
    }
    /// Removes one side's levels from its best up to and including a price; all of them if the
    /// price is not finite.
    template <Side kSide>
    void clear(double price);
    void clear_all() noexcept;

    /// Applies one row of an initial snapshot.
    void apply_snapshot_row(const Event& row);

    Ticks best_bid() const noexcept { return best_bid_; }
    Ticks best_ask() const noexcept { return best_ask_; }
    /// Quantity at a tick; NaN outside the range of interest.
    double bid_qty(Ticks tick) const noexcept {
        return outside(tick) ? std::numeric_limits<double>::quiet_NaN() : bids_.qty(tick);
    }
    double ask_qty(Ticks tick) const noexcept {
        return outside(tick) ? std::numeric_limits<double>::quiet_NaN() : asks_.qty(tick);
    }
    const std::optional<TickRange>& range() const noexcept { return range_; }
    const PriceLevels& bids() const noexcept { return bids_; }
    const PriceLevels& asks() const noexcept { return asks_; }
    const Grid& grid() const noexcept { return grid_; }

    /// Prices of the best levels; NaN where a side is empty.
    double best_bid_price() const noexcept {
        return best_bid_ == kNoBid ? std::numeric_limits<double>::quiet_NaN()
                                   : grid_.price(best_bid_);
    }
    double best_ask_price() const noexcept {
        return best_ask_ == kNoAsk ? std::numeric_limits<double>::quiet_NaN()
                                   : grid_.price(best_ask_);
    }

  private:
    // Bids and asks are each other's mirror image: `Own<kSide>` names what differs.
    template <Side kSide>
    PriceLevels& own() noexcept {
        if constexpr (kSide == Side::Buy)
            return bids_;
        else
            return asks_;
    }
    template <Side kSide>
    Ticks& best() noexcept {
        if constexpr (kSide == Side::Buy)
            return best_bid_;
        else
            return best_ask_;
    }
    template <Side kSide>
    static constexpr Ticks kNone = kSide == Side::Buy ? kNoBid : kNoAsk;
    template <Side kSide>
    static constexpr bool better(Ticks a, Ticks b) noexcept {
        return kSide == Side::Buy ? a > b : a < b;
    }
    bool outside(Ticks tick) const noexcept {
        return range_ && (tick < range_->first || tick > range_->last);
    }
    /// Best level strictly worse than `from`, no further than the side's bound.
    template <Side kSide>
    Ticks next_worse(Ticks from) const noexcept {
        // In compat a search from beyond the range starts at its last tick, which it leaves out.
        if (range_ && rules_.clear_skips_next_level) [[unlikely]] {
            from =
                kSide == Side::Buy ? std::min(from, range_->last) : std::max(from, range_->first);
        }
        if constexpr (kSide == Side::Buy)
            return bids_.find_below(from, lowest_bid_);
        else
            return asks_.find_above(from, highest_ask_);
    }
    template <Side kSide>
    void widen_bound(Ticks tick) noexcept {
        if constexpr (kSide == Side::Buy)
            lowest_bid_ = std::min(lowest_bid_, tick);
        else
            highest_ask_ = std::max(highest_ask_, tick);
    }
    template <Side kSide>
    void reset_bound() noexcept {
        if constexpr (kSide == Side::Buy)
            lowest_bid_ = kNoAsk;
        else
            highest_ask_ = kNoBid;
    }

    /// The range's part of a clear in compat.
    template <Side kSide>
    void clear_range_compat(Ticks last);
    /// The other side's best after a level of `kSide` has come to stand at or beyond it.
    template <Side kSide>
    void uncross();
    template <Side kSide>
    void remove_from_best_to(Ticks last);

    Grid grid_;
    Rules rules_;
    std::optional<TickRange> range_;
    double least_qty_;  ///< smallest quantity that rounds to one lot
    Ticks best_bid_ = kNoBid;
    Ticks best_ask_ = kNoAsk;
    // No search for a best looks past these. A level left over from a crossed phase may lie
    // beyond, and is then not found.
    Ticks lowest_bid_ = kNoAsk;
    Ticks highest_ask_ = kNoBid;
    PriceLevels bids_;
    PriceLevels asks_;
};

template <Side kSide>
inline LevelChange L2Book::set_level(Ticks tick, double qty) {
    PriceLevels& levels = own<kSide>();
    Ticks& own_best = best<kSide>();
    LevelChange change{.tick = tick, .best_before = own_best};
    if (outside(tick)) [[unlikely]] {
        change.best_after = own_best;
        change.qty_after = qty;
        return change;
    }
    if (qty >= least_qty_) [[likely]] {
        change.qty_before = levels.set(tick, qty);
        change.qty_after = qty;
        if (better<kSide>(tick, own_best)) {
            own_best = tick;
            if (best_bid_ >= best_ask_) [[unlikely]]
                uncross<kSide>();
            levels.follow(tick);
        }
        widen_bound<kSide>(tick);
    } else {
        change.qty_before = levels.set(tick, range_ && rules_.raw_deletion_qty ? qty : 0.0);
        change.qty_after = rules_.raw_deletion_qty ? qty : 0.0;
        if (rules_.raw_deletion_qty && qty <= -least_qty_) [[unlikely]] {
            if (better<kSide>(tick, own_best)) {
                own_best = tick;
                if (best_bid_ >= best_ask_) uncross<kSide>();
            }
            widen_bound<kSide>(tick);
        } else if (tick == own_best) {
            own_best = next_worse<kSide>(tick);
            if (own_best == kNone<kSide>) reset_bound<kSide>();
        }
    }
    change.best_after = own_best;
    return change;
}

}  // namespace ringside
