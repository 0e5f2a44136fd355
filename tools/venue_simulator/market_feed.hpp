#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/market_messages.hpp"
#include "tools/venue_simulator/streams.hpp"

namespace ringside::venue_simulator {

/// Public streams of all instruments: books at each speed, trades, best prices, mark prices.
class MarketFeed {
  public:
    MarketFeed(Exchange& exchange, Streams& streams);

    void on_depth(const Market& market, const DepthUpdate& update, Nanos ts);
    void on_trade(const Market& market, const PublicTrade& trade, Nanos ts);
    void on_top(const Market& market, Nanos ts);
    /// Sends what is due by the wall clock.
    void run(Nanos wall);
    /// Wall time of what is due next.
    Nanos next_wall(Nanos wall) const;

    /// The last public trades, oldest first.
    struct Seen {
        std::int64_t id = 0;
        PublicTrade trade;
        std::int64_t time_ms = 0;
    };
    const std::deque<Seen>& trades(AssetNo asset) const { return feeds_[asset].trades; }

  private:
    /// A book stream that gathers changes for a while.
    struct Gathered {
        std::vector<std::string> names;
        Nanos interval = 0;
        std::int64_t number = 0;  ///< of the interval that it gathers in
        std::int64_t first_id = 0;
        std::int64_t last_id = 0;
        std::int64_t previous_id = 0;
        Nanos last_ts = 0;  ///< market time of the last change
        std::set<Ticks> bids;
        std::set<Ticks> asks;
    };
    struct Feed {
        std::string name;  ///< of the streams: the symbol in lower case
        std::vector<Gathered> gathered;
        std::deque<Seen> trades;
        std::int64_t trade_id = 0;
        std::optional<AggregateTrade> aggregate;
        Nanos aggregate_ts = 0;
        std::int64_t aggregate_id = 0;
        std::int64_t second = 0;  ///< of the last mark price
    };

    EventTimes times(Nanos market_ts) const;
    void gather(Gathered& stream, const DepthUpdate& update, Nanos ts);
    void flush(AssetNo asset, Gathered& stream);
    void flush_aggregate(AssetNo asset);
    void send_mark_price(AssetNo asset, std::int64_t second);

    Exchange& exchange_;
    Streams& streams_;
    std::vector<Feed> feeds_;
};

}  // namespace ringside::venue_simulator
