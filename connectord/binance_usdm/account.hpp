#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "connectord/binance_usdm/private_parse.hpp"
#include "connectord/binance_usdm/request.hpp"
#include "connectord/venue.hpp"
#include "core/net/backoff.hpp"
#include "core/net/https_client.hpp"
#include "core/net/web_socket_keeper.hpp"

namespace ringside::connectord::binance_usdm {

/// The venue's clock, as far as we know it.
struct VenueClock {
    Nanos venue_minus_local = 0;
    std::int64_t millis() const noexcept;
};

/// REST requests of one account over one connection, in the order of the calls.
class RestApi {
  public:
    enum class Security : std::uint8_t { Public, Key, Signed };
    /// Without a status nothing was heard; `may_have_arrived` then says whether the venue may have
    /// acted.
    struct Reply {
        int status = 0;
        bool may_have_arrived = false;
        std::string_view body{};
        std::string_view words{};  ///< why there is no reply
        Nanos received_ts = 0;
        bool good() const noexcept { return status == 200; }
    };
    using Done = std::function<void(const Reply&)>;
    struct Limits {
        std::function<void(std::size_t limit, std::uint32_t used)> used;
        std::function<void(Nanos retry_after)> limited;
    };

    /// `credentials` may be null if nothing but public requests is made.
    RestApi(net::EventLoop& loop, const net::TlsContext& tls, const NetworkConfig& network,
            const Credentials* credentials, const VenueClock& clock, Nanos request_window,
            Limits limits);
    /// False: nothing was sent, and `done` is not called.
    bool call(const char* method, const char* path, Parameters parameters, Security security,
              Done done);

  private:
    void read_headers(const net::HttpReply& reply) const;

    net::HttpsClient client_;
    const Credentials* credentials_;
    const VenueClock& clock_;
    Nanos request_window_;
    Limits limits_;
};

/// The private stream, and the listen key that it hangs on: fetched, kept alive, fetched anew when
/// it has expired.
class PrivateStream {
  public:
    struct Handlers {
        std::function<void(std::string_view text)> message;
        std::function<void(bool up)> changed;
        /// The venue refuses the key for good.
        std::function<void(const std::string& why)> refused;
    };
    PrivateStream(net::EventLoop& loop, const net::TlsContext& tls, const NetworkConfig& network,
                  RestApi& rest, PrivateParser& parser, std::uint64_t seed, Handlers handlers);
    PrivateStream(const PrivateStream&) = delete;
    PrivateStream& operator=(const PrivateStream&) = delete;
    /// Not from one of the handlers.
    ~PrivateStream();

    /// The venue said that the key has expired: a new connection with a new one.
    void renew_key();
    std::uint64_t losses() const noexcept { return losses_; }

  private:
    void ask_for_key();
    void take_key(const RestApi::Reply& reply);
    void connect(const std::string& key);
    void keep_alive();
    void went_down(const net::NetError& error, std::uint64_t connection);
    void set_up(bool up);

    net::EventLoop& loop_;
    const net::TlsContext& tls_;
    const NetworkConfig& network_;
    RestApi& rest_;
    PrivateParser& parser_;
    Handlers handlers_;
    net::Backoff backoff_;
    net::Timer key_timer_;
    net::Timer alive_timer_;
    std::uint64_t seed_;
    std::string key_;
    std::unique_ptr<net::WebSocketKeeper> keeper_;
    bool up_ = false;
    bool asking_ = false;
    std::uint64_t losses_ = 0;
    std::shared_ptr<bool> alive_;  ///< false for answers that come after the end
};

}  // namespace ringside::connectord::binance_usdm
