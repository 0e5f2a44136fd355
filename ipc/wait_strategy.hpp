#pragma once

#include <chrono>
#include <cstdint>
#include <thread>

#include <sched.h>

namespace ringside::ipc {

inline void cpu_pause() noexcept {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    asm volatile("yield");
#endif
}

/// What a loop does when it found nothing to do: idle(); when it found something: reset(). Never
/// leaves the processor, so it is for threads that own one.
struct BusySpin {
    void idle() noexcept { cpu_pause(); }
    void reset() noexcept {}
};

/// Spins, then lets other threads run, then sleeps. For machines where more threads wait than there
/// are processors. Nobody is ever woken by a writer: the sleep is short instead.
class SpinThenYield {
  public:
    /// Spinning helps only if the other side runs meanwhile, so with one processor it starts by
    /// yielding.
    SpinThenYield() noexcept : spins_(processors() > 1 ? kSpins : 0) {}

    void idle() noexcept {
        const std::uint32_t turn = turns_++;
        if (turn < spins_) {
            cpu_pause();
        } else if (turn < spins_ + kYields) {
            sched_yield();
        } else {
            turns_ = spins_ + kYields;
            std::this_thread::sleep_for(std::chrono::microseconds(50));
        }
    }
    void reset() noexcept { turns_ = 0; }

  private:
    static constexpr std::uint32_t kSpins = 256;    ///< about 10 us
    static constexpr std::uint32_t kYields = 2000;  ///< about 1.5 ms when nobody else wants to run

    static int processors() noexcept {
        cpu_set_t set;
        CPU_ZERO(&set);
        return sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    }

    std::uint32_t spins_;
    std::uint32_t turns_ = 0;
};

}  // namespace ringside::ipc
