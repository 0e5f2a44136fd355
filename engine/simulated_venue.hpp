#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/read_ahead.hpp"
#include "core/venue_info.hpp"
#include "engine/asset_venue.hpp"
#include "engine/feed_merger.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// What a session may rely on; see SimulatedVenue.
struct SessionProgress {
    std::uint64_t requests_seen = 0;  ///< the rest holds given the session's first so many requests
    Nanos safe_until = 0;  ///< every response heard at or before this time is in the outbox
    Nanos venue_now = 0;   ///< the venue has processed everything up to here; kNever: all there is
    Nanos venue_last = 0;  ///< time of the last thing that it processed for this session
};

/// How far the venue goes beyond what a bot has promised.
enum class Pace : std::uint8_t {
    AheadOfBots,  ///< as far as no request can reach, so that bots rarely wait for it
    WithBot,      ///< exactly as far as the one bot in this process has come. Its promise may be
                  ///< taken back: a compat bot whose clock was turned back finds the venue where
                  ///< HftBacktest's would be
};

/// The venue of a replay, the same behind shared memory and in process. Bots and venue advance by
/// promises, as in conservative parallel simulation: a session that promises "no request of mine
/// will carry a time before T" lets the venue simulate up to T plus the least entry latency, and
/// the venue answers how far the session's responses are complete. Results depend on the data and
/// the requests alone, never on when either side was scheduled.
class SimulatedVenue {
  public:
    SimulatedVenue(const VenueConfig& config, Pace pace, Decoding decoding);

    const VenueInfo& info() const noexcept { return info_; }

    SessionNo open_session();
    void close_session(SessionNo session);

    /// Takes a request; those of a session come in the order of their `seq` from 1.
    void accept(SessionNo session, const OrderRequest& request);
    void promise(SessionNo session, Nanos no_request_before);

    /// Simulates as far as all promises allow, but no further than a second of market time beyond
    /// the feed that was taken, so that the rows between the two cursors stay few.
    void run();

    SessionProgress progress(SessionNo session);
    std::vector<OrderResponse>& outbox(SessionNo session) {
        return sessions_[session]->outbox.responses();
    }
    FeedMerger& feed() noexcept { return feed_; }
    /// An instrument's book before its first event.
    std::span<const Event> snapshot(AssetNo asset_no) const { return snapshots_[asset_no]; }

  private:
    struct Session {
        Outbox outbox;
        std::uint64_t requests_seen = 0;
        Nanos promise = kBeforeAll;
    };

    /// How far the promises let an instrument go.
    Nanos limit(std::size_t asset) const;

    VenueConfig config_;
    const Pace pace_;
    VenueInfo info_;
    std::vector<std::unique_ptr<RecordedMarket>> markets_;
    std::vector<std::unique_ptr<AssetVenue>> assets_;
    std::vector<std::unique_ptr<Session>> sessions_;  ///< empty where a session has left
    std::vector<Nanos> least_entry_;                  ///< by asset
    std::vector<Nanos> processed_;                    ///< by asset: everything up to here is done
    FeedMerger feed_;
    std::vector<std::vector<Event>> snapshots_;  ///< by asset
};

}  // namespace ringside::engine
