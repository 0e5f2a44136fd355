#pragma once

#include <functional>
#include <string>

#include "tools/venue_simulator/call.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/rate_limits.hpp"

namespace ringside::venue_simulator {

/// Requests about orders: the same by REST and by WebSocket. Each returns the JSON of its result,
/// or throws Refusal.
class TradingApi {
  public:
    TradingApi(Exchange& exchange, RateLimits& limits) : exchange_(exchange), limits_(limits) {}

    std::string place(const Call& call);
    std::string amend(const Call& call);
    std::string cancel(const Call& call);
    std::string query(const Call& call);

    std::string place_batch(const Call& call);
    std::string amend_batch(const Call& call);
    std::string cancel_batch(const Call& call);
    std::string cancel_all(const Call& call);
    std::string count_down(const Call& call);

    std::string open_orders(const Call& call);
    /// One open order; refused if it is not open any more.
    std::string open_order(const Call& call);
    std::string all_orders(const Call& call);

  private:
    NewOrder read_order(const Call& call) const;
    std::string place_one(const Call& call);
    std::string amend_one(const Call& call);
    VenueOrder* find(const Call& call);
    std::string each(const Call& call, const char* list, std::size_t most,
                     const std::function<std::string(const Call&)>& action);

    std::string answer(const VenueOrder& order) const;
    std::string report(const VenueOrder& order) const;

    Exchange& exchange_;
    RateLimits& limits_;
};

}  // namespace ringside::venue_simulator
