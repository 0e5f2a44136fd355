#pragma once

#include <functional>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>

#include "core/net/net_error.hpp"
#include "core/net/tls_stream.hpp"
#include "core/net/url.hpp"

namespace ringside::net {

/// Finds a host, connects and shakes hands. Whoever dials keeps the deadline: the end of the object
/// gives up, and nothing is called from then on.
class Dial {
  public:
    /// The stream, or null and why not.
    using Done = std::function<void(std::unique_ptr<TlsStream>, const NetError&)>;

    Dial(boost::asio::io_context& io, boost::asio::ssl::context& tls, const Url& url, Done done);
    Dial(const Dial&) = delete;
    Dial& operator=(const Dial&) = delete;
    ~Dial();

  private:
    struct Attempt;
    std::shared_ptr<Attempt> attempt_;
};

/// What a failed read or write on an open connection means.
NetError broken(const std::string& place, const boost::system::error_code& error);

}  // namespace ringside::net
