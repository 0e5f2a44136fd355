#pragma once

#include <memory>
#include <span>

#include "core/order.hpp"
#include "engine/event_stream.hpp"
#include "engine/outbox.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// Index of a session inside a simulated venue.
using SessionNo = std::uint32_t;

/// One instrument at the simulated venue: the exchange's book, rebuilt once, and every bot's own
/// orders beside it.
class AssetVenue {
  public:
    virtual ~AssetVenue() = default;

    virtual void open_lane(SessionNo session, Outbox& outbox) = 0;
    virtual void close_lane(SessionNo session) = 0;
    virtual void accept(SessionNo session, const OrderRequest& request) = 0;

    /// Processes rows and arriving requests up to and including `limit`, in time order; rows come
    /// before requests of the same time.
    virtual void run(Nanos limit) = 0;
    /// Before it does anything else, the bot hears all responses up to `until`.
    virtual void on_heard(Nanos until) = 0;

    /// No response to this session that stems from requests accepted so far will be heard at or
    /// before the returned time, those already in the outbox excepted.
    virtual Nanos quiet_until(SessionNo session) = 0;
    /// Nothing is heard sooner than this after it happened.
    virtual Nanos least_response() const = 0;
    /// Whether a bot may be told of a failure, which ends its simulation.
    virtual bool may_fail() const = 0;
    /// Whether nothing can happen to this session any more unless it sends a request.
    virtual bool exhausted(SessionNo session) = 0;
    /// Time of the last row or request of this session that was processed.
    virtual Nanos last_event(SessionNo session) const = 0;
    /// Rows that contradicted the book and were left out.
    virtual std::uint64_t skipped_rows() const = 0;

    static std::unique_ptr<AssetVenue> make(const AssetConfig& config, const Rules& rules,
                                            const LatencyModel& latency, AssetNo asset_no,
                                            std::span<const Event> snapshot,
                                            RecordedMarket& market);
};

}  // namespace ringside::engine
