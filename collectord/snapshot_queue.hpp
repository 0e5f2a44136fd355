#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "collectord/config.hpp"
#include "collectord/venue.hpp"
#include "core/net/backoff.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/https_client.hpp"

namespace ringside::collectord {

/// Fetches snapshots of books, one at a time, no faster than the venue allows, until each is good.
class SnapshotQueue {
  public:
    /// Takes a snapshot; false if it is of no use and another one is needed.
    using Accept =
        std::function<bool(std::size_t symbol, const std::string& text, Nanos received_ts)>;

    SnapshotQueue(net::EventLoop& loop, const net::TlsContext& tls, const CollectorConfig& config,
                  const Venue& venue, std::uint64_t seed, Accept accept);

    /// A symbol that waits already keeps its place.
    void want(std::size_t symbol);
    std::uint64_t taken() const noexcept { return taken_; }
    std::uint64_t failed() const noexcept { return failed_; }

  private:
    void ask_next();
    void hear(const net::HttpOutcome& outcome);
    void pause(Nanos wait);
    std::string what_failed(const net::HttpOutcome& outcome) const;

    const CollectorConfig& config_;
    const Venue& venue_;
    Accept accept_;
    net::HttpsClient client_;
    net::Timer timer_;
    net::Backoff backoff_;
    std::deque<std::size_t> waiting_;  ///< the first one is being asked for
    bool is_busy_ = false;             ///< a request or a pause is under way
    std::uint64_t taken_ = 0;
    std::uint64_t failed_ = 0;
};

}  // namespace ringside::collectord
