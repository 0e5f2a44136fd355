#include "botkit/capi/stop_signals.hpp"

#include <array>
#include <csignal>
#include <cstddef>
#include <mutex>

namespace ringside::capi {

namespace {

constexpr std::array<int, 2> kSignals{SIGINT, SIGTERM};

std::atomic<bool> stop_asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);
std::mutex guard;
int users = 0;
std::array<struct sigaction, 2> before{};

extern "C" void ask_to_stop(int signal) {
    // Relaxed: a wish, which nothing else depends on.
    if (!stop_asked.exchange(true, std::memory_order_relaxed)) return;
    // Whoever says it twice does not want to wait for the strategy.
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        if (kSignals[i] == signal) sigaction(signal, &before[i], nullptr);
    }
    raise(signal);
}

}  // namespace

StopSignals::StopSignals() {
    const std::scoped_lock lock(guard);
    if (users++ > 0) return;
    stop_asked = false;
    struct sigaction action {};
    action.sa_handler = ask_to_stop;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        sigaction(kSignals[i], &action, &before[i]);
    }
}

StopSignals::~StopSignals() {
    const std::scoped_lock lock(guard);
    if (--users > 0) return;
    for (std::size_t i = 0; i < kSignals.size(); ++i) {
        struct sigaction now {};
        sigaction(kSignals[i], nullptr, &now);
        // Somebody else's by now stays.
        if (now.sa_handler == ask_to_stop) sigaction(kSignals[i], &before[i], nullptr);
    }
}

const std::atomic<bool>& StopSignals::flag() const noexcept { return stop_asked; }

}  // namespace ringside::capi
