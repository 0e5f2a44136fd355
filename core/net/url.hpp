#pragma once

#include <string>
#include <string_view>

namespace ringside::net {

/// An https or wss address; there is no way to write one without TLS.
struct Url {
    std::string scheme;  ///< "https" or "wss"
    std::string host;    ///< name or address, without the brackets of IPv6
    std::string port;    ///< in digits, "443" if not given
    std::string target;  ///< path and query, "/" at least

    /// Throws Error (Usage) saying what is wrong with it.
    static Url parse(std::string_view text);
    std::string place() const;      ///< "host:port", for messages
    std::string authority() const;  ///< for the Host field: without the port if it is 443
};

/// Percent-encodes everything but letters, digits and "-_.~".
std::string percent_encode(std::string_view text);

}  // namespace ringside::net
