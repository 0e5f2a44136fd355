#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/order.hpp"

namespace ringside::botkit {

/// Orders by id: open addressing, and what lies behind an order that goes moves up. The slots are
/// plain, so that compiled strategies look orders up without a call. At least half are free.
class OrderIndex {
  public:
    struct Slot {
        OrderId id;
        Order* order;  ///< null where there is none
    };

    const Slot* slots() const noexcept { return slots_.data(); }
    /// An id's first place is what is left of id * kSpread, modulo 2^64, shifted right by this.
    unsigned shift() const noexcept { return shift_; }
    static constexpr std::uint64_t kSpread = 0x9e37'79b9'7f4a'7c15ULL;

    Order* find(OrderId id) const noexcept { return slots_[place_of(id)].order; }
    /// `order` must outlive its stay; no order of this id may be here.
    void add(OrderId id, Order* order) {
        if (2 * (size_ + 1) > slots_.size()) grow();
        slots_[place_of(id)] = {id, order};
        ++size_;
    }
    void remove(OrderId id) noexcept {
        std::size_t hole = place_of(id);
        if (slots_[hole].order == nullptr) return;
        for (std::size_t i = next(hole); slots_[i].order != nullptr; i = next(i)) {
            // It may fill the hole if its first place is not behind it.
            const std::size_t home = home_of(slots_[i].id);
            if (((i - home) & mask()) < ((i - hole) & mask())) continue;
            slots_[hole] = slots_[i];
            hole = i;
        }
        slots_[hole] = {};
        --size_;
    }

  private:
    static constexpr unsigned kFirstShift = 64 - 6;

    std::size_t mask() const noexcept { return slots_.size() - 1; }
    std::size_t next(std::size_t i) const noexcept { return (i + 1) & mask(); }
    std::size_t home_of(OrderId id) const noexcept {
        return static_cast<std::size_t>((id * kSpread) >> shift_);
    }
    /// Where an order of this id is, or would be.
    std::size_t place_of(OrderId id) const noexcept {
        std::size_t i = home_of(id);
        while (slots_[i].order != nullptr && slots_[i].id != id) i = next(i);
        return i;
    }
    void grow() {
        std::vector<Slot> before(slots_.size() * 2);
        before.swap(slots_);
        --shift_;
        for (const Slot& slot : before) {
            if (slot.order != nullptr) slots_[place_of(slot.id)] = slot;
        }
    }

    std::vector<Slot> slots_ = std::vector<Slot>(std::size_t{1} << (64 - kFirstShift));
    unsigned shift_ = kFirstShift;
    std::size_t size_ = 0;
};

}  // namespace ringside::botkit
