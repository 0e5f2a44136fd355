#include "collectord/venue.hpp"

#include <array>

namespace ringside::collectord {

namespace {

constexpr std::string_view kDepth = "depth";

// Since April 2026 fstream serves books and trades on one route and the rest on another.
constexpr std::array kUsdmStreams{
    Stream{kDepth, "@depth@0ms", "/public", "u"},
    Stream{"trade", "@trade", "/public", "t"},
    Stream{"book_ticker", "@bookTicker", "/public", "u"},
    Stream{"agg_trade", "@aggTrade", "/market", "a"},
    Stream{"mark_price", "@markPrice@1s", "/market", "E"},
    Stream{"liquidation", "@forceOrder", "/market", ""},
};
constexpr std::array kCoinmStreams{
    Stream{kDepth, "@depth@0ms", "", "u"},          Stream{"trade", "@trade", "", "t"},
    Stream{"book_ticker", "@bookTicker", "", "u"},  Stream{"agg_trade", "@aggTrade", "", "a"},
    Stream{"mark_price", "@markPrice@1s", "", "E"}, Stream{"liquidation", "@forceOrder", "", ""},
};
constexpr std::array kSpotStreams{
    Stream{kDepth, "@depth@100ms", "", "u"},
    Stream{"trade", "@trade", "", "t"},
    Stream{"book_ticker", "@bookTicker", "", "u"},
    Stream{"agg_trade", "@aggTrade", "", "a"},
};

// A snapshot of 1000 levels costs 20 of 2400 units a minute on futures, 50 of 6000 on spot.
constexpr std::array kVenues{
    Venue{.name = "binance-usdm",
          .stream_url = "wss://fstream.binance.com",
          .rest_url = "https://fapi.binance.com",
          .snapshot_target = "/fapi/v1/depth?limit=1000&symbol=",
          .sequence = Sequence::PreviousLast,
          .snapshot_spacing_ms = 1000,
          .streams = kUsdmStreams},
    Venue{.name = "binance-coinm",
          .stream_url = "wss://dstream.binance.com",
          .rest_url = "https://dapi.binance.com",
          .snapshot_target = "/dapi/v1/depth?limit=1000&symbol=",
          .sequence = Sequence::PreviousLast,
          .snapshot_spacing_ms = 1000,
          .streams = kCoinmStreams},
    Venue{.name = "binance-spot",
          .stream_url = "wss://stream.binance.com:9443",
          .rest_url = "https://api.binance.com",
          .snapshot_target = "/api/v3/depth?limit=1000&symbol=",
          .sequence = Sequence::NextFirst,
          .snapshot_spacing_ms = 1000,
          .streams = kSpotStreams},
};

}  // namespace

const Stream* Venue::find(std::string_view stream) const noexcept {
    for (const Stream& one : streams) {
        if (one.name == stream) return &one;
    }
    return nullptr;
}

const Venue* find_venue(std::string_view name) noexcept {
    for (const Venue& venue : kVenues) {
        if (venue.name == name) return &venue;
    }
    return nullptr;
}

std::string venue_names() {
    std::string names;
    for (const Venue& venue : kVenues) {
        if (!names.empty()) names += ", ";
        names += venue.name;
    }
    return names;
}

}  // namespace ringside::collectord
