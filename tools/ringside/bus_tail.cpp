#include "tools/ringside/bus_tail.hpp"

#include <chrono>
#include <cstdio>
#include <set>
#include <thread>
#include <vector>

#include <fmt/format.h>

#include "ipc/bus_observer.hpp"
#include "ipc/describe.hpp"

namespace ringside {
namespace {

/// One ring that is being read.
struct Tap {
    std::string name;
    ipc::RingReader reader;
    bool broken = false;
};

class Tail {
  public:
    explicit Tail(const BusTailOptions& options) : options_(options), bus_(options.bus) {
        if (wants("md")) {
            taps_.push_back({"md", bus_.md().reader(from()), false});
        }
    }

    void run() {
        for (;;) {
            // Asked before reading: what a service sent before it ended is read after.
            const bool ended = bus_.closed() || !bus_.service_alive();
            find_sessions();
            bool any = false;
            for (Tap& tap : taps_) any |= drain(tap);
            std::fflush(stdout);
            if (any) continue;
            if (ended || !options_.follow) return;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

  private:
    static constexpr int kFramesPerTurn = 256;

    bool wants(const char* ring) const { return options_.ring == "all" || options_.ring == ring; }
    ipc::ReadFrom from() const {
        return options_.from_now ? ipc::ReadFrom::Now : ipc::ReadFrom::Oldest;
    }

    void find_sessions() {
        for (ipc::ObservedSession& session : bus_.sessions()) {
            if (!known_.emplace(session.slot(), session.client_pid()).second) continue;
            const std::string name = fmt::format("{}#{}", session.client_name(), session.slot());
            if (wants("requests")) {
                taps_.push_back({name + " request", session.requests().reader(from()), false});
            }
            if (wants("responses")) {
                taps_.push_back({name + " response", session.responses().reader(from()), false});
            }
            sessions_.push_back(std::move(session));  // keeps the rings mapped
        }
    }

    bool drain(Tap& tap) {
        ipc::FrameView frame;
        int frames = 0;
        while (frames < kFramesPerTurn && tap.reader.poll(frame)) {
            const std::vector<std::byte> copy(frame.payload.begin(), frame.payload.end());
            if (!tap.reader.intact(frame)) break;
            frame.payload = copy;
            print(tap, frame);
            ++frames;
        }
        if (tap.reader.state() == ipc::ReadState::Lapped) report_gap(tap);
        if (tap.reader.state() == ipc::ReadState::Corrupt && !tap.broken) {
            tap.broken = true;
            fmt::print(stderr, "ringside: {}: a frame is damaged; nothing after it can be read\n",
                       tap.name);
        }
        return frames > 0;
    }

    void print(const Tap& tap, const ipc::FrameView& frame) const {
        if (options_.json) {
            fmt::print("{{\"ring\":\"{}\",{}\n", tap.name, ipc::to_json(frame).substr(1));
        } else {
            fmt::print("{} {}\n", tap.name, ipc::to_text(frame));
        }
    }

    void report_gap(Tap& tap) const {
        ipc::Gap gap;
        if (!tap.reader.resync(gap)) return;
        if (options_.json) {
            fmt::print("{{\"ring\":\"{}\",\"missed\":{{\"first\":{},\"count\":{}}}}}\n", tap.name,
                       gap.first, gap.count);
        } else {
            fmt::print("{} missed {} frame(s) from #{}\n", tap.name, gap.count, gap.first);
        }
    }

    BusTailOptions options_;
    ipc::BusObserver bus_;
    std::vector<Tap> taps_;
    std::vector<ipc::ObservedSession> sessions_;
    std::set<std::pair<std::uint32_t, std::int32_t>> known_;  ///< slot and pid
};

}  // namespace

void bus_tail(const BusTailOptions& options) { Tail(options).run(); }

}  // namespace ringside
