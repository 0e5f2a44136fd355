#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "core/net/tls_server.hpp"
#include "tools/venue_simulator/fault.hpp"

namespace ringside::venue_simulator {

/// What a message tells; faults go by it.
enum class MessageKind : std::uint8_t { Depth, Market, User, Answer };

/// The last stage before the wire of a WebSocket: where messages get lost, doubled, delayed,
/// damaged.
class Delivery {
  public:
    using Text = net::TlsServer::Text;

    Delivery(net::TlsServer& server, Faults& faults) : server_(server), faults_(faults) {}

    void send(std::uint64_t client, MessageKind kind, Text text);
    void send(std::uint64_t client, MessageKind kind, std::string text) {
        send(client, kind, std::make_shared<const std::string>(std::move(text)));
    }
    void forget(std::uint64_t client) { held_.erase(client); }
    /// Sends what has waited too long for a next message.
    void release(Nanos wall);
    std::uint64_t sent() const noexcept { return sent_; }

  private:
    void pass_on(std::uint64_t client, Text text);
    void send_faulty(std::uint64_t client, MessageKind kind, FaultTarget target, Text text);
    std::string damage(std::string text);

    /// A message that waits for the next one to go first.
    struct Held {
        Text text;
        Nanos since = 0;  ///< wall time; 0: not seen by release() yet
    };

    net::TlsServer& server_;
    Faults& faults_;
    std::map<std::uint64_t, Held> held_;  ///< by client
    std::uint64_t sent_ = 0;
    std::uint64_t damages_ = 0;
};

}  // namespace ringside::venue_simulator
