#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "core/net/authority.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/https_client.hpp"
#include "core/time.hpp"

namespace ringside::net {

/// What a client asks; an upgrade to WebSocket begins with one, too.
struct ServerRequest {
    std::uint64_t connection = 0;  ///< counts from 1
    std::string method;
    std::string target;
    HttpFields fields{};
    std::string body{};

    /// Value of a field, whatever the case of its name; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
};

/// How a server answers, well or badly.
struct ServerAnswer {
    int status = 200;
    std::string body{};
    HttpFields fields{};
    Nanos delay = 0;
    bool withheld = false;  ///< never sent; the connection stays
    bool cut_off = false;   ///< the connection goes instead
    bool last = false;      ///< the connection goes behind it
};

/// What a server does with new connections.
enum class Greeting : std::uint8_t {
    Proper,
    NoTls,      ///< accepts, and says nothing
    NoUpgrade,  ///< TLS, and then nothing where an upgrade is asked for
};

struct ServerOptions {
    std::uint16_t port = 0;  ///< 0: any free one
    /// A client that reads no faster than this builds up is cut.
    std::size_t queued_bytes_max = std::size_t{64} << 20;
};

/// HTTPS and WebSocket on one port of 127.0.0.1, for venues that are made up. What it does wrong,
/// it does on request. All calls come from the loop's thread; handlers may call anything but the
/// end.
class TlsServer {
  public:
    struct Handlers {
        std::function<ServerAnswer(const ServerRequest&)> on_request;
        /// Status other than 101 declines the upgrade; without it all are accepted.
        std::function<ServerAnswer(const ServerRequest&)> on_upgrade{};
        /// A WebSocket is open. Its number is that of the connection.
        std::function<void(std::uint64_t client, const std::string& target)> on_open{};
        std::function<void(std::uint64_t client, std::string_view text)> on_message{};
        /// A connection of either kind has ended.
        std::function<void(std::uint64_t connection)> on_gone{};
    };
    using Text = std::shared_ptr<const std::string>;

    /// Throws Error (Io) if the port is in use.
    TlsServer(EventLoop& loop, const Certificate& certificate, Handlers handlers,
              const ServerOptions& options = {});
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    /// Cuts all connections; no handler is called from then on.
    ~TlsServer();

    std::uint16_t port() const noexcept;
    std::uint64_t accepted() const noexcept;  ///< TCP connections so far
    std::uint64_t pings() const noexcept;     ///< of clients, answered

    void greet(Greeting greeting);
    /// For connections from now on.
    void use(const Certificate& certificate);

    // To one WebSocket client; those that are gone are passed over.
    void send(std::uint64_t client, Text text);
    void send(std::uint64_t client, std::string text) {
        send(client, std::make_shared<const std::string>(std::move(text)));
    }
    void ping(std::uint64_t client);
    /// Takes leave as WebSocket demands.
    void close(std::uint64_t client);

    // To any connection.
    /// Cuts it without a word.
    void cut(std::uint64_t connection);
    /// No byte is read from it, or written to it, from now on; no ping is answered.
    void fall_silent(std::uint64_t connection);
    void cut_all();
    /// New connections included.
    void fall_silent();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ringside::net
