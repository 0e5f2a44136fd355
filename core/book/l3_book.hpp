#pragma once

#include <cstdint>

#include "core/book/l2_book.hpp"
#include "core/book/market_orders.hpp"

namespace ringside {

/// What one market order's event did to the book. `best_*` are of the order's side.
struct OrderChange {
    Side side = Side::Unset;
    Ticks tick_before = 0;
    Ticks tick_after = 0;
    Ticks best_before = 0;
    Ticks best_after = 0;
};

/// Market-by-order book of one instrument: the market's orders by id, and the aggregated book that
/// they add up to.
class L3Book {
  public:
    L3Book(const Grid& grid, const Rules& rules, const std::optional<TickRange>& range)
        : rules_(rules), levels_(grid, rules, range) {}

    const L2Book& levels() const noexcept { return levels_; }
    /// Of the price of the row that an update was worked out from.
    Ticks tick_of(const MarketUpdate& update, const Event& row) const noexcept {
        return update.action == Action::Row ? levels_.grid().to_ticks_nearest(row.px) : update.tick;
    }
    const MarketOrder* find(std::uint64_t id) const noexcept { return orders_.find(id); }
    void prefetch(std::uint64_t id) const noexcept { orders_.prefetch(id); }
    /// What comes to the back of any queue now stands behind those of this place or less.
    std::uint64_t last_place() const noexcept { return last_place_; }

    /// False: there is an order of this id already.
    bool add(Side side, std::uint64_t id, Ticks tick, double qty, OrderChange& change);
    /// False: there is no such order.
    bool remove(std::uint64_t id, OrderChange& change);
    /// Changes price and size; the side stays. False: there is no such order.
    bool modify(std::uint64_t id, Ticks tick, double qty, OrderChange& change);
    /// Removes all orders of one side, or of both.
    void clear(Side side);

  private:
    /// Adds to a level; returns the best of its side before and after.
    std::pair<Ticks, Ticks> shift(Side side, Ticks tick, double delta);

    Rules rules_;
    L2Book levels_;
    MarketOrders orders_;
    std::uint64_t last_place_ = 0;
};

}  // namespace ringside
