#include "connectord/binance_usdm/market_data.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "connectord/binance_usdm/venue.hpp"
#include "core/log.hpp"
#include "core/spelling.hpp"
#include "core/steady_clock.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

/// Since April 2026 the venue serves books on one route and the rest on another.
constexpr const char* route_of(StreamKind kind) noexcept {
    return kind == StreamKind::AggTrade || kind == StreamKind::MarkPrice ? "/market" : "/public";
}

std::vector<StreamName> stream_names(const ConnectorConfig& config, const VenueFacts& facts) {
    std::vector<StreamName> names;
    for (AssetNo a = 0; a < facts.instruments.size(); ++a) {
        const std::string symbol = lower_case(facts.instruments[a].instrument.symbol);
        names.push_back({symbol + "@depth@0ms", StreamKind::Depth, a});
        if (config.trades == TradeFeed::Single) {
            names.push_back({symbol + "@trade", StreamKind::Trade, a});
        } else {
            names.push_back({symbol + "@aggTrade", StreamKind::AggTrade, a});
        }
        if (config.book_ticker) {
            names.push_back({symbol + "@bookTicker", StreamKind::BookTicker, a});
        }
        if (config.mark_price) {
            names.push_back({symbol + "@markPrice@1s", StreamKind::MarkPrice, a});
        }
    }
    return names;
}

std::vector<std::string> symbols_of(const VenueFacts& facts) {
    std::vector<std::string> symbols;
    for (const VenueInstrument& one : facts.instruments) symbols.push_back(one.instrument.symbol);
    return symbols;
}

}  // namespace

Snapshots::Snapshots(net::EventLoop& loop, const net::TlsContext& tls, const NetworkConfig& network,
                     std::vector<std::string> symbols, std::uint64_t seed, MarketSink& sink,
                     Accept accept)
    : network_(network),
      symbols_(std::move(symbols)),
      sink_(sink),
      accept_(std::move(accept)),
      client_(loop, tls, net::Url::parse(network.rest_url),
              {.request_timeout = network.request_timeout, .clock = steady_now}),
      timer_(loop),
      backoff_(network.keeper.backoff, seed) {}

void Snapshots::want(AssetNo asset_no) {
    // The one that is being asked for may come out older than what is wanted now: then it is
    // refused, and asked for again.
    if (std::find(waiting_.begin(), waiting_.end(), asset_no) != waiting_.end()) return;
    waiting_.push_back(asset_no);
    if (!is_busy_) ask_next();
}

void Snapshots::ask_next() {
    if (waiting_.empty()) return;
    is_busy_ = true;
    const bool asked = client_.request(
        {.target = "/fapi/v1/depth?limit=1000&symbol=" + symbols_[waiting_.front()]},
        [this](const net::HttpOutcome& outcome) { hear(outcome); });
    if (!asked) pause(backoff_.next());
}

void Snapshots::hear(const net::HttpOutcome& outcome) {
    const AssetNo asset_no = waiting_.front();
    waiting_.pop_front();
    Nanos asked_for = 0;
    if (outcome.reply) {
        const std::string_view used = outcome.reply->field("X-MBX-USED-WEIGHT-1M");
        std::uint32_t weight = 0;
        std::from_chars(used.data(), used.data() + used.size(), weight);
        if (weight > 0) sink_.on_used(kWeightPerMinute, weight);
        asked_for = outcome.reply->retry_after();
        const int status = outcome.reply->status;
        if (status == 429 || status == 418) sink_.on_limited(asked_for);
        if (status == 200 && accept_(asset_no, outcome.reply->body, outcome.reply->received_ts)) {
            ++taken_;
            backoff_.reset();
            return pause(network_.snapshot_spacing);
        }
    }
    waiting_.push_back(asset_no);
    const Nanos wait = std::max({network_.snapshot_spacing, backoff_.next(), asked_for});
    log_warning("{}: no book yet: {}; next request in {} ms", symbols_[asset_no],
                !outcome.reply                 ? outcome.error.words
                : outcome.reply->status == 200 ? "the snapshot is older than the changes, or none"
                                               : fmt::format("HTTP {}", outcome.reply->status),
                wait / kMillisecond);
    pause(wait);
}

void Snapshots::pause(Nanos wait) {
    timer_.after(wait, [this] {
        is_busy_ = false;
        ask_next();
    });
}

UsdmMarketData::UsdmMarketData(const ConnectorConfig& config, const VenueFacts& facts,
                               net::EventLoop& loop, const net::TlsContext& tls, std::uint64_t seed,
                               MarketSink& sink)
    : config_(config),
      loop_(loop),
      tls_(tls),
      sink_(sink),
      instruments_(facts.instruments.size()),
      streams_(stream_names(config, facts)),
      handovers_(streams_.size()),
      parser_(streams_),
      snapshots_(loop, tls, config.network, symbols_of(facts), seed, sink,
                 [this](AssetNo asset_no, std::string text, Nanos ts) {
                     BookSnapshot snapshot;
                     if (!parser_.parse_snapshot(std::move(text), ts, snapshot)) {
                         ++counts_.malformed;
                         return false;
                     }
                     return sink_.on_snapshot(asset_no, snapshot.id, snapshot.rows,
                                              snapshot.exch_ts, ts);
                 }) {
    open_line("/public", true, seed + 1);
    if (config.trades == TradeFeed::Aggregated || config.mark_price) {
        open_line("/market", false, seed + 2);
    }
}

const MarketCounts& UsdmMarketData::counts() const noexcept {
    counts_.snapshots = snapshots_.taken();
    return counts_;
}

void UsdmMarketData::open_line(const std::string& route, bool has_books, std::uint64_t seed) {
    std::string names;
    for (const StreamName& stream : streams_) {
        if (route_of(stream.kind) != route) continue;
        names += names.empty() ? "" : "/";
        names += stream.name;
    }
    const NetworkConfig& network = config_.network;
    Line& line = *lines_.emplace_back(std::make_unique<Line>());
    line.has_books = has_books;
    line.streams.open(
        loop_, tls_,
        net::Url::parse(fmt::format("{}{}/stream?streams={}", network.stream_url, route, names)),
        network.keeper.with_seed(seed),
        net::WebSocketKeeper::Handlers{
            .on_up = [this, &line](std::uint64_t connection) { came_up(line, connection); },
            .on_message = [this, &line](std::uint64_t connection, std::string_view text,
                                        Nanos ts) { receive(line, connection, text, ts); },
            .on_down = [this, &line](std::uint64_t connection, const net::NetError& error,
                                     Nanos wait) { went_down(line, connection, error, wait); }});
}

void UsdmMarketData::came_up(Line& line, std::uint64_t connection) {
    const bool is_renewal = line.streams.came_up(connection);
    ++counts_.connections;
    log_info("market data: connection {}{} is up", connection,
             line.has_books ? " (books)" : " (market)");
    if (!line.has_books || is_renewal) return;
    for (AssetNo a = 0; a < instruments_; ++a) sink_.on_book_stream(a, true);
}

void UsdmMarketData::went_down(Line& line, std::uint64_t connection, const net::NetError& error,
                               Nanos wait) {
    if (line.streams.was_up(connection)) ++counts_.losses;
    log_warning("market data: connection {}: {} ({}){}", connection, error.words,
                net::name_of(error.fault),
                wait > 0 ? fmt::format("; next attempt in {} ms", wait / kMillisecond) : "");
    if (!line.has_books || line.streams.is_up()) return;
    for (AssetNo a = 0; a < instruments_; ++a) sink_.on_book_stream(a, false);
}

void UsdmMarketData::receive(const Line& line, std::uint64_t connection, std::string_view text,
                             Nanos ts) {
    // A wall clock that was set back must not turn the order of events around.
    last_ts_ = std::max(last_ts_, ts);
    ++counts_.messages;
    const Nanos began = steady_now();
    const MarketMessage message = parser_.parse(text, last_ts_);
    counts_.parse.add(steady_now() - began);
    switch (message.kind) {
        case MarketMessage::Kind::Malformed:
            return note_malformed(text);
        case MarketMessage::Kind::Foreign:
            ++counts_.foreign;
            return;
        case MarketMessage::Kind::Passed:
        case MarketMessage::Kind::Rows:
        case MarketMessage::Kind::Change:
            break;
    }
    if (!line.streams.admits(handovers_[message.stream], connection, message.id)) {
        ++counts_.duplicates;
        return;
    }
    const AssetNo asset_no = streams_[message.stream].asset_no;
    if (message.kind == MarketMessage::Kind::Change) {
        sink_.on_change(asset_no, message.ids, message.rows, last_ts_);
    } else if (message.kind == MarketMessage::Kind::Rows) {
        sink_.on_rows(asset_no, message.rows, last_ts_);
    }
}

void UsdmMarketData::note_malformed(std::string_view text) {
    if (++counts_.malformed > kMalformedShown) return;
    log_warning("market data: a message that cannot be read was passed over: {}",
                text.substr(0, 200));
}

}  // namespace ringside::connectord::binance_usdm
