#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/container/static_vector.hpp>

#include "connectord/config.hpp"
#include "connectord/venue.hpp"
#include "core/net/secret.hpp"
#include "core/net/signer.hpp"

namespace ringside::connectord::binance_usdm {

/// Parameters of one request, in the order in which they are added.
class Parameters {
  public:
    Parameters() { text_.reserve(512); }
    /// A text, in quotes where the request is JSON; letters, digits and "-_.~" only.
    Parameters& add(std::string_view name, std::string_view text) { return add(name, text, true); }
    Parameters& add(std::string_view name, std::int64_t number);
    /// "a=1&b=2", as REST wants it.
    std::string query() const;
    /// The same in alphabetical order, as the signature of a WebSocket request wants it.
    std::string sorted_query() const;
    /// Adds {"a":1,"b":"2"} to the text.
    void append_json(std::string& to) const;

  private:
    struct One {
        std::uint32_t begin = 0;  ///< of the name in text_; the value comes after it
        std::uint32_t middle = 0;
        std::uint32_t end = 0;
        bool quoted = false;
    };
    using List = boost::container::static_vector<One, 16>;  // no request has so many

    Parameters& add(std::string_view name, std::string_view text, bool quoted);
    std::string_view name(const One& one) const noexcept {
        return {text_.data() + one.begin, one.middle - one.begin};
    }
    std::string_view value(const One& one) const noexcept {
        return {text_.data() + one.middle, one.end - one.middle};
    }
    std::string query_of(const List& list) const;

    std::string text_;
    List list_;
};

/// A request of the WebSocket API.
std::string ws_request(std::uint64_t id, std::string_view method, const Parameters& parameters);

/// The account's key and what signs with its secret. The secret is read once, at the start.
class Credentials {
  public:
    /// Throws Error (Usage) if a key is not there, or readable by others.
    explicit Credentials(const TradingConfig& config);

    std::string_view key() const noexcept { return key_.reveal(); }
    /// "query&signature=...".
    std::string sign_query(std::string query) const;
    /// Adds key and signature to the parameters of a WebSocket request.
    void sign(Parameters& parameters) const;
    /// Whether the venue takes one signature for a whole WebSocket session.
    bool can_log_on() const noexcept { return kind_ == KeyKind::Ed25519; }

  private:
    KeyKind kind_;
    net::Secret key_;
    std::unique_ptr<net::Signer> signer_;
};

/// What an action is called on the wire.
struct WireAction {
    const char* ws_method = nullptr;  ///< null: REST only
    const char* http_method = nullptr;
    const char* path = nullptr;
    Parameters parameters;
};
WireAction wire_action(const Action& action, const VenueInstrument& instrument,
                       const ClientOrderIds& ids);

}  // namespace ringside::connectord::binance_usdm
