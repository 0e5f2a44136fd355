#include "connectord/binance_usdm/account.hpp"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "connectord/binance_usdm/venue.hpp"
#include "core/log.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

/// A listen key lives for an hour.
constexpr Nanos kKeepAliveEvery = 30 * 60 * kSecond;

}  // namespace

std::int64_t VenueClock::millis() const noexcept {
    return (steady_now() + venue_minus_local) / kMillisecond;
}

RestApi::RestApi(net::EventLoop& loop, const net::TlsContext& tls, const NetworkConfig& network,
                 const Credentials* credentials, const VenueClock& clock, Nanos request_window,
                 Limits limits)
    : client_(loop, tls, net::Url::parse(network.rest_url),
              {.request_timeout = network.request_timeout, .clock = steady_now}),
      credentials_(credentials),
      clock_(clock),
      request_window_(request_window),
      limits_(std::move(limits)) {}

bool RestApi::call(const char* method, const char* path, Parameters parameters, Security security,
                   Done done) {
    net::HttpRequest request{.method = method, .target = path};
    std::string query;
    if (security == Security::Signed) {
        parameters.add("recvWindow", request_window_ / kMillisecond);
        parameters.add("timestamp", clock_.millis());
        query = credentials_->sign_query(parameters.query());
    } else {
        query = parameters.query();
    }
    if (!query.empty()) request.target += "?" + query;
    if (security != Security::Public) {
        request.fields.emplace_back("X-MBX-APIKEY", std::string(credentials_->key()));
    }
    return client_.request(
        std::move(request), [this, done = std::move(done)](const net::HttpOutcome& outcome) {
            if (!outcome.reply) {
                done({.may_have_arrived = outcome.may_have_arrived, .words = outcome.error.words});
                return;
            }
            read_headers(*outcome.reply);
            done({.status = outcome.reply->status,
                  .may_have_arrived = true,
                  .body = outcome.reply->body,
                  .received_ts = outcome.reply->received_ts});
        });
}

void RestApi::read_headers(const net::HttpReply& reply) const {
    const auto read = [&](const char* field, std::size_t limit) {
        const std::string_view text = reply.field(field);
        std::uint32_t used = 0;
        const auto result = std::from_chars(text.data(), text.data() + text.size(), used);
        if (!text.empty() && result.ec == std::errc()) limits_.used(limit, used);
    };
    read("X-MBX-USED-WEIGHT-1M", kWeightPerMinute);
    read("X-MBX-ORDER-COUNT-10S", kOrdersPer10s);
    read("X-MBX-ORDER-COUNT-1M", kOrdersPerMinute);
    if (reply.status == 429 || reply.status == 418) limits_.limited(reply.retry_after());
}

PrivateStream::PrivateStream(net::EventLoop& loop, const net::TlsContext& tls,
                             const NetworkConfig& network, RestApi& rest, PrivateParser& parser,
                             std::uint64_t seed, Handlers handlers)
    : loop_(loop),
      tls_(tls),
      network_(network),
      rest_(rest),
      parser_(parser),
      handlers_(std::move(handlers)),
      backoff_(network.keeper.backoff, seed),
      key_timer_(loop),
      alive_timer_(loop),
      seed_(seed),
      alive_(std::make_shared<bool>(true)) {
    ask_for_key();
}

PrivateStream::~PrivateStream() { *alive_ = false; }

void PrivateStream::renew_key() {
    if (asking_) return;
    key_.clear();
    ask_for_key();
}

void PrivateStream::ask_for_key() {
    asking_ = true;
    const auto done = [this, alive = alive_](const RestApi::Reply& reply) {
        if (*alive) take_key(reply);
    };
    if (!rest_.call("POST", "/fapi/v1/listenKey", {}, RestApi::Security::Key, done)) {
        key_timer_.after(backoff_.next(), [this] { ask_for_key(); });
    }
}

void PrivateStream::take_key(const RestApi::Reply& reply) {
    std::string key;
    if (reply.good() && parser_.read_text(reply.body, "listenKey", key) && !key.empty()) {
        asking_ = false;
        backoff_.reset();
        if (key != key_ || !keeper_) connect(key);
        keep_alive();
        return;
    }
    std::int64_t code = 0;
    std::string words(reply.words);
    if (reply.status != 0) {
        parser_.read_error(reply.body, code, words);
        if (verdict(reply.status, code).refusal == Refusal::Auth) {
            handlers_.refused(
                fmt::format("the venue refuses the account's key: {} ({})", words, code));
        }
    }
    const Nanos wait = backoff_.next();
    log_warning("private stream: no listen key: HTTP {} {}; next request in {} ms", reply.status,
                words, wait / kMillisecond);
    key_timer_.after(wait, [this] { ask_for_key(); });
}

void PrivateStream::connect(const std::string& key) {
    keeper_.reset();
    set_up(false);
    key_ = key;
    keeper_ = std::make_unique<net::WebSocketKeeper>(
        loop_, tls_, net::Url::parse(fmt::format("{}/private/ws/{}", network_.stream_url, key)),
        network_.keeper.with_seed(++seed_),
        net::WebSocketKeeper::Handlers{
            .on_up = [this](std::uint64_t /*connection*/) { set_up(true); },
            .on_message = [this](std::uint64_t /*connection*/, std::string_view text,
                                 Nanos /*ts*/) { handlers_.message(text); },
            .on_down = [this](std::uint64_t connection, const net::NetError& error,
                              Nanos /*wait*/) { went_down(error, connection); }});
}

void PrivateStream::went_down(const net::NetError& error, std::uint64_t connection) {
    log_warning("private stream: connection {}: {} ({})", connection, error.words,
                net::name_of(error.fault));
    if (keeper_->is_up()) return;
    if (up_) ++losses_;
    set_up(false);
    // The key may have been the reason. This is a handler of the keeper's, which must not go in it.
    if (!asking_) {
        asking_ = true;
        key_timer_.after(0, [this] { ask_for_key(); });
    }
}

void PrivateStream::set_up(bool up) {
    if (up == up_) return;
    up_ = up;
    log_info("private stream: {}", up ? "up" : "down");
    handlers_.changed(up);
}

void PrivateStream::keep_alive() {
    alive_timer_.after(kKeepAliveEvery, [this] {
        const auto done = [this, alive = alive_](const RestApi::Reply& reply) {
            if (!*alive) return;
            // A key that is gone cannot be extended; POST gives the present one or a new one.
            if (!reply.good()) renew_key();
            keep_alive();
        };
        if (!rest_.call("PUT", "/fapi/v1/listenKey", {}, RestApi::Security::Key, done)) {
            keep_alive();
        }
    });
}

}  // namespace ringside::connectord::binance_usdm
