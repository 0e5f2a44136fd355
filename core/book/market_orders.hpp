#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/order.hpp"
#include "core/price.hpp"

namespace ringside {

/// One order of the market's; never across two cache lines.
struct alignas(32) MarketOrder {
    std::uint64_t id = 0;
    double qty = 0.0;
    Ticks tick = 0;
    std::uint64_t place_and_side = 0;  ///< 0 where there is no order

    Side side() const noexcept { return (place_and_side & 1) != 0 ? Side::Buy : Side::Sell; }
    /// In its price's queue: those in front have lower ones.
    std::uint64_t place() const noexcept { return place_and_side >> 1; }
    void stand(Side side, std::uint64_t place) noexcept {
        place_and_side = place << 1 | (side == Side::Buy ? 1 : 0);
    }
    bool exists() const noexcept { return place_and_side != 0; }
};
static_assert(sizeof(MarketOrder) == 32);

/// The market's orders by id, two to a cache line: open addressing, and what lies behind an order
/// that goes moves up. Tens of thousands are live at a time, so what a look-up costs is the line
/// that it has to wait for. An order keeps its address until the next add or remove.
class MarketOrders {
  public:
    MarketOrder* find(std::uint64_t id) noexcept {
        MarketOrder& at = slot_of(id);
        return at.exists() ? &at : nullptr;
    }
    const MarketOrder* find(std::uint64_t id) const noexcept {
        return const_cast<MarketOrders*>(this)->find(id);
    }
    /// Adds one that stands at a place from 1 on. Null: there is an order of this id already.
    MarketOrder* add(std::uint64_t id, Side side, std::uint64_t place) {
        if (2 * (size_ + 1) > slots_.size()) grow();
        MarketOrder& at = slot_of(id);
        if (at.exists()) return nullptr;
        at = {.id = id};
        at.stand(side, place);
        ++size_;
        return &at;
    }
    void remove(MarketOrder* order) noexcept {
        std::size_t hole = static_cast<std::size_t>(order - slots_.data());
        const std::size_t mask = slots_.size() - 1;
        for (std::size_t i = (hole + 1) & mask; slots_[i].exists(); i = (i + 1) & mask) {
            // It may fill the hole if its first choice is not behind it.
            if (((i - home_of(slots_[i].id)) & mask) < ((i - hole) & mask)) continue;
            slots_[hole] = slots_[i];
            hole = i;
        }
        slots_[hole] = {};
        --size_;
    }
    /// Has the line of an order on its way.
    void prefetch(std::uint64_t id) const noexcept {
        __builtin_prefetch(slots_.data() + home_of(id), 1);
    }
    void clear() {
        slots_.assign(kFewest, {});
        shift_ = kFirstShift;
        size_ = 0;
    }
    /// Removes all orders of one side.
    void clear(Side side) {
        std::vector<MarketOrder> before(slots_.size());
        before.swap(slots_);
        size_ = 0;
        for (const MarketOrder& order : before) {
            if (order.exists() && order.side() != side) put(order);
        }
    }

  private:
    static constexpr std::size_t kFewest = 1024;
    static constexpr unsigned kFirstShift = 64 - 10;
    static_assert(kFewest == std::size_t{1} << (64 - kFirstShift));

    /// Venues number orders as they come, and most orders that change are young: 2^3 numbers that
    /// follow one another are neighbours.
    static constexpr unsigned kNeighboursBits = 3;

    std::size_t home_of(std::uint64_t id) const noexcept {
        constexpr std::uint64_t kMask = (1U << kNeighboursBits) - 1;
        const std::uint64_t group =
            ((id >> kNeighboursBits) * 0x9e37'79b9'7f4a'7c15ULL) >> (shift_ + kNeighboursBits);
        return static_cast<std::size_t>(group << kNeighboursBits | (id & kMask));
    }
    /// Where an order of this id is, or would be. Half of the slots are free.
    MarketOrder& slot_of(std::uint64_t id) noexcept {
        const std::size_t mask = slots_.size() - 1;
        std::size_t i = home_of(id);
        while (slots_[i].exists() && slots_[i].id != id) i = (i + 1) & mask;
        return slots_[i];
    }
    void put(const MarketOrder& order) noexcept {
        slot_of(order.id) = order;
        ++size_;
    }
    void grow() {
        std::vector<MarketOrder> before(slots_.size() * 2);
        before.swap(slots_);
        --shift_;
        size_ = 0;
        for (const MarketOrder& order : before) {
            if (order.exists()) put(order);
        }
    }

    std::vector<MarketOrder> slots_ = std::vector<MarketOrder>(kFewest);
    unsigned shift_ = kFirstShift;
    std::size_t size_ = 0;
};

}  // namespace ringside
