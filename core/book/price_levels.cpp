#include "core/book/price_levels.hpp"

#include <utility>

namespace ringside {

PriceLevels::PriceLevels(Ticks first, Ticks last)
    : base_(first),
      size_(static_cast<std::uint64_t>(last - first) + 1),
      fixed_(true),
      qty_(size_, 0.0),
      bits_((size_ + 63) / 64, 0),
      summary_((size_ + 4095) / 4096, 0) {}

double PriceLevels::set_far(Ticks tick, double qty) {
    if (fixed_) return 0.0;
    ++far_touches_;
    if (qty > 0.0) {
        if (far_.empty() && first_set_from(0) < 0) {
            place(tick, bits_count_);
            if (index(tick) < size_) return set(tick, qty);
        }
        const auto [it, added] = far_.try_emplace(tick, qty);
        return added ? 0.0 : std::exchange(it->second, qty);
    }
    const auto it = far_.find(tick);
    if (it == far_.end()) return 0.0;
    const double before = it->second;
    far_.erase(it);
    return before;
}

Ticks PriceLevels::far_find_below(Ticks below, Ticks from) const noexcept {
    const Ticks end = base_ + static_cast<Ticks>(size_);
    auto it = far_.lower_bound(below);
    if (it != far_.begin()) {
        --it;
        if (it->first >= end) return it->first >= from ? it->first : kNoBid;
    }
    const Ticks inside = window_below(below, from);
    if (inside != kNoBid) return inside;
    it = far_.lower_bound(std::min(below, base_));
    if (it == far_.begin()) return kNoBid;
    --it;
    return it->first >= from ? it->first : kNoBid;
}

Ticks PriceLevels::far_find_above(Ticks above, Ticks to) const noexcept {
    auto it = far_.upper_bound(above);
    if (it != far_.end() && it->first < base_) return it->first <= to ? it->first : kNoAsk;
    const Ticks inside = window_above(above, to);
    if (inside != kNoAsk) return inside;
    it = far_.lower_bound(std::max(above + 1, base_ + static_cast<Ticks>(size_)));
    return it != far_.end() && it->first <= to ? it->first : kNoAsk;
}

void PriceLevels::place(Ticks centre, unsigned bits) {
    bits_count_ = bits;
    size_ = 1ULL << bits;
    const Ticks half = static_cast<Ticks>(size_ / 2);
    // Keeps every tick of the window representable when the centre is near the ends of the range.
    const Ticks clamped = std::clamp(centre, kNoBid + 4 * half, kNoAsk - 4 * half);
    base_ = clamped - half;
    qty_.assign(size_, 0.0);
    bits_.assign(size_ / 64, 0);
    summary_.assign(size_ / 4096, 0);
}

void PriceLevels::replace(Ticks centre, unsigned bits) {
    for (std::int64_t i = first_set_from(0); i >= 0;
         i = first_set_from(static_cast<std::uint64_t>(i) + 1)) {
        far_.emplace(base_ + i, qty_[static_cast<std::uint64_t>(i)]);
    }
    place(centre, bits);
    auto it = far_.lower_bound(base_);
    while (it != far_.end() && index(it->first) < size_) {
        const std::uint64_t i = index(it->first);
        qty_[i] = it->second;
        mark(i);
        it = far_.erase(it);
    }
}

}  // namespace ringside
