#pragma once

#include <map>
#include <string>

#include "tools/venue_simulator/call.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/market_feed.hpp"
#include "tools/venue_simulator/rate_limits.hpp"

namespace ringside::venue_simulator {

/// Public requests. Each returns the JSON of its result, or throws Refusal.
class MarketApi {
  public:
    MarketApi(Exchange& exchange, MarketFeed& feed, RateLimits& limits)
        : exchange_(exchange), feed_(feed), limits_(limits) {}

    std::string time(const Call& call) const;
    std::string exchange_info(const Call& call) const;
    std::string depth(const Call& call);
    std::string trades(const Call& call) const;
    /// Each of one trade.
    std::string aggregate_trades(const Call& call) const;
    std::string book_ticker(const Call& call) const;
    std::string price(const Call& call) const;
    std::string premium_index(const Call& call) const;

    /// What a book snapshot of that many levels costs; 0 for a number of levels that is none.
    static std::int64_t depth_weight(std::int64_t levels) noexcept;

    /// From now on snapshots are those of now.
    void freeze_snapshots();
    void thaw_snapshots() { frozen_.clear(); }

  private:
    struct Snapshot {
        std::int64_t last_update_id = 0;
        std::int64_t updated_ms = 0;
        std::vector<BookLevel> bids;
        std::vector<BookLevel> asks;
    };

    Snapshot snapshot(AssetNo asset) const;
    /// One object for the symbol that was asked for, or a list of all.
    template <typename F>
    std::string each(const Call& call, F&& text) const;
    template <typename F>
    std::string recent(const Call& call, F&& text) const;

    Exchange& exchange_;
    MarketFeed& feed_;
    RateLimits& limits_;
    std::map<AssetNo, Snapshot> frozen_;
};

}  // namespace ringside::venue_simulator
