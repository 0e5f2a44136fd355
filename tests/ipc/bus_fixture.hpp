#pragma once

#include <csignal>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/bus_client.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/bus_observer.hpp"
#include "ipc/bus_service.hpp"
#include "ipc/codec.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/unique_bus.hpp"

/// What tests of a whole bus share.
namespace ringside::ipc {

inline VenueInfo some_venue() {
    VenueInfo info;
    info.venue = "simulated";
    info.start_ts = 123;
    info.least_round_trip_ns = 7;
    info.instruments.push_back({"BTCUSDT", {0.1, 0.001}, ContractKind::Linear, 1.0});
    info.instruments.push_back({"XBTUSD", {0.5, 1.0}, ContractKind::Inverse, 100.0});
    return info;
}

inline BusOptions small_options() {
    return {.md_ring_bytes = 1 << 16, .session_slots = 4, .ring_bytes = 1 << 12, .gated = true};
}

inline OrderRequest request(std::uint64_t seq) {
    OrderRequest r;
    r.seq = seq;
    r.order_id = 1000 + seq;
    r.kind = RequestKind::Submit;
    r.side = Side::Buy;
    return r;
}

/// Publishes one event per frame.
inline bool publish_event(RingWriter& md, std::uint64_t id) {
    std::byte* payload = md.try_claim(MarketDataBuilder::bytes(1));
    if (payload == nullptr) return false;
    MarketDataBuilder builder(payload, 1);
    Event event;
    event.order_id = id;
    builder.append(0, event);
    md.publish(FrameType::MarketData, builder.finish(static_cast<Nanos>(id)));
    return true;
}

inline std::uint64_t event_id(const FrameView& view) {
    MarketDataView data;
    return decode(view.payload, data) && data.events.size() == 1 ? data.events[0].order_id : ~0ULL;
}

/// Runs `body` in a child process that must be killed or leave by itself.
template <typename Body>
pid_t spawn(Body body) {
    const pid_t pid = fork();
    if (pid == 0) {
        body();
        _exit(0);
    }
    return pid;
}

inline void kill_and_wait(pid_t pid) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
}

/// Polls until the service has reported a change, which a death may take as many polls as there are
/// sessions.
inline std::vector<SessionEvent> next_events(BusService& service) {
    for (int i = 0; i < 1000; ++i) {
        const auto events = service.poll_sessions();
        if (!events.empty()) return {events.begin(), events.end()};
    }
    return {};
}

/// Forks a child that runs `body` and then stops itself; returns once it has stopped. Its wait
/// status goes on with kill_and_wait() or resume_and_wait().
template <typename Body>
pid_t spawn_stopped(Body body) {
    const pid_t pid = spawn([&] { body([] { raise(SIGSTOP); }); });
    int status = 0;
    waitpid(pid, &status, WUNTRACED);
    EXPECT_TRUE(WIFSTOPPED(status));
    return pid;
}

/// Exit status, or minus the signal, of a stopped child that goes on.
inline int resume_and_wait(pid_t pid) {
    kill(pid, SIGCONT);
    int status = 0;
    waitpid(pid, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

class BusTest : public testing::Test {
  protected:
    test::UniqueBusRoot root_;
};

}  // namespace ringside::ipc
