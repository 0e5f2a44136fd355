#pragma once

#include <string>

#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/listen_keys.hpp"
#include "tools/venue_simulator/streams.hpp"

namespace ringside::venue_simulator {

/// User data streams: what happens to an account's orders, wallet and positions.
class UserFeed {
  public:
    UserFeed(Exchange& exchange, Streams& streams, ListenKeys& keys)
        : exchange_(exchange), streams_(streams), keys_(keys) {}

    void on_order(const VenueOrder& order, Execution execution, const VenueFill* fill);
    void on_account(AccountNo account, AssetNo asset, std::int64_t time_ms);
    void on_expired_key(const std::string& key);

  private:
    void send(AccountNo account, const char* event, const std::string& text);

    Exchange& exchange_;
    Streams& streams_;
    ListenKeys& keys_;
};

}  // namespace ringside::venue_simulator
