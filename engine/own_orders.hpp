#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/order.hpp"
#include "engine/queue_model.hpp"

namespace ringside::engine {

/// An own order resting at the venue.
struct VenueOrder {
    OrderId order_id = 0;
    Ticks price_ticks = 0;
    Lots qty_lots = 0;
    Lots leaves_lots = 0;
    Nanos req_ts = 0;
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    Status status = Status::None;
    double queue_ahead = 0.0;  ///< quantity ahead when it came to rest
    double leaves_qty = 0.0;  ///< what compat takes for the open quantity, rounding errors included
    QueueState queue{};
    std::uint64_t queue_place = 0;  ///< market orders of this place or less are in front of it
};

/// Orders of one bot that rest on one side of one book, in priority order: best price first, then
/// arrival. Kept in an array with the best at its end, where fills happen.
class RestingSide {
  public:
    struct Entry {
        Ticks rank;             ///< higher is closer to the opposite side
        std::uint64_t arrival;  ///< +1 for each order that came to rest
        std::uint32_t slot;
    };

    explicit RestingSide(Side side) : sign_(side == Side::Buy ? 1 : -1) { entries_.reserve(64); }

    bool empty() const noexcept { return entries_.empty(); }
    std::size_t size() const noexcept { return entries_.size(); }
    /// Best own price of this side. Not for an empty side.
    Ticks best() const noexcept { return price(entries_.back()); }
    /// Whether an order may rest at a tick: never beyond the worst and the best own price, and
    /// between them seldom where none does.
    bool spans(Ticks tick) const noexcept {
        // Ticks below the lowest wrap to large numbers.
        const bool inside =
            static_cast<std::uint64_t>(tick) - static_cast<std::uint64_t>(lowest_) <= width_;
        return ((buckets_ >> bucket_of(tick) & 1) != 0) & inside;
    }
    /// Whether some order rests at `tick` or closer to the opposite side.
    bool reached_by(Ticks tick) const noexcept {
        return !entries_.empty() && entries_.back().rank >= sign_ * tick;
    }
    Ticks price(const Entry& entry) const noexcept { return sign_ * entry.rank; }

    void add(Ticks tick, std::uint64_t arrival, std::uint32_t slot) {
        const Entry entry{sign_ * tick, arrival, slot};
        entries_.insert(std::lower_bound(entries_.begin(), entries_.end(), entry, precedes), entry);
        if (in_bucket_[bucket_of(tick)]++ == 0) buckets_ |= std::uint64_t{1} << bucket_of(tick);
        note_span();
    }
    void remove(Ticks tick, std::uint32_t slot) {
        auto [first, last] = at(tick);
        const auto it = std::find_if(first, last, [&](const Entry& e) { return e.slot == slot; });
        entries_.erase(it);
        leave_bucket(tick);
        note_span();
    }
    /// Calls `f(slot)` for each order at a tick, earliest arrival first.
    template <typename F>
    void each_at(Ticks tick, F&& f) {
        auto [first, last] = at(tick);
        while (last != first) f((--last)->slot);
    }
    /// Calls `f(tick, slot)` in priority order for orders from the best down to `last` (inclusive),
    /// leaving out those better than `first`; takes out those for which it returns true.
    template <typename F>
    void sweep(Ticks first, Ticks last, F&& f) {
        const Ticks low = sign_ * last;
        const Ticks high = sign_ * first;
        auto begin = std::lower_bound(entries_.begin(), entries_.end(), low,
                                      [](const Entry& e, Ticks rank) { return e.rank < rank; });
        auto end = std::upper_bound(begin, entries_.end(), high,
                                    [](Ticks rank, const Entry& e) { return rank < e.rank; });
        auto kept = end;
        for (auto it = end; it != begin;) {
            --it;
            const Ticks tick = price(*it);
            if (f(tick, it->slot))
                leave_bucket(tick);
            else
                *--kept = *it;
        }
        entries_.erase(begin, kept);
        note_span();
    }

  private:
    using Entries = std::vector<Entry>;

    // Ascending: worst rank first and, inside a rank, latest arrival first.
    static bool precedes(const Entry& a, const Entry& b) noexcept {
        return a.rank != b.rank ? a.rank < b.rank : a.arrival > b.arrival;
    }
    std::pair<Entries::iterator, Entries::iterator> at(Ticks tick) {
        const Ticks rank = sign_ * tick;
        auto first = std::lower_bound(entries_.begin(), entries_.end(), rank,
                                      [](const Entry& e, Ticks r) { return e.rank < r; });
        auto last = first;
        while (last != entries_.end() && last->rank == rank) ++last;
        return {first, last};
    }

    static unsigned bucket_of(Ticks tick) noexcept { return static_cast<unsigned>(tick & 63); }
    void leave_bucket(Ticks tick) noexcept {
        const unsigned bucket = bucket_of(tick);
        if (--in_bucket_[bucket] == 0) buckets_ &= ~(std::uint64_t{1} << bucket);
    }
    void note_span() noexcept {
        if (entries_.empty()) {
            lowest_ = kNoTick;
            width_ = 0;
            return;
        }
        const auto [low, high] = std::minmax({price(entries_.front()), price(entries_.back())});
        lowest_ = low;
        width_ = static_cast<std::uint64_t>(high - low);
    }

    /// No price has it.
    static constexpr Ticks kNoTick = std::numeric_limits<Ticks>::max();

    // What every market event asks for: own prices lie in [lowest_, lowest_ + width_].
    Ticks lowest_ = kNoTick;
    std::uint64_t width_ = 0;
    std::uint64_t buckets_ = 0;  ///< a bit for each last six bits of own ticks
    Ticks sign_;
    Entries entries_;
    std::array<std::uint32_t, 64> in_bucket_{};  ///< orders, by those six bits
};

/// All resting orders of one bot on one instrument.
class OwnOrders {
  public:
    std::size_t size() const noexcept { return ids_.size(); }
    bool empty() const noexcept { return ids_.empty(); }

    RestingSide& side(Side side) noexcept { return sides_[side == Side::Sell]; }
    const RestingSide& side(Side side) const noexcept { return sides_[side == Side::Sell]; }

    VenueOrder& operator[](std::uint32_t slot) noexcept { return slots_[slot]; }
    std::uint32_t slot_of(const VenueOrder& order) const noexcept {
        return static_cast<std::uint32_t>(&order - slots_.data());
    }
    VenueOrder* find(OrderId id) noexcept {
        const auto it = ids_.find(id);
        return it == ids_.end() ? nullptr : &slots_[it->second];
    }

    VenueOrder& add(const VenueOrder& order) {
        std::uint32_t slot = 0;
        if (free_.empty()) {
            slot = static_cast<std::uint32_t>(slots_.size());
            slots_.push_back(order);
        } else {
            slot = free_.back();
            free_.pop_back();
            slots_[slot] = order;
        }
        ids_.emplace(order.order_id, slot);
        side(order.side).add(order.price_ticks, ++arrivals_, slot);
        return slots_[slot];
    }
    /// Takes an order out of the books of this class.
    void remove(const VenueOrder& order) {
        const std::uint32_t slot = ids_.find(order.order_id)->second;
        side(order.side).remove(order.price_ticks, slot);
        forget(slot);
    }
    /// Frees an order that a sweep has already taken out of its side.
    void forget(std::uint32_t slot) {
        ids_.erase(slots_[slot].order_id);
        free_.push_back(slot);
    }

  private:
    std::array<RestingSide, 2> sides_{RestingSide(Side::Buy), RestingSide(Side::Sell)};
    std::vector<VenueOrder> slots_;
    std::vector<std::uint32_t> free_;
    boost::unordered_flat_map<OrderId, std::uint32_t> ids_;  // looked up, never walked
    std::uint64_t arrivals_ = 0;
};

}  // namespace ringside::engine
