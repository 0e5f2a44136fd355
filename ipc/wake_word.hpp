#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "ipc/wait_strategy.hpp"

/// Sleeping until somebody else has something to say, for machines that must not burn processors.
/// A wake-up costs its sender a system call of 10 us and more, so whoever writes market data never
/// gives one: sleeps are bounded, and only requests and responses end them early.
namespace ringside::ipc {

/// A word in shared memory: odd while its owner sleeps or is about to. Any number of threads wake,
/// one sleeps.
class WakeWord {
  public:
    explicit WakeWord(std::atomic<std::uint32_t>* word) noexcept : word_(word) {}

    /// Says that the owner will sleep. It must look once more for work after this and before
    /// sleep(): whoever published before seeing the odd word wakes nobody.
    void arm() noexcept {
        const std::uint32_t awake = word_->load(std::memory_order_relaxed) & ~1U;
        armed_ = awake | 1U;
        // Sequentially consistent, as the fence in wake(): either the waker sees the odd word, or
        // the owner's next look sees what the waker published.
        word_->store(armed_, std::memory_order_seq_cst);
        std::atomic_thread_fence(std::memory_order_seq_cst);
    }
    /// Sleeps until woken, or for this long; not at all if woken since arm().
    void sleep(std::chrono::nanoseconds longest) noexcept;
    void disarm() noexcept {
        // A wake that comes in between raises the word as well; either way it ends even.
        std::uint32_t armed = armed_;
        word_->compare_exchange_strong(armed, armed_ + 1, std::memory_order_relaxed);
    }

    /// After publishing: wakes the owner if it sleeps. A fence and a load when it does not.
    static void wake(std::atomic<std::uint32_t>& word) noexcept {
        std::atomic_thread_fence(std::memory_order_seq_cst);
        const std::uint32_t seen = word.load(std::memory_order_relaxed);
        if ((seen & 1U) != 0) [[unlikely]]
            wake_sleeper(word, seen);
    }

  private:
    static void wake_sleeper(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept;

    std::atomic<std::uint32_t>* word_;
    std::uint32_t armed_ = 1;
};

/// Spins for so many turns, then sleeps until woken, each time for `longest` at most. With no turns
/// to spin it is the plain futex policy, the cheapest in processor time and the slowest.
class SpinThenFutex {
  public:
    static constexpr std::uint32_t kSpins = 1000;  ///< about 30 us

    /// `word` lies in the owner's segment: BusClient::wake_word, BusService::wake_word.
    explicit SpinThenFutex(std::atomic<std::uint32_t>* word, std::uint32_t spins = kSpins,
                           std::chrono::nanoseconds longest = std::chrono::milliseconds(1)) noexcept
        : word_(word), spins_(spins), longest_(longest) {}

    void idle() noexcept {
        if (turns_ < spins_) {
            if (++turns_ > kHotSpins) cpu_pause();
        } else if (!armed_) {
            word_.arm();
            armed_ = true;  // and back to the caller, who looks once more
        } else {
            word_.sleep(longest_);
            armed_ = false;
        }
    }
    void reset() noexcept {
        turns_ = 0;
        if (!armed_) return;
        word_.disarm();
        armed_ = false;
    }

    /// Whether the next idle() is the first that does not spin.
    bool spun_out() const noexcept { return turns_ == spins_ && !armed_; }

  private:
    WakeWord word_;
    std::uint32_t spins_;
    std::chrono::nanoseconds longest_;
    std::uint32_t turns_ = 0;
    bool armed_ = false;
};

}  // namespace ringside::ipc
