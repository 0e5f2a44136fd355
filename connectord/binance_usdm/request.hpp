#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "connectord/config.hpp"
#include "connectord/venue.hpp"
#include "core/net/secret.hpp"
#include "core/net/signer.hpp"

namespace ringside::connectord::binance_usdm {

/// Parameters of one request, in the order in which they are added.
class Parameters {
  public:
    /// A text, in quotes where the request is JSON; letters, digits and "-_.~" only.
    Parameters& add(std::string_view name, std::string text) {
        list_.push_back({std::string(name), std::move(text), true});
        return *this;
    }
    Parameters& add(std::string_view name, std::int64_t number) {
        list_.push_back({std::string(name), std::to_string(number), false});
        return *this;
    }
    /// "a=1&b=2", as REST wants it.
    std::string query() const;
    /// The same in alphabetical order, as the signature of a WebSocket request wants it.
    std::string sorted_query() const;
    /// {"a":1,"b":"2"}
    std::string json() const;

  private:
    struct One {
        std::string name;
        std::string text;
        bool quoted = false;
    };
    std::vector<One> list_;
};

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
