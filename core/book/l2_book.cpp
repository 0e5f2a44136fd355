#include "core/book/l2_book.hpp"

#include <cmath>

namespace ringside {

namespace {

/// Smallest quantity that rounds to at least one lot, so that no update has to divide.
double least_qty_of_one_lot(double lot_size) noexcept {
    double qty = lot_size * 0.5;
    while (qty / lot_size >= 0.5) qty = std::nextafter(qty, 0.0);
    while (qty / lot_size < 0.5) qty = std::nextafter(qty, lot_size);
    return qty;
}

}  // namespace

L2Book::L2Book(const Grid& grid, const Rules& rules)
    : grid_(grid), rules_(rules), least_qty_(least_qty_of_one_lot(grid.lot_size)) {}

L2Book::L2Book(const Grid& grid, const Rules& rules, const std::optional<TickRange>& range)
    : L2Book(grid, rules) {
    range_ = range;
    if (!range) return;
    bids_ = PriceLevels(range->first, range->last);
    asks_ = PriceLevels(range->first, range->last);
}

template <Side kSide>
void L2Book::uncross() {
    constexpr Side kPassed = opposite(kSide);
    const Ticks reached = best<kSide>();
    if (rules_.keep_crossed_levels) {
        best<kPassed>() = next_worse<kPassed>(reached);
        return;
    }
    remove_from_best_to<kPassed>(reached);
    best<kPassed>() = next_worse<kPassed>(reached);
    if (best<kPassed>() == kNone<kPassed>) reset_bound<kPassed>();
}

template <Side kSide>
void L2Book::remove_from_best_to(Ticks last) {
    PriceLevels& levels = own<kSide>();
    Ticks tick = best<kSide>();
    if (tick == kNone<kSide>) return;
    if constexpr (kSide == Side::Buy) {
        for (; tick != kNoBid && tick >= last; tick = levels.find_below(tick, last)) {
            levels.set(tick, 0.0);
        }
    } else {
        for (; tick != kNoAsk && tick <= last; tick = levels.find_above(tick, last)) {
            levels.set(tick, 0.0);
        }
    }
}

template <Side kSide>
void L2Book::clear(double price) {
    if (!std::isfinite(price)) {
        own<kSide>().clear();
        best<kSide>() = kNone<kSide>;
        reset_bound<kSide>();
        return;
    }
    const Ticks last = grid_.to_ticks_nearest(price);
    if (range_ && rules_.clear_skips_next_level) {
        clear_range_compat<kSide>(last);
        return;
    }
    remove_from_best_to<kSide>(last);
    // The search for the new best excludes where it starts: compat starts one tick too far in.
    Ticks from = last;
    if (rules_.clear_skips_next_level && from != kNone<kSide>) from += kSide == Side::Buy ? -1 : 1;
    best<kSide>() = next_worse<kSide>(from);
    if (best<kSide>() == kNone<kSide>) reset_bound<kSide>();
}

template <Side kSide>
void L2Book::clear_range_compat(Ticks last) {
    const auto [first_tick, last_tick] = *range_;
    if constexpr (kSide == Side::Buy) {
        if (best_bid_ != kNoBid) {
            for (Ticks t = std::max(last, first_tick); t <= std::min(best_bid_, last_tick); ++t) {
                bids_.set(t, 0.0);
            }
        }
        const Ticks bound = lowest_bid_ == kNoAsk ? first_tick : lowest_bid_;
        best_bid_ = bids_.find_below(std::clamp(last - 1, first_tick, last_tick),
                                     std::max(bound, first_tick));
        if (best_bid_ == kNoBid) reset_bound<Side::Buy>();
    } else {
        // The end of what is emptied is computed from the wrong end of the range, so that usually
        // nothing is.
        const Ticks end = std::min(last + 1 - last_tick + first_tick, last_tick + 1);
        if (best_ask_ != kNoAsk) {
            for (Ticks t = best_ask_; t < end; ++t) asks_.set(t, 0.0);
        }
        const Ticks bound = highest_ask_ == kNoBid ? last_tick : highest_ask_;
        best_ask_ = asks_.find_above(std::clamp(last + 1, first_tick, last_tick),
                                     std::min(bound, last_tick));
        if (best_ask_ == kNoAsk) reset_bound<Side::Sell>();
    }
}

template void L2Book::uncross<Side::Buy>();
template void L2Book::uncross<Side::Sell>();
template void L2Book::clear<Side::Buy>(double);
template void L2Book::clear<Side::Sell>(double);

void L2Book::clear_all() noexcept {
    bids_.clear();
    asks_.clear();
    best_bid_ = kNoBid;
    best_ask_ = kNoAsk;
    reset_bound<Side::Buy>();
    reset_bound<Side::Sell>();
}

void L2Book::apply_snapshot_row(const Event& row) {
    const Ticks tick = grid_.to_ticks_nearest(row.px);
    const bool counts = rules_.raw_deletion_qty || row.qty >= least_qty_;
    if (!counts || outside(tick)) return;
    if (row.has(kBuyEvent)) {
        bids_.set(tick, row.qty);
        best_bid_ = std::max(best_bid_, tick);
        widen_bound<Side::Buy>(tick);
    } else if (row.has(kSellEvent)) {
        asks_.set(tick, row.qty);
        best_ask_ = std::min(best_ask_, tick);
        widen_bound<Side::Sell>(tick);
    }
}

}  // namespace ringside
