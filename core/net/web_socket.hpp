#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/net/event_loop.hpp"
#include "core/net/net_error.hpp"
#include "core/net/tls_context.hpp"
#include "core/net/url.hpp"
#include "core/time.hpp"
#include "core/wall_clock.hpp"

namespace ringside::net {

struct WebSocketOptions {
    Nanos connect_timeout = 10 * kSecond;  ///< name, connection, TLS and upgrade together
    /// After half of it without a byte from the peer it is pinged; after all of it, it is dead.
    Nanos silence_limit = 30 * kSecond;
    Nanos close_timeout = 2 * kSecond;
    std::size_t message_bytes_max = std::size_t{16} << 20;
    std::size_t queued_bytes_max = std::size_t{1} << 20;  ///< written, not yet taken by the socket
    Nanos (*clock)() noexcept = wall_now;                 ///< of receive times
};

/// One WebSocket connection over TLS: it opens once, and once down it stays down. All handlers run
/// on the loop's thread; any of them may destroy the object.
class WebSocket {
  public:
    /// Bytes that may be read, not interpreted, behind the end of a message.
    static constexpr std::size_t kPadding = 64;

    struct Handlers {
        std::function<void()> on_open;
        /// The text is valid until the handler returns; the time is the clock's when the
        /// message had been read off the socket.
        std::function<void(std::string_view, Nanos)> on_message;
        /// The last call, whether it had been open or not.
        std::function<void(const NetError&)> on_down;
    };

    WebSocket(EventLoop& loop, const TlsContext& tls, const Url& url,
              const WebSocketOptions& options, Handlers handlers);
    WebSocket(const WebSocket&) = delete;
    WebSocket& operator=(const WebSocket&) = delete;
    /// Drops the connection; no handler is called from then on.
    ~WebSocket();

    bool is_open() const noexcept;
    /// Sends one text message. False if it is not open, or too much waits to be written: the
    /// message is not sent then, and never will be.
    bool send(std::string text);
    /// Takes leave of the peer; on_down follows.
    void close();

  private:
    struct Connection;
    std::shared_ptr<Connection> connection_;
};

}  // namespace ringside::net
