#include "tools/venue_simulator/market_feed.hpp"

#include <algorithm>

#include "core/spelling.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::size_t kTradesKept = 1000;
constexpr std::int64_t kSlowMarkPriceSeconds = 3;

}  // namespace

MarketFeed::MarketFeed(Exchange& exchange, Streams& streams)
    : exchange_(exchange), streams_(streams) {
    for (AssetNo asset = 0; asset < exchange.market_count(); ++asset) {
        Feed feed;
        feed.name = lower_case(exchange.market(asset).instrument().symbol);
        const std::string depth = feed.name + "@depth";
        for (const auto& [names, interval] :
             std::vector<std::pair<std::vector<std::string>, Nanos>>{
                 {{depth + "@100ms"}, 100 * kMillisecond},
                 {{depth, depth + "@250ms"}, 250 * kMillisecond},
                 {{depth + "@500ms"}, 500 * kMillisecond}}) {
            Gathered& stream = feed.gathered.emplace_back();
            stream.names = names;
            stream.interval = interval;
            stream.previous_id = exchange.market(asset).last_update_id();
        }
        feeds_.push_back(std::move(feed));
    }
}

EventTimes MarketFeed::times(Nanos market_ts) const {
    const std::int64_t happened = exchange_.clock().wall_at(market_ts) / kMillisecond;
    return {happened, std::max(happened, exchange_.clock().millis_now())};
}

void MarketFeed::on_depth(const Market& market, const DepthUpdate& update, Nanos ts) {
    Feed& feed = feeds_[market.asset_no()];
    for (Gathered& stream : feed.gathered) gather(stream, update, ts);
    const std::string name = feed.name + "@depth@0ms";
    if (!streams_.is_wanted(name)) return;
    streams_.publish(name, MessageKind::Depth,
                     depth_message(market.instrument().symbol, exchange_.filters(market.asset_no()),
                                   update, times(ts)));
}

void MarketFeed::gather(Gathered& stream, const DepthUpdate& update, Nanos ts) {
    if (stream.first_id == 0) stream.first_id = update.first_id;
    stream.last_id = update.last_id;
    stream.last_ts = ts;
    for (const BookLevel& level : update.bids) stream.bids.insert(level.tick);
    for (const BookLevel& level : update.asks) stream.asks.insert(level.tick);
}

void MarketFeed::flush(AssetNo asset, Gathered& stream) {
    if (stream.first_id == 0) return;
    const Market& market = exchange_.market(asset);
    const Grid& grid = market.instrument().grid;
    DepthUpdate update{.first_id = stream.first_id,
                       .last_id = stream.last_id,
                       .previous_id = stream.previous_id,
                       .bids = {},
                       .asks = {}};
    for (const Ticks tick : stream.bids) {
        update.bids.push_back({tick, grid.to_lots_nearest(market.book().bid_qty(tick))});
    }
    for (const Ticks tick : stream.asks) {
        update.asks.push_back({tick, grid.to_lots_nearest(market.book().ask_qty(tick))});
    }
    stream.previous_id = stream.last_id;
    stream.first_id = 0;
    stream.bids.clear();
    stream.asks.clear();
    const bool is_wanted =
        std::any_of(stream.names.begin(), stream.names.end(),
                    [this](const std::string& name) { return streams_.is_wanted(name); });
    if (!is_wanted) return;
    const std::string text = depth_message(market.instrument().symbol, exchange_.filters(asset),
                                           update, times(stream.last_ts));
    for (const std::string& name : stream.names) {
        streams_.publish(name, MessageKind::Depth, text);
    }
}

void MarketFeed::on_trade(const Market& market, const PublicTrade& trade, Nanos ts) {
    Feed& feed = feeds_[market.asset_no()];
    const EventTimes when = times(ts);
    const std::int64_t id = ++feed.trade_id;
    feed.trades.push_back({id, trade, when.happened_ms});
    if (feed.trades.size() > kTradesKept) feed.trades.pop_front();
    const bool joins = feed.aggregate && feed.aggregate_ts == ts &&
                       feed.aggregate->trade.tick == trade.tick &&
                       feed.aggregate->trade.aggressor == trade.aggressor;
    if (joins) {
        feed.aggregate->trade.lots += trade.lots;
        feed.aggregate->last_trade = id;
    } else {
        flush_aggregate(market.asset_no());
        feed.aggregate = AggregateTrade{++feed.aggregate_id, id, id, trade};
        feed.aggregate_ts = ts;
    }
    const std::string name = feed.name + "@trade";
    if (!streams_.is_wanted(name)) return;
    streams_.publish(name, MessageKind::Market,
                     trade_message(market.instrument().symbol, exchange_.filters(market.asset_no()),
                                   id, trade, when));
}

void MarketFeed::flush_aggregate(AssetNo asset) {
    Feed& feed = feeds_[asset];
    if (!feed.aggregate) return;
    const AggregateTrade done = *std::exchange(feed.aggregate, std::nullopt);
    const std::string name = feed.name + "@aggTrade";
    if (!streams_.is_wanted(name)) return;
    streams_.publish(
        name, MessageKind::Market,
        aggregate_trade_message(exchange_.market(asset).instrument().symbol,
                                exchange_.filters(asset), done, times(feed.aggregate_ts)));
}

void MarketFeed::on_top(const Market& market, Nanos ts) {
    const std::string name = feeds_[market.asset_no()].name + "@bookTicker";
    if (!streams_.is_wanted(name)) return;
    streams_.publish(name, MessageKind::Market,
                     book_ticker_message(market, exchange_.filters(market.asset_no()), times(ts)));
}

void MarketFeed::run(Nanos wall) {
    for (AssetNo asset = 0; asset < feeds_.size(); ++asset) {
        Feed& feed = feeds_[asset];
        flush_aggregate(asset);
        for (Gathered& stream : feed.gathered) {
            const std::int64_t number = wall / stream.interval;
            if (std::exchange(stream.number, number) != number) flush(asset, stream);
        }
        const std::int64_t second = wall / kSecond;
        if (std::exchange(feed.second, second) != second) send_mark_price(asset, second);
    }
}

Nanos MarketFeed::next_wall(Nanos wall) const {
    // Every interval is a multiple of it.
    constexpr Nanos kBeat = 50 * kMillisecond;
    return (wall / kBeat + 1) * kBeat;
}

void MarketFeed::send_mark_price(AssetNo asset, std::int64_t second) {
    const Market& market = exchange_.market(asset);
    const std::int64_t now_ms = exchange_.clock().millis_now();
    const MarkPrice mark{market.mid_price(), next_funding_ms(now_ms)};
    if (mark.price <= 0) return;
    const std::string name = feeds_[asset].name + "@markPrice";
    const std::string text =
        mark_price_message(market.instrument().symbol, exchange_.filters(asset), mark, now_ms);
    streams_.publish(name + "@1s", MessageKind::Market, text);
    if (second % kSlowMarkPriceSeconds == 0) streams_.publish(name, MessageKind::Market, text);
}

}  // namespace ringside::venue_simulator
