#pragma once

#include "tools/venue_simulator/access.hpp"
#include "tools/venue_simulator/account_api.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/fault.hpp"
#include "tools/venue_simulator/listen_keys.hpp"
#include "tools/venue_simulator/market_api.hpp"
#include "tools/venue_simulator/rate_limits.hpp"
#include "tools/venue_simulator/trading_api.hpp"

namespace ringside::venue_simulator {

/// What both wires, REST and WebSocket, serve.
struct VenueApi {
    Exchange& exchange;
    Access& access;
    RateLimits& limits;
    ListenKeys& listen_keys;
    Faults& faults;
    MarketApi& market;
    TradingApi& trading;
    AccountApi& account;
};

}  // namespace ringside::venue_simulator
