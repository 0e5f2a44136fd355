#include "core/net/net_error.hpp"

namespace ringside::net {

const char* name_of(NetFault fault) noexcept {
    switch (fault) {
        case NetFault::None:
            return "none";
        case NetFault::Resolve:
            return "resolve";
        case NetFault::Connect:
            return "connect";
        case NetFault::Certificate:
            return "certificate";
        case NetFault::Tls:
            return "tls";
        case NetFault::Timeout:
            return "timeout";
        case NetFault::DeadPeer:
            return "dead peer";
        case NetFault::Declined:
            return "declined";
        case NetFault::Closed:
            return "closed";
        case NetFault::Protocol:
            return "protocol";
        case NetFault::TooLarge:
            return "too large";
        case NetFault::Stopped:
            return "stopped";
    }
    return "unknown";
}

}  // namespace ringside::net
