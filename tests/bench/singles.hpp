#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "tests/bench/second_process.hpp"
#include "tests/bench/shared_ring.hpp"
#include "tests/bench/small_message.hpp"

namespace ringside::bench {

inline constexpr std::size_t kSmallBytes = std::size_t{1} << 20;
inline constexpr std::uint64_t kSmalls = 20'000;

/// Single messages of one cache line, one way: the ring, and the two least rings there can be.
class Singles {
  public:
    explicit Singles(SecondProcess& other) : other_(other), out_(ring_.writer()) {
        own_ = other.learn([in = ring_.reader()]() mutable {
            for (std::uint64_t n = 0; n < kSmalls; ++n) check(take_small(in), n);
        });
        stamped_ = other.learn([&bare = bare_, next = std::uint64_t{0}]() mutable {
            for (std::uint64_t n = 0; n < kSmalls; ++n, ++next) {
                const Slot& slot = bare.stamped[next % kSlots];
                while (slot.stamp.load(std::memory_order_acquire) != next + 1) {
                }
                check(slot.words, n);
                if (next % (kSlots / 8) == 0) bare.read.store(next, std::memory_order_release);
            }
            bare.read.store(next, std::memory_order_release);
        });
        indexed_ = other.learn(
            [&bare = bare_, next = std::uint64_t{0}, written = std::uint64_t{0}]() mutable {
                for (std::uint64_t n = 0; n < kSmalls; ++n, ++next) {
                    while (next == written) written = bare.tail.load(std::memory_order_acquire);
                    check(bare.indexed[next % kSlots].words, n);
                    if (next % (kSlots / 8) == 0) bare.head.store(next, std::memory_order_release);
                }
                bare.head.store(next, std::memory_order_release);
            });
    }

    /// All three: messages a second, in millions.
    double own() {
        return rate(own_, [&] {
            for (std::uint64_t n = 0; n < kSmalls; ++n) put_small(out_, n);
        });
    }
    /// A sequence in the slot, stored last.
    double stamped() {
        return rate(stamped_, [&] {
            std::uint64_t read = bare_.read.load(std::memory_order_acquire);
            for (std::uint64_t n = 0; n < kSmalls; ++n, ++stamped_next_) {
                while (stamped_next_ - read >= kSlots) {
                    read = bare_.read.load(std::memory_order_acquire);
                }
                Slot& slot = bare_.stamped[stamped_next_ % kSlots];
                slot.words = small_of(n);
                slot.stamp.store(stamped_next_ + 1, std::memory_order_release);
            }
        });
    }
    /// An index stored after the slot; each side keeps a copy of the other's.
    double indexed() {
        return rate(indexed_, [&] {
            std::uint64_t read = bare_.head.load(std::memory_order_acquire);
            for (std::uint64_t n = 0; n < kSmalls; ++n, ++indexed_next_) {
                while (indexed_next_ - read >= kSlots) {
                    read = bare_.head.load(std::memory_order_acquire);
                }
                bare_.indexed[indexed_next_ % kSlots].words = small_of(n);
                bare_.tail.store(indexed_next_ + 1, std::memory_order_release);
            }
        });
    }

  private:
    static constexpr std::size_t kSlots = kSmallBytes / 64;
    struct Slot {
        alignas(64) std::atomic<std::uint64_t> stamp;
        Small words;
    };
    struct Bare {
        alignas(128) std::atomic<std::uint64_t> read;
        alignas(128) std::atomic<std::uint64_t> head;
        alignas(128) std::atomic<std::uint64_t> tail;
        alignas(4096) Slot stamped[kSlots];
        alignas(4096) Slot indexed[kSlots];
    };

    template <typename Body>
    double rate(std::size_t work, Body body) {
        return static_cast<double>(kSmalls) / other_.together(work, body) * 1000.0;
    }

    SecondProcess& other_;
    SharedRing<kSmallBytes>& ring_ = shared<SharedRing<kSmallBytes>>();
    Bare& bare_ = shared<Bare>();
    ipc::RingWriter out_;
    std::uint64_t stamped_next_ = 0;
    std::uint64_t indexed_next_ = 0;
    std::size_t own_ = 0;
    std::size_t stamped_ = 0;
    std::size_t indexed_ = 0;
};

}  // namespace ringside::bench
