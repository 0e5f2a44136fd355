#pragma once

#include <cstddef>
#include <vector>

namespace ringside {

/// First-in first-out queue in one array that doubles when full and never shrinks, so that a queue
/// that has reached its working size does not allocate.
template <typename T>
class Fifo {
  public:
    bool empty() const noexcept { return head_ == tail_; }
    std::size_t size() const noexcept { return tail_ - head_; }
    T& front() noexcept { return slots_[head_ & mask_]; }
    const T& front() const noexcept { return slots_[head_ & mask_]; }
    /// Element `i` places behind the front.
    T& operator[](std::size_t i) noexcept { return slots_[(head_ + i) & mask_]; }
    const T& operator[](std::size_t i) const noexcept { return slots_[(head_ + i) & mask_]; }
    void pop() noexcept { ++head_; }
    void clear() noexcept { head_ = tail_; }

    void push(const T& value) {
        if (size() == slots_.size()) grow();
        slots_[tail_++ & mask_] = value;
    }

  private:
    void grow() {
        std::vector<T> larger(slots_.empty() ? 16 : slots_.size() * 2);
        const std::size_t count = size();
        for (std::size_t i = 0; i < count; ++i) larger[i] = (*this)[i];
        slots_.swap(larger);
        mask_ = slots_.size() - 1;
        head_ = 0;
        tail_ = count;
    }

    std::vector<T> slots_;
    std::size_t mask_ = 0;
    std::size_t head_ = 0;
    std::size_t tail_ = 0;
};

}  // namespace ringside
