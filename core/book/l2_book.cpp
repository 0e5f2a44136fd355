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
    : grid_(grid), rules_(rules), least_qty_(least_qty_of_one_lot(grid.lot_size)) {
    told_deleted_ = rules.raw_deletion_qty ? ~std::uint64_t{0} : 0;
    clear_all();
}

L2Book::L2Book(const Grid& grid, const Rules& rules, const std::optional<TickRange>& range)
    : L2Book(grid, rules) {
    range_ = range;
    if (!range) return;
    kept_deleted_ = told_deleted_;
    for (Half& half : halves_) half.levels = PriceLevels(range->first, range->last);
}

LevelChange L2Book::set_unusual(std::size_t half_no, Ticks tick, double qty) {
    Half& own = halves_[half_no];
    LevelChange change{.tick = tick, .best_before = own.best, .best_after = own.best};
    if (outside(tick)) {
        change.qty_after = qty;
        return change;
    }
    const bool exists = qty >= least_qty_;
    // Compat takes a level with less than no quantity for one that exists.
    const bool counts = exists || (rules_.raw_deletion_qty && qty <= -least_qty_);
    change.qty_before = own.levels.set(tick, exists || kept_deleted_ != 0 ? qty : 0.0);
    change.qty_after = exists || told_deleted_ != 0 ? qty : 0.0;
    move_ends(half_no, tick, counts);
    change.best_after = own.best;
    return change;
}

void L2Book::move_ends(std::size_t half_no, Ticks tick, bool counts) {
    const Side side = side_at(half_no);
    Half& own = halves_[half_no];
    if (counts) {
        if (better(side, own.bound, tick)) own.bound = tick;
        if (!better(side, tick, own.best)) return note_ranks();
        own.best = tick;
        if (best_bid() >= best_ask()) [[unlikely]]
            uncross(side);
        own.levels.follow(tick);
    } else if (tick == own.best) {
        own.best = next_worse(side, tick);
        if (own.best == none(side)) reset_bound(side);
    }
    note_ranks();
}

void L2Book::note_ranks() noexcept {
    for (std::size_t half_no = 0; half_no < halves_.size(); ++half_no) {
        Half& half = halves_[half_no];
        half.lowest_rank = rank(half_no, half.bound);
        const bool none_or_beyond = !better(side_at(half_no), half.best, half.bound);
        half.ranks = none_or_beyond ? 0 : rank(half_no, half.best) - half.lowest_rank;
    }
}

Ticks L2Book::next_worse(Side side, Ticks from) const noexcept {
    // In compat a search from beyond the range starts at its last tick, which it leaves out.
    if (range_ && rules_.clear_skips_next_level) [[unlikely]] {
        from = side == Side::Buy ? std::min(from, range_->last) : std::max(from, range_->first);
    }
    const Half& own = halves_[index(side)];
    return side == Side::Buy ? own.levels.find_below(from, own.bound)
                             : own.levels.find_above(from, own.bound);
}

void L2Book::uncross(Side side) {
    const Side passed = opposite(side);
    const Ticks reached = half(side).best;
    if (!rules_.keep_crossed_levels) remove_from_best_to(passed, reached);
    half(passed).best = next_worse(passed, reached);
    if (!rules_.keep_crossed_levels && half(passed).best == none(passed)) reset_bound(passed);
}

void L2Book::remove_from_best_to(Side side, Ticks last) {
    Half& own = half(side);
    Ticks tick = own.best;
    while (tick != none(side) && !better(side, last, tick)) {
        own.levels.set(tick, 0.0);
        tick = side == Side::Buy ? own.levels.find_below(tick, last)
                                 : own.levels.find_above(tick, last);
    }
}

void L2Book::clear(Side side, double price) {
    Half& own = half(side);
    if (!std::isfinite(price)) return clear_all_of(side);
    const Ticks last = grid_.to_ticks_nearest(price);
    if (range_ && rules_.clear_skips_next_level) return clear_range_compat(side, last);
    remove_from_best_to(side, last);
    // The search for the new best excludes where it starts: compat starts one tick too far in.
    Ticks from = last;
    if (rules_.clear_skips_next_level && from != none(side)) from += side == Side::Buy ? -1 : 1;
    own.best = next_worse(side, from);
    if (own.best == none(side)) reset_bound(side);
    note_ranks();
}

void L2Book::clear_range_compat(Side side, Ticks last) {
    const auto [first_tick, last_tick] = *range_;
    Half& own = half(side);
    PriceLevels& levels = own.levels;
    if (side == Side::Buy) {
        if (own.best != kNoBid) {
            for (Ticks t = std::max(last, first_tick); t <= std::min(own.best, last_tick); ++t) {
                levels.set(t, 0.0);
            }
        }
        const Ticks bound = own.bound == kNoAsk ? first_tick : own.bound;
        own.best = levels.find_below(std::clamp(last - 1, first_tick, last_tick),
                                     std::max(bound, first_tick));
    } else {
        // The end of what is emptied is computed from the wrong end of the range, so that usually
        // nothing is.
        const Ticks end = std::min(last + 1 - last_tick + first_tick, last_tick + 1);
        if (own.best != kNoAsk) {
            for (Ticks t = own.best; t < end; ++t) levels.set(t, 0.0);
        }
        const Ticks bound = own.bound == kNoBid ? last_tick : own.bound;
        own.best = levels.find_above(std::clamp(last + 1, first_tick, last_tick),
                                     std::min(bound, last_tick));
    }
    if (own.best == none(side)) reset_bound(side);
    note_ranks();
}

void L2Book::clear_all_of(Side side) noexcept {
    half(side).levels.clear();
    half(side).best = none(side);
    reset_bound(side);
    note_ranks();
}

void L2Book::clear_all() noexcept {
    clear_all_of(Side::Buy);
    clear_all_of(Side::Sell);
}

void L2Book::apply_snapshot_row(const Event& row) {
    const Ticks tick = grid_.to_ticks_nearest(row.px);
    const bool counts = rules_.raw_deletion_qty || row.qty >= least_qty_;
    if (!counts || outside(tick)) return;
    const Side side = row.side();
    if (side == Side::Unset) return;
    Half& own = half(side);
    own.levels.set(tick, row.qty);
    if (better(side, tick, own.best)) own.best = tick;
    if (better(side, own.bound, tick)) own.bound = tick;
    note_ranks();
}

}  // namespace ringside
