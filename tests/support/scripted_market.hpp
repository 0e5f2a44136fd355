#pragma once

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "botkit/context.hpp"
#include "botkit/in_process_link.hpp"
#include "engine/venue_config.hpp"

namespace ringside::test {

/// Rows of one instrument, written down call by call. Both sides see every row; the bot hears it
/// `feed_ns` after the exchange.
class ScriptedMarket {
  public:
    explicit ScriptedMarket(Nanos feed_ns = 1) : feed_ns_(feed_ns) {}

    ScriptedMarket& bid(Nanos exch_ts, double px, double qty) {
        return row(exch_ts, EventKind::Depth, kBuyEvent, px, qty);
    }
    ScriptedMarket& ask(Nanos exch_ts, double px, double qty) {
        return row(exch_ts, EventKind::Depth, kSellEvent, px, qty);
    }
    ScriptedMarket& buy_trade(Nanos exch_ts, double px, double qty) {
        return row(exch_ts, EventKind::Trade, kBuyEvent, px, qty);
    }
    ScriptedMarket& sell_trade(Nanos exch_ts, double px, double qty) {
        return row(exch_ts, EventKind::Trade, kSellEvent, px, qty);
    }
    ScriptedMarket& clear_bids(Nanos exch_ts, double px) {
        return row(exch_ts, EventKind::DepthClear, kBuyEvent, px, 0.0);
    }
    ScriptedMarket& clear_asks(Nanos exch_ts, double px) {
        return row(exch_ts, EventKind::DepthClear, kSellEvent, px, 0.0);
    }
    /// Rows of market-by-order data.
    ScriptedMarket& add_bid(Nanos exch_ts, std::uint64_t id, double px, double qty) {
        return order_row(exch_ts, EventKind::AddOrder, kBuyEvent, id, px, qty);
    }
    ScriptedMarket& add_ask(Nanos exch_ts, std::uint64_t id, double px, double qty) {
        return order_row(exch_ts, EventKind::AddOrder, kSellEvent, id, px, qty);
    }
    ScriptedMarket& cancel_bid(Nanos exch_ts, std::uint64_t id) {
        return order_row(exch_ts, EventKind::CancelOrder, kBuyEvent, id, 0.0, 0.0);
    }
    ScriptedMarket& fill_bid(Nanos exch_ts, std::uint64_t id, double px, double qty) {
        return order_row(exch_ts, EventKind::Fill, kBuyEvent, id, px, qty);
    }
    ScriptedMarket& order_row(Nanos exch_ts, EventKind kind, std::uint64_t flags, std::uint64_t id,
                              double px, double qty) {
        row(exch_ts, kind, flags, px, qty);
        rows_.back().order_id = id;
        return *this;
    }
    /// A row that changes nothing, so that the data goes on.
    ScriptedMarket& quiet(Nanos exch_ts) {
        return row(exch_ts, EventKind::DepthBbo, kBuyEvent, 1.0, 0.0);
    }
    /// From now on the bot hears rows so much later; never before an earlier one.
    ScriptedMarket& heard_after(Nanos feed_ns) {
        feed_ns_ = feed_ns;
        return *this;
    }
    ScriptedMarket& row(Nanos exch_ts, EventKind kind, std::uint64_t flags, double px, double qty) {
        heard_ = std::max(heard_, exch_ts + feed_ns_);
        rows_.push_back({.ev = static_cast<std::uint64_t>(kind) | flags | kExchEvent | kLocalEvent,
                         .exch_ts = exch_ts,
                         .local_ts = heard_,
                         .px = px,
                         .qty = qty});
        return *this;
    }
    /// Lets only one side see the last row.
    ScriptedMarket& only(std::uint64_t side_flag) {
        rows_.back().ev &= ~(kExchEvent | kLocalEvent);
        rows_.back().ev |= side_flag;
        return *this;
    }

    const std::vector<Event>& rows() const noexcept { return rows_; }

  private:
    Nanos feed_ns_;
    Nanos heard_ = 0;
    std::vector<Event> rows_;
};

struct ScriptOptions {
    RulesPreset rules = RulesPreset::Strict;
    engine::LatencyChoice latency{10, 10};
    engine::QueueChoice queue = engine::QueueKind::RiskAdverse;
    double queue_power = 1.0;
    engine::FeeModel fee{};
    engine::ExchangeKind exchange = engine::ExchangeKind::NoPartialFill;
    std::optional<TickRange> range{};
};

/// A bot on scripted instruments in this process, tick and lot 1.
class ScriptedVenue {
  public:
    ScriptedVenue(std::vector<ScriptedMarket> markets, const ScriptOptions& options)
        : markets_(std::move(markets)) {
        engine::VenueConfig config{.name = "scripted", .rules = options.rules, .assets = {}};
        for (const ScriptedMarket& market : markets_) {
            engine::AssetConfig asset;
            asset.instrument.symbol = std::to_string(config.assets.size());
            asset.instrument.grid = {1.0, 1.0};
            asset.data = {std::span(market.rows())};
            asset.latency = options.latency;
            asset.queue = options.queue;
            asset.queue_power = options.queue_power;
            asset.fee = options.fee;
            asset.exchange = options.exchange;
            asset.instrument.range = options.range;
            const bool by_order = options.queue == engine::QueueKind::L3Fifo;
            asset.instrument.book = by_order ? BookKind::L3 : BookKind::L2;
            config.assets.push_back(asset);
        }
        bot_.emplace(std::make_unique<botkit::InProcessLink>(config));
    }
    ScriptedVenue(const ScriptedMarket& market, const ScriptOptions& options)
        : ScriptedVenue(std::vector{market}, options) {}

    botkit::Context& operator*() noexcept { return *bot_; }
    botkit::Context* operator->() noexcept { return &*bot_; }

    Code buy(OrderId id, double px, double qty, TimeInForce tif = TimeInForce::Gtc,
             bool wait = false, AssetNo a = 0) {
        return bot_->submit_buy_order(a, id, px, qty, tif, OrderType::Limit, wait);
    }
    Code sell(OrderId id, double px, double qty, TimeInForce tif = TimeInForce::Gtc,
              bool wait = false, AssetNo a = 0) {
        return bot_->submit_sell_order(a, id, px, qty, tif, OrderType::Limit, wait);
    }
    Code buy_market(OrderId id, double qty) {
        return bot_->submit_buy_order(0, id, 0.0, qty, TimeInForce::Gtc, OrderType::Market, false);
    }
    Code sell_market(OrderId id, double qty) {
        return bot_->submit_sell_order(0, id, 0.0, qty, TimeInForce::Gtc, OrderType::Market, false);
    }
    const Order& order(OrderId id, AssetNo a = 0) const { return *bot_->orders(a).find(id); }
    Nanos now() const noexcept { return bot_->current_timestamp(); }
    double position(AssetNo a = 0) const { return bot_->position(a); }
    /// The last order latency as (request, exchange, response); zeros when there is none.
    std::vector<Nanos> latency(AssetNo a = 0) const {
        const auto& l = bot_->order_latency(a);
        return l ? std::vector<Nanos>{l->req_ts, l->exch_ts, l->resp_ts}
                 : std::vector<Nanos>{0, 0, 0};
    }

  private:
    std::vector<ScriptedMarket> markets_;
    std::optional<botkit::Context> bot_;
};

}  // namespace ringside::test
