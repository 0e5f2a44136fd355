#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <span>

#include "core/price.hpp"

namespace ringside {

/// Quantities by price tick of one side of a book; a level exists while its quantity is above zero.
///
/// Levels in a window of 2^k ticks lie in an array, with one bit for each level and one summary bit
/// for each word of 64 levels, so the neighbour of a level is a few instructions away. Levels
/// outside wait in an ordered map. When far levels are touched often the window moves to the touch,
/// or grows if it is there already; nothing has to be configured and nothing but speed depends on
/// it. Of the array, memory is taken up where levels have been.
class PriceLevels {
  public:
    PriceLevels() { place(0, kFirstBits); }
    /// Keeps the ticks from `first` to `last` only, both included; what is set elsewhere is
    /// dropped.
    PriceLevels(Ticks first, Ticks last);

    /// Quantity at a tick, 0 where there is no level.
    double qty(Ticks tick) const noexcept {
        const std::uint64_t i = index(tick);
        if (i < size_) [[likely]]
            return qty_[i];
        const auto it = far_.find(tick);
        return it == far_.end() ? 0.0 : it->second;
    }

    /// Sets a level (0 removes it) and returns the quantity it had.
    double set(Ticks tick, double qty) {
        return holds(tick) ? set_held(tick, qty, qty > 0.0) : set_far(tick, qty);
    }

    /// Whether a tick lies in the window.
    bool holds(Ticks tick) const noexcept { return index(tick) < size_; }
    /// set() for a tick in the window. Whether a level comes, stays or goes cannot be foreseen, so
    /// there is no branch on it.
    [[gnu::always_inline]] double set_held(Ticks tick, double qty, bool exists) noexcept {
        const std::uint64_t i = index(tick);
        const double before = qty_[i];
        qty_[i] = qty;
        std::uint64_t& word = bits_[i >> 6];
        const std::uint64_t others = word & ~(1ULL << (i & 63));
        const std::uint64_t after = others | std::uint64_t{exists} << (i & 63);
        const bool first_or_last = (word == 0) != (after == 0);
        word = after;
        if (first_or_last) [[unlikely]]
            summary_[i >> 12] ^= 1ULL << ((i >> 6) & 63);
        return before;
    }

    /// Has a level that is soon to be set on its way to the near caches.
    void prefetch(Ticks tick) const noexcept {
        __builtin_prefetch(qty_.get() + std::min(index(tick), size_ - 1), 1);
    }

    /// Highest level in [from, below), kNoBid if there is none.
    Ticks find_below(Ticks below, Ticks from) const noexcept {
        if (below <= from) return kNoBid;
        if (far_.empty()) [[likely]]
            return window_below(below, from);
        return far_find_below(below, from);
    }
    /// Lowest level in (above, to], kNoAsk if there is none.
    Ticks find_above(Ticks above, Ticks to) const noexcept {
        if (above >= to) return kNoAsk;
        if (far_.empty()) [[likely]]
            return window_above(above, to);
        return far_find_above(above, to);
    }

    /// Quantities of all ticks in the array, from first_tick() on.
    std::span<const double> window() const noexcept { return {qty_.get(), size_}; }
    Ticks first_tick() const noexcept { return base_; }

    void clear() noexcept;

    /// Moves the window to where levels are being touched, if far levels were touched often. Call
    /// it now and then with the best tick; results never depend on it.
    void follow(Ticks best) {
        if (far_touches_ < kFarTouchesBeforeMove) [[likely]]
            return;
        far_touches_ = 0;
        const std::uint64_t i = index(best);
        const bool centred = i >= size_ / 4 && i < size_ - size_ / 4;
        if (!centred)
            replace(best, bits_count_);
        else if (bits_count_ < kLastBits)
            replace(best, bits_count_ + kBitsMore);
    }

  private:
    static constexpr unsigned kFirstBits = 12;
    static constexpr unsigned kBitsMore = 3;
    static constexpr unsigned kLastBits = 21;
    static constexpr unsigned kFarTouchesBeforeMove = 512;

    // Ticks far from the window wrap to large indices, which is what the range tests want.
    std::uint64_t index(Ticks tick) const noexcept {
        return static_cast<std::uint64_t>(tick) - static_cast<std::uint64_t>(base_);
    }

    Ticks window_below(Ticks below, Ticks from) const noexcept {
        const Ticks low = std::max(from, base_);
        if (below <= base_) return kNoBid;
        const std::uint64_t end = std::min<std::uint64_t>(index(below), size_);
        const std::int64_t i = last_set_before(end);
        if (i < 0) return kNoBid;
        const Ticks tick = base_ + i;
        return tick >= low ? tick : kNoBid;
    }
    Ticks window_above(Ticks above, Ticks to) const noexcept {
        const Ticks last = base_ + static_cast<Ticks>(size_) - 1;
        if (above >= last) return kNoAsk;
        const std::uint64_t begin = above < base_ ? 0 : index(above) + 1;
        const std::int64_t i = first_set_from(begin);
        if (i < 0) return kNoAsk;
        const Ticks tick = base_ + i;
        return tick <= to ? tick : kNoAsk;
    }

    /// Index of the highest set bit below `end`, -1 if none.
    std::int64_t last_set_before(std::uint64_t end) const noexcept {
        if (end == 0) return -1;
        std::uint64_t word_no = (end - 1) >> 6;
        std::uint64_t word = bits_[word_no] & (~0ULL >> (63 - ((end - 1) & 63)));
        if (word != 0) return top(word_no, word);
        std::uint64_t group = word_no >> 6;
        std::uint64_t words = summary_[group] & ((1ULL << (word_no & 63)) - 1);
        while (words == 0) {
            if (group == 0) return -1;
            words = summary_[--group];
        }
        word_no = (group << 6) + 63 - static_cast<unsigned>(std::countl_zero(words));
        return top(word_no, bits_[word_no]);
    }
    /// Index of the lowest set bit at or above `begin`, -1 if none.
    std::int64_t first_set_from(std::uint64_t begin) const noexcept {
        if (begin >= size_) return -1;
        std::uint64_t word_no = begin >> 6;
        std::uint64_t word = bits_[word_no] & (~0ULL << (begin & 63));
        if (word != 0) return bottom(word_no, word);
        std::uint64_t group = word_no >> 6;
        const unsigned used = static_cast<unsigned>(word_no & 63);
        std::uint64_t words = used == 63 ? 0 : summary_[group] & (~0ULL << (used + 1));
        while (words == 0) {
            if (++group == words_of(words_of(size_))) return -1;
            words = summary_[group];
        }
        word_no = (group << 6) + static_cast<unsigned>(std::countr_zero(words));
        return bottom(word_no, bits_[word_no]);
    }
    static std::int64_t top(std::uint64_t word_no, std::uint64_t word) noexcept {
        return static_cast<std::int64_t>((word_no << 6) + 63) - std::countl_zero(word);
    }
    static std::int64_t bottom(std::uint64_t word_no, std::uint64_t word) noexcept {
        return static_cast<std::int64_t>(word_no << 6) + std::countr_zero(word);
    }

    static constexpr std::uint64_t words_of(std::uint64_t bits) noexcept {
        return (bits + 63) / 64;
    }

    double set_far(Ticks tick, double qty);
    Ticks far_find_below(Ticks below, Ticks from) const noexcept;
    Ticks far_find_above(Ticks above, Ticks to) const noexcept;
    void place(Ticks centre, unsigned bits);
    void replace(Ticks centre, unsigned bits);
    void take_memory();

    struct Free {
        void operator()(void* memory) const noexcept { std::free(memory); }
    };
    template <typename T>
    using Array = std::unique_ptr<T[], Free>;

    Ticks base_ = 0;
    std::uint64_t size_ = 0;
    unsigned bits_count_ = 0;
    unsigned far_touches_ = 0;
    bool fixed_ = false;
    Array<double> qty_;
    Array<std::uint64_t> bits_;
    Array<std::uint64_t> summary_;
    std::map<Ticks, double> far_;
};

}  // namespace ringside
