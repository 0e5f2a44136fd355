#pragma once

#include <atomic>
#include <cstdint>

#include "tests/bench/second_process.hpp"

/// The least that anything between two processors can take: bare cache lines to and fro.
namespace ringside::bench {

struct Nothing {
    void operator()() const noexcept {}
};
struct alignas(128) BareWord {
    std::atomic<std::uint64_t> word;
};

/// One cache line thrown to and fro: the least that anything between two processors can take.
class BareLine {
  public:
    static constexpr std::uint64_t kTurns = 300;

    explicit BareLine(SecondProcess& other) : other_(other), line_(shared<BareWord>()) {
        work_ = other.learn([&line = line_.word] {
            for (std::uint64_t i = 1; i <= kTurns; ++i) {
                while (line.load(std::memory_order_acquire) != 2 * i - 1) {
                }
                line.store(2 * i, std::memory_order_release);
            }
        });
    }
    /// ns of a round trip; `each()` after every one.
    template <typename Each = Nothing>
    double round_trip(Each each = {}) {
        line_.word.store(0);
        return other_.together(work_, [&] {
            for (std::uint64_t i = 1; i <= kTurns; ++i) {
                line_.word.store(2 * i - 1, std::memory_order_release);
                while (line_.word.load(std::memory_order_acquire) != 2 * i) {
                }
                each();
            }
        }) / kTurns;
    }

  private:
    SecondProcess& other_;
    BareWord& line_;
    std::size_t work_ = 0;
};

/// A line each way: the same two each time, or new ones, as in rings of their own for each
/// direction. Where a line that comes to be read does not come to be written as well, that is twice
/// as much as one line.
class BarePair {
  public:
    static constexpr std::uint64_t kTurns = BareLine::kTurns;
    static constexpr std::uint64_t kMostLines = 4096;

    explicit BarePair(SecondProcess& other, std::uint64_t lines)
        : other_(other), lines_(shared<Lines>()), count_(lines) {
        work_ = other.learn([&shared = lines_, lines, n = std::uint64_t{0}]() mutable {
            for (std::uint64_t end = n + kTurns; n < end; ++n) {
                while (shared.there[n % lines].word.load(std::memory_order_acquire) != n + 1) {
                }
                shared.back[n % lines].word.store(n + 1, std::memory_order_release);
            }
        });
    }
    /// ns of a round trip; `each()` after every one.
    template <typename Each = Nothing>
    double round_trip(Each each = {}) {
        return other_.together(work_, [&] {
            for (std::uint64_t end = n_ + kTurns; n_ < end; ++n_) {
                const std::uint64_t at = n_ % count_;
                lines_.there[at].word.store(n_ + 1, std::memory_order_release);
                while (lines_.back[at].word.load(std::memory_order_acquire) != n_ + 1) {
                }
                each();
            }
        }) / kTurns;
    }

  private:
    struct Lines {
        alignas(4096) BareWord there[kMostLines];
        alignas(4096) BareWord back[kMostLines];
    };

    SecondProcess& other_;
    Lines& lines_;
    std::uint64_t count_;
    std::size_t work_ = 0;
    std::uint64_t n_ = 0;
};

}  // namespace ringside::bench
