#pragma once

#include <cstdint>
#include <string>

#include "core/time.hpp"

namespace ringside::net {

enum class NetFault : std::uint8_t {
    None = 0,
    Resolve,      ///< the host name has no address
    Connect,      ///< nobody listens, or no route
    Certificate,  ///< the peer could not prove that it is the host
    Tls,
    Timeout,
    DeadPeer,  ///< silent, and did not answer a ping
    Declined,  ///< the upgrade to WebSocket was answered by another HTTP status
    Closed,    ///< by the peer, or the connection broke
    Protocol,  ///< not HTTP, not WebSocket
    TooLarge,
    Stopped,  ///< by ourselves
};

const char* name_of(NetFault fault) noexcept;

/// Why a connection or a request came to nothing. `words` name host and port, never a path, query
/// or header: those may carry keys and signatures.
struct NetError {
    NetFault fault = NetFault::None;
    std::string words{};
    int status = 0;         ///< HTTP status; Declined only
    Nanos retry_after = 0;  ///< what the peer asked for; Declined only
};

}  // namespace ringside::net
