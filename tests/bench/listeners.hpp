#pragma once

#include <atomic>
#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include "ipc/bus_client.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/bus_service.hpp"
#include "ipc/bus_tap.hpp"
#include "ipc/codec.hpp"
#include "ipc/describe.hpp"
#include "tests/bench/bare_lines.hpp"
#include "tests/bench/second_process.hpp"
#include "tests/bench/streams.hpp"
#include "tests/support/unique_bus.hpp"

namespace ringside::bench {

/// A process beside the two that runs only when it is let go.
class Companion {
  public:
    template <typename Body>
    explicit Companion(Body body) : pid_(fork()) {
        if (pid_ != 0) return;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        pin(1);
        body();
        _exit(0);
    }
    Companion(const Companion&) = delete;
    Companion& operator=(const Companion&) = delete;
    ~Companion() {
        kill(pid_, SIGKILL);
        waitpid(pid_, nullptr, 0);
    }
    void stop() const {
        kill(pid_, SIGSTOP);
        waitpid(pid_, nullptr, WUNTRACED);
    }
    void go() const { kill(pid_, SIGCONT); }

  private:
    pid_t pid_;
};

/// Takes market data as a live bot does, until told to stop.
class Listener {
  public:
    explicit Listener(std::string name) : name_(std::move(name)) {}
    void listen(const std::atomic<bool>& stop) {
        if (!client_) client_ = std::make_unique<ipc::BusClient>("bench", name_);
        while (!client_->admitted()) sched_yield();
        std::uint64_t sum = 0;
        while (!stop.load(std::memory_order_relaxed)) {
            ipc::FrameView view;
            ipc::MarketDataView data;
            ipc::Gap gap;
            if (client_->md().poll(view)) {
                if (ipc::decode(view.payload, data)) sum += data.events[0].order_id;
                sum += client_->md().intact(view) ? 1 : 0;
            } else if (client_->md().state() == ipc::ReadState::Lapped) {
                client_->resync_md(gap);
            }
        }
        asm volatile("" : : "r"(sum));
    }

  private:
    std::string name_;
    std::unique_ptr<ipc::BusClient> client_;
};

/// What an observer, a reader and one more reader cost the writer of a live bus in full flow. All
/// but the writer share a processor; what a third one would take cannot be seen on two.
inline void listeners(double seconds) {
    const test::UniqueBusRoot root;
    struct Words {
        std::atomic<bool> stop, never;
    };
    auto& words = shared<Words>();
    SecondProcess other;
    BareLine line(other);
    const auto first = std::make_shared<Listener>("first");
    const std::size_t listen = other.learn([first, &words] { first->listen(words.stop); });
    other.start();
    const auto attach = [] {
        while (ipc::live_buses().empty()) usleep(1000);
    };
    const Companion second([&] {
        attach();
        Listener("second").listen(words.never);
    });
    const Companion observer([&] {
        attach();
        ipc::BusTap tap("bench", ipc::ReadFrom::Now);
        std::uint64_t seen = 0;
        for (;;) {
            // As `ringside bus tail` does.
            const std::size_t found = tap.poll([&](const ipc::BusRecord& record) {
                seen += ipc::to_json(ipc::frame_of(record)).size();
            });
            if (found == 0) usleep(5000);
        }
    });
    pin(0);
    ipc::BusOptions options;
    options.gated = false;
    VenueInfo info;
    info.instruments.push_back({"BTCUSDT", {0.1, 0.001}, ContractKind::Linear, 1.0});
    ipc::BusService service("bench", options, info);
    const std::vector<Event> events(68);
    const auto while_first_listens = [&](auto body) {
        words.stop.store(false);
        other.call(listen);
        const double result = body();
        words.stop.store(true);
        other.await();
        return result;
    };
    // M events/s, with nobody listening but who was let go.
    const auto rate = [&] {
        std::size_t batches = 0;
        const double begin = now_ns();
        for (; now_ns() - begin < 10e6; batches += 16) {
            for (int i = 0; i < 16; ++i) put_batch(service.md(), events, 0);
        }
        return static_cast<double>(batches * events.size()) / (now_ns() - begin) * 1000.0;
    };
    while_first_listens([&] {
        while (service.sessions().size() < 2) service.poll_sessions();
        return 0.0;
    });
    second.stop();
    observer.stop();
    std::vector<double> alone, with_first, with_second, with_observer;
    for (const double end = now_ns() + seconds * 1e9; now_ns() < end;) {
        const double before = line.round_trip();
        const double nobody = rate();
        observer.go();
        const double watched = rate();
        observer.stop();
        const double one = while_first_listens(rate);
        second.go();
        const double two = while_first_listens(rate);
        second.stop();
        if (!steady(before, line.round_trip())) continue;
        alone.push_back(nobody);
        with_observer.push_back(watched / nobody);
        with_first.push_back(one / nobody);
        with_second.push_back(two / one);
    }
    fmt::print(
        "a live writer alone            {:8.1f} M events/s; with an observer x{:.3f}; with a "
        "reader x{:.3f}, one more x{:.3f} ({} rounds)\n",
        median(alone), median(with_observer), median(with_first), median(with_second),
        alone.size());
}

}  // namespace ringside::bench
