#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include <sched.h>
#include <sys/prctl.h>

#include "ipc/processor.hpp"

namespace ringside::ipc {

inline void cpu_pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// What a loop does when it found nothing to do: idle(); when it found something: reset(). Never
/// leaves the processor, so it is for threads that own one. It does not pause either: a pause takes
/// 30 to 50 ns, as long as a cache line's whole way.
struct BusySpin {
    void idle() noexcept {}
    void reset() noexcept {}
};

/// Turns that the other strategies spin without pausing: an answer that comes at once is not kept
/// waiting by a pause.
inline constexpr std::uint32_t kHotSpins = 64;

/// Spins, then lets other threads run, then sleeps. For machines where more threads wait than there
/// are processors. Nobody is ever woken by a writer: the sleep is short instead.
class SpinThenYield {
  public:
    /// Spinning helps only if the other side runs meanwhile, so with one processor it starts by
    /// yielding.
    SpinThenYield() noexcept : spins_(allowed_processors() > 1 ? kSpins : 0) {}

    void idle() noexcept {
        const std::uint32_t turn = turns_++;
        if (turn < spins_) {
            if (turn >= kHotSpins) cpu_pause();
        } else if (crowded_ != 0) {
            --crowded_;
            sleep(kCrowdedSleep);
        } else if (turn < spins_ + kYields) {
            yield();
        } else {
            // The longer it has waited, the less a later wake-up matters.
            sleep(std::min((turn - spins_ - kYields + 1) * kIdleSleep, kLongestSleep));
        }
    }
    void reset() noexcept { turns_ = 0; }
    /// Whether the next idle() is the first that does not spin.
    bool spun_out() const noexcept { return turns_ == spins_; }

  private:
    using Clock = std::chrono::steady_clock;
    static constexpr std::uint32_t kSpins = 256;    ///< about 10 us
    static constexpr std::uint32_t kYields = 2000;  ///< about 1.5 ms when nobody else wants to run
    /// Sleeps instead of yields after a yield that gave the processor away for long.
    static constexpr std::uint32_t kCrowdedSleeps = 64;
    static constexpr auto kLongYield = std::chrono::microseconds(200);
    static constexpr auto kCrowdedSleep = std::chrono::microseconds(3);
    static constexpr auto kIdleSleep = std::chrono::microseconds(10);
    static constexpr auto kLongestSleep = std::chrono::microseconds(200);

    /// Whoever yields to a thread that computes gets the processor back when that thread's time
    /// slice ends, milliseconds later; whoever sleeps gets it back at once, for it has used little.
    void yield() noexcept {
        const Clock::time_point before = Clock::now();
        sched_yield();
        if (Clock::now() - before > kLongYield) crowded_ = kCrowdedSleeps;
    }
    static void sleep(std::chrono::microseconds time) noexcept {
        // By default the kernel adds 50 us to every sleep of a thread.
        static thread_local const int exact = prctl(PR_SET_TIMERSLACK, 1UL);
        static_cast<void>(exact);
        std::this_thread::sleep_for(time);
    }

    std::uint32_t spins_;
    std::uint32_t turns_ = 0;
    std::uint32_t crowded_ = 0;
};

}  // namespace ringside::ipc
