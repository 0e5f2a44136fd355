#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "botkit/order_index.hpp"
#include "core/order.hpp"

namespace ringside::botkit {

/// A bot's orders on one instrument, inactive ones included until they are cleared. Walked in the
/// order of submission. An order keeps its address while it is in the table; submitting and
/// cancelling while walking is allowed.
class OrderTable {
  public:
    /// The same without a call, for compiled strategies; always current.
    struct View {
        const Order* const* orders;  ///< in the order of submission
        std::int64_t count;
        const OrderIndex::Slot* slots;
        std::uint64_t shift;  ///< OrderIndex::shift()
    };

    class Iterator {
      public:
        Iterator(const OrderTable& table, std::size_t at) noexcept : table_(table), at_(at) {}
        const Order& operator*() const noexcept { return *table_.sequence_[at_]; }
        const Order* operator->() const noexcept { return table_.sequence_[at_]; }
        Iterator& operator++() noexcept {
            ++at_;
            return *this;
        }
        bool operator==(const Iterator& other) const noexcept { return at_ == other.at_; }

      private:
        const OrderTable& table_;
        std::size_t at_;
    };

    OrderTable() { look(); }
    OrderTable(OrderTable&&) = default;

    Iterator begin() const noexcept { return {*this, 0}; }
    Iterator end() const noexcept { return {*this, sequence_.size()}; }
    std::size_t size() const noexcept { return sequence_.size(); }
    bool empty() const noexcept { return sequence_.empty(); }
    bool contains(OrderId id) const noexcept { return index_.find(id) != nullptr; }
    const Order* find(OrderId id) const noexcept { return index_.find(id); }
    Order* find(OrderId id) noexcept { return index_.find(id); }
    const View& view() const noexcept { return view_; }

    Order& add(const Order& order) {
        Order* added = nullptr;
        if (free_.empty()) {
            added = &slots_.emplace_back(order);
        } else {
            added = free_.back();
            free_.pop_back();
            *added = order;
        }
        index_.add(order.order_id, added);
        sequence_.push_back(added);
        look();
        return *added;
    }
    void remove(OrderId id) {
        Order* const order = index_.find(id);
        if (order == nullptr) return;
        std::erase(sequence_, order);
        free_.push_back(order);
        index_.remove(id);
        look();
    }

    /// Removes orders that are expired, filled or cancelled, and calls `removing(order)` before
    /// each. The others keep their places.
    template <typename Removing>
    void clear_inactive(Removing&& removing) {
        std::size_t kept = 0;
        for (Order* const order : sequence_) {
            if (is_inactive(order->status)) {
                removing(std::as_const(*order));
                index_.remove(order->order_id);
                free_.push_back(order);
            } else {
                sequence_[kept++] = order;
            }
        }
        sequence_.resize(kept);
        look();
    }
    static bool is_inactive(Status status) noexcept {
        return status == Status::Expired || status == Status::Filled || status == Status::Canceled;
    }

  private:
    void look() noexcept {
        view_ = {.orders = sequence_.data(),
                 .count = static_cast<std::int64_t>(sequence_.size()),
                 .slots = index_.slots(),
                 .shift = index_.shift()};
    }

    std::deque<Order> slots_;
    std::vector<Order*> free_;
    std::vector<Order*> sequence_;
    OrderIndex index_;
    View view_;
};

}  // namespace ringside::botkit
