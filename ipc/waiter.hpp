#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <string_view>
#include <utility>

#include "ipc/wait_strategy.hpp"
#include "ipc/wake_word.hpp"

namespace ringside::ipc {

/// How a process waits when it has nothing to do, as configurations and command lines name it.
enum class Waiting : std::uint8_t { Yield = 0, Spin = 1, Futex = 2 };
inline constexpr std::array<std::pair<std::string_view, Waiting>, 3> kWaitings{{
    {"yield", Waiting::Yield},
    {"spin", Waiting::Spin},
    {"futex", Waiting::Futex},
}};

/// One of the strategies, chosen when a process starts. What it costs beside the strategy itself is
/// a branch in turns that found nothing.
class Waiter {
  public:
    Waiter() noexcept : Waiter(Waiting::Yield, nullptr) {}
    /// `word` is the process's own, as for SpinThenFutex; `longest` bounds a sleep by futex.
    Waiter(Waiting waiting, std::atomic<std::uint32_t>* word,
           std::chrono::nanoseconds longest = std::chrono::milliseconds(1)) noexcept
        : waiting_(waiting), futex_(word, SpinThenFutex::kSpins, longest) {}

    void idle() noexcept {
        if (waiting_ == Waiting::Yield)
            yield_.idle();
        else if (waiting_ == Waiting::Futex)
            futex_.idle();
    }
    void reset() noexcept {
        if (waiting_ == Waiting::Yield)
            yield_.reset();
        else if (waiting_ == Waiting::Futex)
            futex_.reset();
    }
    /// Whether the next idle() is the first that does not spin.
    bool spun_out() const noexcept {
        return (waiting_ == Waiting::Yield && yield_.spun_out()) ||
               (waiting_ == Waiting::Futex && futex_.spun_out());
    }

  private:
    Waiting waiting_;
    SpinThenYield yield_;
    SpinThenFutex futex_;
};

}  // namespace ringside::ipc
