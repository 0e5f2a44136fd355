#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include "core/net/handover.hpp"
#include "core/net/web_socket_keeper.hpp"

namespace ringside::net {

/// A connection and its successors, as the streams on them see them.
class StreamLine {
  public:
    void open(EventLoop& loop, const TlsContext& tls, const Url& url, const KeeperOptions& options,
              WebSocketKeeper::Handlers handlers) {
        keeper_ = std::make_unique<WebSocketKeeper>(loop, tls, url, options, std::move(handlers));
    }
    bool is_up() const noexcept { return keeper_->is_up(); }

    /// Notes a connection that is up; whether it stands beside its predecessor.
    bool came_up(std::uint64_t connection) noexcept {
        const bool is_renewal = keeper_->is_renewing();
        if (!is_renewal) shared_from_ = connection;
        newest_ = connection;
        return is_renewal;
    }
    bool was_up(std::uint64_t connection) const noexcept { return connection <= newest_; }
    /// Whether a stream takes this message of a connection.
    bool admits(Handover& handover, std::uint64_t connection, std::int64_t id) const {
        const std::uint64_t owner = handover.owner();
        return handover.admits(connection, id, keeper_->is_open(owner), owner >= shared_from_);
    }

  private:
    std::unique_ptr<WebSocketKeeper> keeper_;
    std::uint64_t newest_ = 0;       ///< connection
    std::uint64_t shared_from_ = 0;  ///< connections from this one on overlap, up to the newest
};

}  // namespace ringside::net
