// Readers that are stopped, as under a debugger, wherever they happen to be.
//   RINGSIDE_STOP_SECONDS  for how long (default 0.2)

#include <chrono>
#include <iostream>
#include <memory>
#include <thread>

#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

using Clock = std::chrono::steady_clock;

Clock::time_point end_of_stop() {
    const char* text = std::getenv("RINGSIDE_STOP_SECONDS");
    const double seconds = text == nullptr ? 0.2 : std::strtod(text, nullptr);
    return Clock::now() +
           std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

/// Ends a test; the other events carry their frame's sequence.
constexpr std::uint64_t kLast = std::uint64_t{1} << 40;

/// Reads up to the last event. Exit status 0: every frame was read or reported missing, each once,
/// and as many gaps were reported as expected.
[[noreturn]] void account_for_all(bool expect_gaps) {
    BusClient bot("demo", "sleeper");
    bot.wait_admitted(std::chrono::seconds(60));
    std::uint64_t next = 0;
    std::uint64_t gaps = 0;
    for (;;) {
        FrameView view;
        if (bot.md().poll(view)) {
            const std::uint64_t id = event_id(view);
            const std::uint64_t sequence = view.sequence;
            if (bot.md().intact(view)) {
                bot.md().release();
                if (sequence != next++) _exit(1);
                if (id == kLast) break;
                if (id != sequence) _exit(2);
                continue;
            }
        }
        if (bot.md().state() == ReadState::Reading) {
            if (!bot.service_alive()) _exit(3);
            sched_yield();
            continue;
        }
        Gap gap;
        if (!bot.resync_md(gap)) continue;
        if (gap.first != next) _exit(4);
        next += gap.count;
        ++gaps;
    }
    bot.md().release_now();
    _exit((gaps > 0) == expect_gaps && bot.md().corrupt_frames() == 0 ? 0 : 5);
}

void stop(pid_t child) {
    kill(child, SIGSTOP);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, WUNTRACED), child);
    ASSERT_TRUE(WIFSTOPPED(status)) << status;
}

class StoppedReader : public BusTest {
  protected:
    /// A service and a reader that has begun to read.
    void begin(bool gated) {
        BusOptions options = small_options();
        options.gated = gated;
        service_ = std::make_unique<BusService>("demo", options, some_venue());
        child_ = spawn([gated] { account_for_all(!gated); });
        while (service_->sessions().empty()) service_->poll_sessions();
        for (int i = 0; i < 100; ++i) ASSERT_TRUE(publish());
        stop(child_);
    }
    bool publish() {
        if (!publish_event(service_->md(), next_)) return false;
        ++next_;
        return true;
    }
    std::unique_ptr<BusService> service_;
    std::uint64_t next_ = 0;
    pid_t child_ = -1;
};

TEST_F(StoppedReader, OfALiveBusHoldsNothingUpAndAccountsForEveryFrameWhenItGoesOn) {
    ASSERT_NO_FATAL_FAILURE(begin(false));
    const auto end = end_of_stop();
    const std::uint64_t least = next_ + 100'000;  // laps the ring whatever the time
    while (next_ < least || Clock::now() < end) ASSERT_TRUE(publish()) << "the writer was held up";
    kill(child_, SIGCONT);
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(publish());
    // Again and again, for the reader may be so far behind that it misses the first as well.
    int status = 0;
    do {
        ASSERT_TRUE(publish_event(service_->md(), kLast));
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (waitpid(child_, &status, WNOHANG) == 0);
    EXPECT_EQ(status, 0);
    std::cout << next_ << " frames\n";
}

TEST_F(StoppedReader, OfAGatedBusHoldsItUpWithoutLossAndIsNotTakenForDead) {
    ASSERT_NO_FATAL_FAILURE(begin(true));
    while (publish()) {
    }
    const auto end = end_of_stop();
    do {
        ASSERT_FALSE(publish()) << "unread frames would be overwritten";
        ASSERT_TRUE(service_->poll_sessions().empty()) << "it is stopped, not gone";
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (Clock::now() < end);
    kill(child_, SIGCONT);
    const std::uint64_t most = next_ + 20'000;
    while (next_ < most) {
        if (!publish()) sched_yield();
    }
    while (!publish_event(service_->md(), kLast)) sched_yield();
    int status = 0;
    waitpid(child_, &status, 0);
    EXPECT_EQ(status, 0);
    EXPECT_GE(BusObserver("demo").md().counters().stalls, 1U);
}

}  // namespace
}  // namespace ringside::ipc
