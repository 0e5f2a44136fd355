#pragma once

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "core/order.hpp"

namespace ringside::botkit {

/// A bot's orders on one instrument, inactive ones included until they are cleared. Walked in the
/// order of submission. An order keeps its address while it is in the table; submitting and
/// cancelling while walking is allowed.
class OrderTable {
  public:
    class Iterator {
      public:
        Iterator(const OrderTable& table, std::size_t at) noexcept : table_(table), at_(at) {}
        const Order& operator*() const noexcept { return table_.slots_[table_.sequence_[at_]]; }
        const Order* operator->() const noexcept { return &**this; }
        Iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

      private:
        const OrderTable& table_;
        std::size_t at_;
    };

    Iterator begin() const noexcept { return {*this, 0}; }
    Iterator end() const noexcept { return {*this, sequence_.size()}; }
    std::size_t size() const noexcept { return sequence_.size(); }
    bool empty() const noexcept { return sequence_.empty(); }
    bool contains(OrderId id) const noexcept { return index_.contains(id); }

    const Order* find(OrderId id) const noexcept {
        const auto it = index_.find(id);
        return it == index_.end() ? nullptr : &slots_[it->second];
    }
    Order* find(OrderId id) noexcept {
        const auto it = index_.find(id);
        return it == index_.end() ? nullptr : &slots_[it->second];
    }

    Order& add(const Order& order) {
        std::uint32_t slot = 0;
        if (free_.empty()) {
            slot = static_cast<std::uint32_t>(slots_.size());
            slots_.push_back(order);
        } else {
            slot = free_.back();
            free_.pop_back();
            slots_[slot] = order;
        }
        index_.emplace(order.order_id, slot);
        sequence_.push_back(slot);
        return slots_[slot];
    }
    void remove(OrderId id) {
        const auto it = index_.find(id);
        if (it == index_.end()) return;
        std::erase(sequence_, it->second);
        free_.push_back(it->second);
        index_.erase(it);
    }

    /// Removes orders that are expired, filled or cancelled, and calls `removing(order)` before
    /// each. The others keep their places.
    template <typename Removing>
    void clear_inactive(Removing&& removing) {
        std::size_t kept = 0;
        for (const std::uint32_t slot : sequence_) {
            const Status status = slots_[slot].status;
            if (status == Status::Expired || status == Status::Filled ||
                status == Status::Canceled) {
                removing(std::as_const(slots_[slot]));
                index_.erase(slots_[slot].order_id);
                free_.push_back(slot);
            } else {
                sequence_[kept++] = slot;
            }
        }
        sequence_.resize(kept);
    }

  private:
    std::deque<Order> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<std::uint32_t> sequence_;
    boost::unordered_flat_map<OrderId, std::uint32_t> index_;  // looked up, never walked
};

}  // namespace ringside::botkit
