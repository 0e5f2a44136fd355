#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/simulated_venue.hpp"
#include "ipc/bus_service.hpp"
#include "ipc/codec.hpp"
#include "ipc/waiter.hpp"

namespace ringside::engine {

struct ReplayOptions {
    std::string bus;
    unsigned bots = 1;    ///< begins when so many are attached; later ones are refused
    std::string group{};  ///< whose members may use the bus; empty: only its user may
};

/// What became of a replay.
struct ReplayOutcome {
    std::uint64_t events = 0;    ///< market events streamed
    unsigned bots_finished = 0;  ///< left by themselves
    unsigned bots_lost = 0;      ///< died
    bool interrupted = false;    ///< stop() was called
};

/// Serves recorded data as a venue on a bus: streams the feed as far as the ring holds, takes
/// requests, simulates as far as the bots' promises allow, sends responses.
class ReplayServer {
  public:
    ReplayServer(const VenueConfig& config, const ReplayOptions& options);

    /// Serves until every bot has left.
    ReplayOutcome run();
    /// Ends run() soon; callable from a signal handler.
    void stop() noexcept { stopping_.store(true, std::memory_order_relaxed); }

  private:
    struct Desk {
        ipc::ServiceSession* session;
        SessionNo number;
        std::uint64_t requests = 0;
        Nanos promise = kBeforeAll;  ///< as the venue knows it
        ipc::VenueProgress published;
        bool evicted = false;  ///< leaves desks_ at the end of the turn
    };

    void idle();
    std::string refusal() const;
    void gather();
    void look_at_sessions();
    void attach(const ipc::SessionEvent& event);
    void leave(ipc::ServiceSession& session, bool died);
    void evict(Desk& desk, const std::string& why);
    bool take_requests(Desk& desk);
    bool send_responses(Desk& desk);
    void send_snapshots();
    bool open_frame();
    bool stream_feed();

    ReplayOptions options_;
    SimulatedVenue venue_;
    ipc::BusService service_;
    std::vector<Desk> desks_;
    ipc::Waiter wait_;
    bool feed_ended_ = false;
    /// Something has come since the venue last ran that may let it go further, or answers are left
    /// that did not fit a ring.
    bool news_ = true;
    ipc::MarketDataBuilder frame_;  ///< claimed, and being filled, while frame_open_
    bool frame_open_ = false;
    FeedRun run_;  ///< rows taken from the feed that did not fit the last frame
    ReplayOutcome outcome_;
    std::atomic<bool> stopping_{false};
};

}  // namespace ringside::engine
