#include "core/book/price_levels.hpp"

#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace ringside {

PriceLevels::PriceLevels(Ticks first, Ticks last)
    : base_(first), size_(static_cast<std::uint64_t>(last - first) + 1), fixed_(true) {
    take_memory();
}

void PriceLevels::take_memory() {
    // Zeroed memory of this size comes from the system page by page, as it is touched.
    const auto zeroed = [](auto& array, std::uint64_t count) {
        using Value = std::remove_reference_t<decltype(array[0])>;
        array.reset(static_cast<Value*>(std::calloc(count, sizeof(Value))));
        if (!array) throw std::bad_alloc();
    };
    zeroed(qty_, size_);
    zeroed(bits_, words_of(size_));
    zeroed(summary_, words_of(words_of(size_)));
}

void PriceLevels::clear() noexcept {
    far_.clear();
    if (fixed_) {
        // A quantity below zero may be kept that no bit tells of.
        std::fill_n(qty_.get(), size_, 0.0);
        std::fill_n(bits_.get(), words_of(size_), 0);
        std::fill_n(summary_.get(), words_of(words_of(size_)), 0);
        return;
    }
    for (std::int64_t i = first_set_from(0); i >= 0;
         i = first_set_from(static_cast<std::uint64_t>(i))) {
        set_held(base_ + i, 0.0, false);
    }
}

double PriceLevels::set_far(Ticks tick, double qty) {
    if (fixed_) return 0.0;
    ++far_touches_;
    if (qty > 0.0) {
        if (far_.empty() && first_set_from(0) < 0) {
            place(tick, bits_count_);
            if (holds(tick)) return set_held(tick, qty, true);
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

/// Puts the window around a tick; there are no levels in it.
void PriceLevels::place(Ticks centre, unsigned bits) {
    if (bits != bits_count_) {
        bits_count_ = bits;
        size_ = 1ULL << bits;
        take_memory();
    }
    const Ticks half = static_cast<Ticks>(size_ / 2);
    // Keeps every tick of the window representable when the centre is near the ends of the range.
    const Ticks clamped = std::clamp(centre, kNoBid + 4 * half, kNoAsk - 4 * half);
    base_ = clamped - half;
}

void PriceLevels::replace(Ticks centre, unsigned bits) {
    std::vector<std::pair<Ticks, double>> levels(far_.begin(), far_.end());
    for (std::int64_t i = first_set_from(0); i >= 0;
         i = first_set_from(static_cast<std::uint64_t>(i) + 1)) {
        levels.emplace_back(base_ + i, qty_[static_cast<std::uint64_t>(i)]);
    }
    clear();
    place(centre, bits);
    for (const auto& [tick, qty] : levels) {
        if (holds(tick))
            set_held(tick, qty, true);
        else
            far_.emplace(tick, qty);
    }
}

}  // namespace ringside
