#pragma once

#include <string>

#include "tools/venue_simulator/call.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/rate_limits.hpp"

namespace ringside::venue_simulator {

/// Requests about accounts: the same by REST and by WebSocket. Each returns the JSON of its result,
/// or throws Refusal.
class AccountApi {
  public:
    AccountApi(Exchange& exchange, RateLimits& limits) : exchange_(exchange), limits_(limits) {}

    /// Version 3 leaves out positions without size.
    std::string account(const Call& call, int version);
    std::string balance(const Call& call);
    std::string positions(const Call& call, int version);
    std::string user_trades(const Call& call);

    std::string set_leverage(const Call& call);
    std::string set_margin_type(const Call& call);
    std::string set_position_mode(const Call& call);
    std::string leverage_brackets(const Call& call);
    std::string commission_rate(const Call& call);
    std::string account_config(const Call& call);
    std::string symbol_config(const Call& call);
    std::string order_limits(const Call& call);

  private:
    std::string asset_text(AccountNo account);
    std::string position_text(AccountNo account, AssetNo asset);

    Exchange& exchange_;
    RateLimits& limits_;
};

}  // namespace ringside::venue_simulator
