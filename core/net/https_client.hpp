#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/net/event_loop.hpp"
#include "core/net/net_error.hpp"
#include "core/net/tls_context.hpp"
#include "core/net/url.hpp"
#include "core/time.hpp"
#include "core/wall_clock.hpp"

namespace ringside::net {

struct HttpsOptions {
    Nanos request_timeout = 10 * kSecond;  ///< from its turn to the last byte of the answer
    Nanos idle_limit = 30 * kSecond;       ///< an unused connection is not trusted for longer
    std::size_t body_bytes_max = std::size_t{64} << 20;
    std::size_t waiting_max = 256;         ///< requests that wait for their turn
    Nanos (*clock)() noexcept = wall_now;  ///< of receive times
};

using HttpFields = std::vector<std::pair<std::string, std::string>>;

struct HttpRequest {
    std::string method = "GET";
    std::string target;  ///< path and query
    HttpFields fields{};
    std::string body{};
};

struct HttpReply {
    int status = 0;
    HttpFields fields{};
    std::string body{};
    Nanos received_ts = 0;  ///< the clock's, when the last byte had been read

    /// Value of a field, whatever the case of its name; empty if there is none.
    std::string_view field(std::string_view name) const noexcept;
    /// What the field Retry-After says, 0 if nothing.
    Nanos retry_after() const noexcept;
};

/// A reply of whatever status, or why there is none.
struct HttpOutcome {
    std::optional<HttpReply> reply{};
    NetError error{};
    /// Without a reply: whether the peer may have got the request, and acted on it.
    bool may_have_arrived = false;
};

/// Sends requests to one host, one after the other over a connection that is kept. Nothing is ever
/// sent twice: only who asked can know whether that would do harm.
class HttpsClient {
  public:
    using Done = std::function<void(HttpOutcome)>;

    /// `base` gives scheme, host and port; requests bring their own target.
    HttpsClient(EventLoop& loop, const TlsContext& tls, const Url& base,
                const HttpsOptions& options = {});
    HttpsClient(const HttpsClient&) = delete;
    HttpsClient& operator=(const HttpsClient&) = delete;
    /// Drops the connection; no handler is called from then on.
    ~HttpsClient();

    /// Calls `done` once, from the loop. False if too many requests wait already.
    bool request(HttpRequest request, Done done);

  private:
    struct Session;
    std::shared_ptr<Session> session_;
};

}  // namespace ringside::net
