#pragma once

#include <algorithm>
#include <cmath>
#include <map>

#include "core/book/l2_book.hpp"

namespace ringside::test {

/// Nearest integer as the definition has it: halves away from zero, saturating, NaN is 0.
inline std::int64_t saturated_round(double x) {
    if (std::isnan(x)) return 0;
    const double rounded = std::round(x);
    if (rounded >= 0x1p63) return kNoAsk;
    if (rounded <= -0x1p63) return kNoBid;
    return static_cast<std::int64_t>(rounded);
}

/// What both books below store, and how a test reads it.
class MapBook {
  public:
    explicit MapBook(const Grid& grid) : grid_(grid) {}

    Ticks best_bid() const { return bb_; }
    Ticks best_ask() const { return ba_; }
    double bid_qty(Ticks tick) const { return qty(bids_, tick); }
    double ask_qty(Ticks tick) const { return qty(asks_, tick); }
    const std::map<Ticks, double>& bids() const { return bids_; }
    const std::map<Ticks, double>& asks() const { return asks_; }

  protected:
    Ticks tick(double price) const { return saturated_round(price / grid_.tick_size); }
    std::int64_t lots(double qty) const { return saturated_round(qty / grid_.lot_size); }
    static double qty(const std::map<Ticks, double>& levels, Ticks tick) {
        const auto it = levels.find(tick);
        return it == levels.end() ? 0.0 : it->second;
    }

    Grid grid_;
    std::map<Ticks, double> bids_;
    std::map<Ticks, double> asks_;
    Ticks bb_ = kNoBid;
    Ticks ba_ = kNoAsk;
};

/// The book that HftBacktest's hash map depth keeps, written out in its own terms: the two bests
/// and the two scan bounds are state of their own, and a crossing update only moves them.
class CompatMapBook : public MapBook {
  public:
    using MapBook::MapBook;

    LevelChange set_bid(double px, double q) {
        const Ticks t = tick(px);
        const std::int64_t n = lots(q);
        LevelChange change{t, bb_, bb_, qty(bids_, t), q};
        if (n > 0)
            bids_[t] = q;
        else
            bids_.erase(t);
        if (n != 0) {
            if (t > bb_) {
                bb_ = t;
                if (bb_ >= ba_) ba_ = above(bb_);
            }
            lo_ = std::min(lo_, t);
        } else if (t == bb_) {
            bb_ = below(bb_);
            if (bb_ == kNoBid) lo_ = kNoAsk;
        }
        change.best_after = bb_;
        return change;
    }
    LevelChange set_ask(double px, double q) {
        const Ticks t = tick(px);
        const std::int64_t n = lots(q);
        LevelChange change{t, ba_, ba_, qty(asks_, t), q};
        if (n > 0)
            asks_[t] = q;
        else
            asks_.erase(t);
        if (n != 0) {
            if (t < ba_) {
                ba_ = t;
                if (bb_ >= ba_) bb_ = below(ba_);
            }
            hi_ = std::max(hi_, t);
        } else if (t == ba_) {
            ba_ = above(ba_);
            if (ba_ == kNoAsk) hi_ = kNoBid;
        }
        change.best_after = ba_;
        return change;
    }
    void clear_bids(double px) {
        if (std::isfinite(px)) {
            const Ticks c = tick(px);
            if (bb_ != kNoBid && c <= bb_) {
                bids_.erase(bids_.lower_bound(c), bids_.upper_bound(bb_));
            }
            bb_ = below(c - 1);
        } else {
            bids_.clear();
            bb_ = kNoBid;
        }
        if (bb_ == kNoBid) lo_ = kNoAsk;
    }
    void clear_asks(double px) {
        if (std::isfinite(px)) {
            const Ticks c = tick(px);
            if (ba_ != kNoAsk && ba_ <= c) {
                asks_.erase(asks_.lower_bound(ba_), asks_.upper_bound(c));
            }
            ba_ = above(c + 1);
        } else {
            asks_.clear();
            ba_ = kNoAsk;
        }
        if (ba_ == kNoAsk) hi_ = kNoBid;
    }
    void clear_all() { *this = CompatMapBook(grid_); }

  private:
    /// Highest level t with lo <= t < s.
    Ticks below(Ticks s) const {
        auto it = bids_.lower_bound(s);
        if (it == bids_.begin()) return kNoBid;
        --it;
        return it->first >= lo_ ? it->first : kNoBid;
    }
    /// Lowest level t with s < t <= hi.
    Ticks above(Ticks s) const {
        const auto it = asks_.upper_bound(s);
        return it != asks_.end() && it->first <= hi_ ? it->first : kNoAsk;
    }

    Ticks lo_ = kNoAsk;
    Ticks hi_ = kNoBid;
};

/// A book without surprises: the bests are the ends of the maps, the newer side wins a crossing.
class StrictMapBook : public MapBook {
  public:
    using MapBook::MapBook;

    LevelChange set_bid(double px, double q) {
        const Ticks t = tick(px);
        const double kept = lots(q) > 0 ? q : 0.0;
        LevelChange change{t, bb_, bb_, qty(bids_, t), kept};
        if (kept > 0.0) {
            bids_[t] = kept;
            asks_.erase(asks_.begin(), asks_.upper_bound(t));
        } else {
            bids_.erase(t);
        }
        find_bests();
        change.best_after = bb_;
        return change;
    }
    LevelChange set_ask(double px, double q) {
        const Ticks t = tick(px);
        const double kept = lots(q) > 0 ? q : 0.0;
        LevelChange change{t, ba_, ba_, qty(asks_, t), kept};
        if (kept > 0.0) {
            asks_[t] = kept;
            bids_.erase(bids_.lower_bound(t), bids_.end());
        } else {
            asks_.erase(t);
        }
        find_bests();
        change.best_after = ba_;
        return change;
    }
    void clear_bids(double px) {
        bids_.erase(std::isfinite(px) ? bids_.lower_bound(tick(px)) : bids_.begin(), bids_.end());
        find_bests();
    }
    void clear_asks(double px) {
        asks_.erase(asks_.begin(), std::isfinite(px) ? asks_.upper_bound(tick(px)) : asks_.end());
        find_bests();
    }
    void clear_all() { *this = StrictMapBook(grid_); }

  private:
    void find_bests() {
        bb_ = bids_.empty() ? kNoBid : bids_.rbegin()->first;
        ba_ = asks_.empty() ? kNoAsk : asks_.begin()->first;
    }
};

}  // namespace ringside::test
