#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "connectord/binance_usdm/parse.hpp"
#include "connectord/venue.hpp"
#include "core/net/backoff.hpp"
#include "core/net/https_client.hpp"
#include "core/net/stream_line.hpp"

namespace ringside::connectord::binance_usdm {

/// Fetches snapshots of books, one at a time, no faster than is allowed, until each is good.
class Snapshots {
  public:
    /// Takes the text of one; false if another one is needed.
    using Accept = std::function<bool(AssetNo, std::string text, Nanos received_ts)>;

    Snapshots(net::EventLoop& loop, const net::TlsContext& tls, const NetworkConfig& network,
              std::vector<std::string> symbols, std::uint64_t seed, MarketSink& sink,
              Accept accept);
    /// An instrument that waits already keeps its place.
    void want(AssetNo asset_no);
    std::uint64_t taken() const noexcept { return taken_; }

  private:
    void ask_next();
    void hear(const net::HttpOutcome& outcome);
    void pause(Nanos wait);

    const NetworkConfig& network_;
    std::vector<std::string> symbols_;
    MarketSink& sink_;
    Accept accept_;
    net::HttpsClient client_;
    net::Timer timer_;
    net::Backoff backoff_;
    std::deque<AssetNo> waiting_;  ///< the first one is being asked for
    bool is_busy_ = false;         ///< a request or a pause is under way
    std::uint64_t taken_ = 0;
};

/// The public streams of all instruments: books, trades and best prices on one connection, what the
/// venue serves apart from them on another.
class UsdmMarketData final : public MarketData {
  public:
    UsdmMarketData(const ConnectorConfig& config, const VenueFacts& facts, net::EventLoop& loop,
                   const net::TlsContext& tls, std::uint64_t seed, MarketSink& sink);

    void want_snapshot(AssetNo asset_no) override { snapshots_.want(asset_no); }
    const MarketCounts& counts() const noexcept override;

  private:
    struct Line {
        net::StreamLine streams{};
        bool has_books = false;
    };
    void open_line(const std::string& route, bool has_books, std::uint64_t seed);
    void came_up(Line& line, std::uint64_t connection);
    void went_down(Line& line, std::uint64_t connection, const net::NetError& error, Nanos wait);
    void receive(const Line& line, std::uint64_t connection, std::string_view text, Nanos ts);
    void note_malformed(std::string_view text);

    const ConnectorConfig& config_;
    net::EventLoop& loop_;
    const net::TlsContext& tls_;
    MarketSink& sink_;
    std::size_t instruments_;
    std::vector<StreamName> streams_;
    std::vector<net::Handover> handovers_;  ///< one for each stream
    MarketParser parser_;
    Snapshots snapshots_;
    std::vector<std::unique_ptr<Line>> lines_;
    mutable MarketCounts counts_;
    Nanos last_ts_ = 0;
};

}  // namespace ringside::connectord::binance_usdm
