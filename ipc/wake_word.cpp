#include "ipc/wake_word.hpp"

#include <ctime>

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace ringside::ipc {
namespace {

// No FUTEX_PRIVATE_FLAG: the word is shared between processes.
long futex(std::atomic<std::uint32_t>* word, int operation, std::uint32_t value,
           const timespec* timeout) noexcept {
    return syscall(SYS_futex, word, operation, value, timeout, nullptr, 0);
}

}  // namespace

void WakeWord::sleep(std::chrono::nanoseconds longest) noexcept {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const timespec timeout{.tv_sec = static_cast<std::time_t>(longest.count() / kSecond),
                           .tv_nsec = static_cast<long>(longest.count() % kSecond)};
    // Returns at once when the word has moved on. Why it returned does not matter: the owner looks
    // for work in any case.
    futex(word_, FUTEX_WAIT, armed_, &timeout);
    disarm();
}

void WakeWord::wake_sleeper(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept {
    // One of many wakers makes the system call. Relaxed: what was published is ordered by the
    // fence in wake() and by the loads with which the owner finds it.
    if (word.compare_exchange_strong(seen, seen + 1, std::memory_order_relaxed)) {
        futex(&word, FUTEX_WAKE, 1, nullptr);
    }
}

}  // namespace ringside::ipc
