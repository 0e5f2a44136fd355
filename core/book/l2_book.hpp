#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <limits>
#include <optional>

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
    LevelChange set(Side side, double price, double qty) {
        return set_level(side, grid_.to_ticks_nearest(price), qty);
    }
    LevelChange set_level(Side side, Ticks tick, double qty) {
        return set_at(index(side), tick, qty);
    }
    /// The same for an update that sets a level.
    [[gnu::always_inline]] LevelChange apply(const MarketUpdate& update) {
        return set_at(index(update.action), update.tick, update.qty);
    }
    /// Has the level of an update some places behind `next` on its way to the near caches: a book's
    /// levels are more than those hold, and which is next is known only from the data.
    void prefetch(const MarketUpdate* next, const MarketUpdate* end) const noexcept {
        constexpr std::ptrdiff_t kAhead = 8;
        if (end - next <= kAhead) [[unlikely]]
            return;
        const MarketUpdate& update = next[kAhead];
        halves_[index(update.action)].levels.prefetch(update.tick);
    }
    /// Adds to the quantity of a level.
    LevelChange shift(Side side, Ticks tick, double delta) {
        return set_level(side, tick, half(side).levels.qty(tick) + delta);
    }
    /// Removes one side's levels from its best up to and including a price; all of them if the
    /// price is not finite.
    void clear(Side side, double price);
    void clear_all() noexcept;

    /// Applies one row of an initial snapshot.
    void apply_snapshot_row(const Event& row);

    Ticks best_bid() const noexcept { return halves_[0].best; }
    Ticks best_ask() const noexcept { return halves_[1].best; }
    /// Quantity at a tick; NaN outside the range of interest.
    double bid_qty(Ticks tick) const noexcept {
        return outside(tick) ? std::numeric_limits<double>::quiet_NaN() : bids().qty(tick);
    }
    double ask_qty(Ticks tick) const noexcept {
        return outside(tick) ? std::numeric_limits<double>::quiet_NaN() : asks().qty(tick);
    }
    const std::optional<TickRange>& range() const noexcept { return range_; }
    const PriceLevels& bids() const noexcept { return halves_[0].levels; }
    const PriceLevels& asks() const noexcept { return halves_[1].levels; }
    const Grid& grid() const noexcept { return grid_; }

    /// Prices of the best levels; NaN where a side is empty.
    double best_bid_price() const noexcept {
        return best_bid() == kNoBid ? std::numeric_limits<double>::quiet_NaN()
                                    : grid_.price(best_bid());
    }
    double best_ask_price() const noexcept {
        return best_ask() == kNoAsk ? std::numeric_limits<double>::quiet_NaN()
                                    : grid_.price(best_ask());
    }

  private:
    /// Bids, or asks. Which of them an update is for cannot be foreseen, so nothing done for every
    /// update branches on it.
    struct Half {
        PriceLevels levels;
        Ticks best;
        /// No search for a best looks past this. A level left over from a crossed phase may lie
        /// beyond, and is then not found.
        Ticks bound;
        std::uint64_t lowest_rank;  ///< the bound's
        std::uint64_t ranks;        ///< from it to the best's; 0 if there is no best
    };

    static std::size_t index(Side side) noexcept { return side == Side::Sell ? 1 : 0; }
    /// Anything for what sets no level.
    static std::size_t index(Action action) noexcept {
        return static_cast<std::size_t>(action) & 1;
    }
    static_assert(static_cast<int>(Action::SetBid) == 0 && static_cast<int>(Action::SetAsk) == 1);
    static Side side_at(std::size_t half_no) noexcept {
        return half_no == 0 ? Side::Buy : Side::Sell;
    }
    Half& half(Side side) noexcept { return halves_[index(side)]; }
    static Ticks none(Side side) noexcept { return side == Side::Buy ? kNoBid : kNoAsk; }
    /// On either side higher is better, modulo 2^64.
    static std::uint64_t rank(std::size_t half_no, Ticks tick) noexcept {
        return static_cast<std::uint64_t>(tick) ^ -std::uint64_t{half_no};
    }
    static bool better(Side side, Ticks a, Ticks b) noexcept {
        return side == Side::Buy ? a > b : a < b;
    }
    bool outside(Ticks tick) const noexcept {
        return range_ && (tick < range_->first || tick > range_->last);
    }

    LevelChange set_at(std::size_t half_no, Ticks tick, double qty);
    /// set_at() of a tick outside the window, or to what is no quantity.
    LevelChange set_unusual(std::size_t half_no, Ticks tick, double qty);
    /// Best and bound after a level was set that `counts`, or removed.
    void move_ends(std::size_t half_no, Ticks tick, bool counts);
    /// Notes the ranks between bound and best.
    void note_ranks() noexcept;
    /// Best level strictly worse than `from`, no further than the side's bound.
    Ticks next_worse(Side side, Ticks from) const noexcept;
    void reset_bound(Side side) noexcept { half(side).bound = none(opposite(side)); }
    void clear_all_of(Side side) noexcept;
    /// The range's part of a clear in compat.
    void clear_range_compat(Side side, Ticks last);
    /// The other side's best after a level of `side` has come to stand at or beyond it.
    void uncross(Side side);
    void remove_from_best_to(Side side, Ticks last);

    /// Bits of infinity: negative numbers and NaN have higher ones.
    static constexpr std::uint64_t kLastNumber = 0x7ff0'0000'0000'0000;

    Grid grid_;
    Rules rules_;
    std::optional<TickRange> range_;
    double least_qty_;  ///< smallest quantity that rounds to one lot
    // Masks of the quantity that a deletion came with: what the level keeps, what the change tells.
    std::uint64_t kept_deleted_ = 0;
    std::uint64_t told_deleted_ = 0;
    std::array<Half, 2> halves_;
};

[[gnu::always_inline]] inline LevelChange L2Book::set_at(std::size_t half_no, Ticks tick,
                                                         double qty) {
    Half& own = halves_[half_no];
    const auto bits = std::bit_cast<std::uint64_t>(qty);
    if (!own.levels.holds(tick) || bits > kLastNumber) [[unlikely]]
        return set_unusual(half_no, tick, qty);
    const std::uint64_t counts = -std::uint64_t{qty >= least_qty_};
    const std::uint64_t kept = bits & (counts | kept_deleted_);
    LevelChange change{.tick = tick, .best_before = own.best};
    change.qty_before = own.levels.set_held(tick, std::bit_cast<double>(kept), kept != 0);
    change.qty_after = std::bit_cast<double>(bits & (counts | told_deleted_));
    // A rank from the bound's up to the best's, not included, changes neither.
    if (rank(half_no, tick) - own.lowest_rank >= own.ranks) [[unlikely]]
        move_ends(half_no, tick, counts != 0);
    change.best_after = own.best;
    return change;
}

}  // namespace ringside
