#pragma once

#include <string>

#include "tools/venue_simulator/filters.hpp"
#include "tools/venue_simulator/market.hpp"

namespace ringside::venue_simulator {

/// When something happened, and when the venue tells it; milliseconds since the epoch.
struct EventTimes {
    std::int64_t happened_ms = 0;
    std::int64_t told_ms = 0;
};

/// Trades of one price, side and time, told as one.
struct AggregateTrade {
    std::int64_t id = 0;
    std::int64_t first_trade = 0;
    std::int64_t last_trade = 0;
    PublicTrade trade;
};

struct MarkPrice {
    double price = 0.0;
    std::int64_t next_funding_ms = 0;
};
/// Funding is settled every eight hours.
std::int64_t next_funding_ms(std::int64_t now_ms);

std::string depth_message(const std::string& symbol, const Filters& filters,
                          const DepthUpdate& update, const EventTimes& times);
std::string trade_message(const std::string& symbol, const Filters& filters, std::int64_t id,
                          const PublicTrade& trade, const EventTimes& times);
std::string aggregate_trade_message(const std::string& symbol, const Filters& filters,
                                    const AggregateTrade& trade, const EventTimes& times);
std::string book_ticker_message(const Market& market, const Filters& filters,
                                const EventTimes& times);
std::string mark_price_message(const std::string& symbol, const Filters& filters,
                               const MarkPrice& mark, std::int64_t now_ms);

/// `[["50000.1","2.000"],…]`.
std::string levels_text(const Filters& filters, const std::vector<BookLevel>& levels);

}  // namespace ringside::venue_simulator
