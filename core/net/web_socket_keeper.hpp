#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/net/backoff.hpp"
#include "core/net/web_socket.hpp"

namespace ringside::net {

struct KeeperOptions {
    WebSocketOptions socket{};
    Backoff::Options backoff{};
    /// A venue that cuts every connection after a day must find the next one open before it does.
    Nanos renew_after = 23 * 3600 * kSecond;
    /// How long the old connection stays beside the new one.
    Nanos overlap = 5 * kSecond;
    std::uint64_t seed = 1;  ///< of the back-off's jitter

    KeeperOptions with_seed(std::uint64_t other) const noexcept {
        KeeperOptions options = *this;
        options.seed = other;
        return options;
    }
};

/// Keeps a WebSocket connection up: opens it again whenever it is lost, after a growing wait, and
/// replaces it in time by a new one. Connections are numbered from 1; while an old and a new one
/// overlap, the same message may come from both.
class WebSocketKeeper {
  public:
    struct Handlers {
        std::function<void(std::uint64_t connection)> on_up;
        std::function<void(std::uint64_t connection, std::string_view, Nanos)> on_message;
        /// An open connection went, or an attempt failed. `wait`: until the next attempt; 0 while
        /// another connection is up.
        std::function<void(std::uint64_t connection, const NetError&, Nanos wait)> on_down;
    };

    WebSocketKeeper(EventLoop& loop, const TlsContext& tls, const Url& url,
                    const KeeperOptions& options, Handlers handlers);
    WebSocketKeeper(const WebSocketKeeper&) = delete;
    WebSocketKeeper& operator=(const WebSocketKeeper&) = delete;
    /// Drops all connections; no handler is called from then on. Not from a handler of its own.
    ~WebSocketKeeper();

    bool is_up() const noexcept;
    /// Whether more can come from this connection.
    bool is_open(std::uint64_t connection) const noexcept;
    /// An old connection is still open beside the new one.
    bool is_renewing() const noexcept { return old_ != nullptr; }
    /// By the newest open connection; see WebSocket::send().
    bool send(std::string text);
    /// Begins a renewal now, for a venue that announced its leaving.
    void renew();

  private:
    struct Link;
    void begin_attempt();
    void schedule_attempt(Nanos wait);
    void opened(const std::shared_ptr<Link>& link);
    void lost(const std::shared_ptr<Link>& link, const NetError& error);
    void retire_old();
    Nanos next_wait(const NetError& error);

    EventLoop& loop_;
    const TlsContext& tls_;
    Url url_;
    KeeperOptions options_;
    Handlers handlers_;
    Backoff backoff_;
    Timer attempt_timer_;
    Timer renew_timer_;
    Timer overlap_timer_;
    std::uint64_t connections_ = 0;
    std::shared_ptr<Link> current_;  ///< open, or null
    std::shared_ptr<Link> old_;      ///< open and about to be left, or null
    std::shared_ptr<Link> next_;     ///< being opened, or null
};

}  // namespace ringside::net
