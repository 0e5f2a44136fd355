#include "tools/venue_simulator/market_api.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/market_messages.hpp"
#include "tools/venue_simulator/refusal.hpp"
#include "tools/venue_simulator/words.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::int64_t kLevelsUsually = 500;
constexpr std::size_t kLevelsMax = 1000;
constexpr std::int64_t kTradesUsually = 500;

std::vector<BookLevel> first_levels(const std::vector<BookLevel>& levels, std::int64_t most) {
    const auto count = std::min<std::ptrdiff_t>(std::ssize(levels), most);
    return {levels.begin(), levels.begin() + count};
}

std::string symbol_text(const Market& market, const Filters& filters,
                        const Exchange::Announcement& said) {
    const std::string& symbol = market.instrument().symbol;
    const FilterChoice& choice = filters.choice();
    const Grid& grid = market.instrument().grid;
    const auto qty = [&](double value) { return filters.qty(grid.to_lots_nearest(value)); };
    const auto price = [&](double value) { return filters.price(grid.to_ticks_nearest(value)); };
    const std::string filter_list = fmt::format(
        R"({{"filterType":"PRICE_FILTER","minPrice":"{}","maxPrice":"{}","tickSize":"{}"}},)"
        R"({{"filterType":"LOT_SIZE","minQty":"{}","maxQty":"{}","stepSize":"{}"}},)"
        R"({{"filterType":"MARKET_LOT_SIZE","minQty":"{}","maxQty":"{}","stepSize":"{}"}},)"
        R"({{"filterType":"MAX_NUM_ORDERS","limit":{}}},)"
        R"({{"filterType":"MAX_NUM_ALGO_ORDERS","limit":10}},)"
        R"({{"filterType":"MIN_NOTIONAL","notional":"{}"}},)"
        R"({{"filterType":"PERCENT_PRICE","multiplierUp":"{}","multiplierDown":"{}",)"
        R"("multiplierDecimal":"4"}})",
        price(choice.min_price), price(choice.max_price),
        said.tick_size.empty() ? filters.price(1) : said.tick_size, qty(choice.min_qty),
        qty(choice.max_qty), filters.qty(1), qty(choice.min_qty), qty(choice.market_max_qty),
        filters.qty(1), choice.max_orders,
        said.min_notional.empty() ? decimal_text(choice.min_notional, 2) : said.min_notional,
        decimal_text(choice.multiplier_up, 4), decimal_text(choice.multiplier_down, 4));
    return fmt::format(
        R"({{"symbol":"{0}","pair":"{0}","contractType":"PERPETUAL",)"
        R"("deliveryDate":4133404800000,"onboardDate":1569398400000,"status":"{6}",)"
        R"("maintMarginPercent":"2.5000","requiredMarginPercent":"5.0000","baseAsset":"{1}",)"
        R"("quoteAsset":"{2}","marginAsset":"{2}","pricePrecision":{3},"quantityPrecision":{4},)"
        R"("baseAssetPrecision":8,"quotePrecision":8,"underlyingType":"COIN",)"
        R"("underlyingSubType":[],"triggerProtect":"0.0500","liquidationFee":"0.012500",)"
        R"("marketTakeBound":"0.05","maxMoveOrderLimit":10000,"filters":[{5}],)"
        R"("orderTypes":["LIMIT","MARKET"],"timeInForce":["GTC","IOC","FOK","GTX"]}})",
        symbol, base_asset(symbol), quote_asset(symbol), filters.price_step().digits(),
        filters.qty_step().digits(), filter_list, said.status);
}

}  // namespace

template <typename F>
std::string MarketApi::each(const Call& call, F&& text) const {
    if (const auto symbol = call.parameters.get("symbol")) {
        return text(exchange_.find_symbol(*symbol));
    }
    std::vector<std::string> list;
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) list.push_back(text(asset));
    return list_of(list);
}

std::string MarketApi::time(const Call& call) const {
    return fmt::format(R"({{"serverTime":{}}})", call.wall / kMillisecond);
}

std::string MarketApi::exchange_info(const Call& call) const {
    std::vector<std::string> symbols;
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) {
        symbols.push_back(symbol_text(exchange_.market(asset), exchange_.filters(asset),
                                      exchange_.announcement(asset)));
    }
    const LimitChoice& limits = limits_.limits();
    return fmt::format(
        R"({{"timezone":"UTC","serverTime":{},"futuresType":"U_MARGINED","rateLimits":[)"
        R"({{"rateLimitType":"REQUEST_WEIGHT","interval":"MINUTE","intervalNum":1,"limit":{}}},)"
        R"({{"rateLimitType":"ORDERS","interval":"MINUTE","intervalNum":1,"limit":{}}},)"
        R"({{"rateLimitType":"ORDERS","interval":"SECOND","intervalNum":10,"limit":{}}}],)"
        R"("exchangeFilters":[],"assets":[{{"asset":"USDT","marginAvailable":true,)"
        R"("autoAssetExchange":"0"}}],"symbols":[{}]}})",
        call.wall / kMillisecond, limits.weight_per_minute, limits.orders_per_minute,
        limits.orders_per_10s, joined(symbols));
}

std::int64_t MarketApi::depth_weight(std::int64_t levels) noexcept {
    switch (levels) {
        case 5:
        case 10:
        case 20:
        case 50:
            return 2;
        case 100:
            return 5;
        case 500:
            return 10;
        case 1000:
            return 20;
        default:
            return 0;
    }
}

MarketApi::Snapshot MarketApi::snapshot(AssetNo asset) const {
    const Market& market = exchange_.market(asset);
    return {market.last_update_id(),
            exchange_.clock().wall_at(market.last_update_ts()) / kMillisecond,
            market.levels(Side::Buy, kLevelsMax), market.levels(Side::Sell, kLevelsMax)};
}

void MarketApi::freeze_snapshots() {
    for (AssetNo asset = 0; asset < exchange_.market_count(); ++asset) {
        frozen_[asset] = snapshot(asset);
    }
}

std::string MarketApi::depth(const Call& call) {
    const AssetNo asset = exchange_.find_symbol(call.parameters.require("symbol"));
    const std::int64_t most = call.parameters.integer("limit").value_or(kLevelsUsually);
    if (depth_weight(most) == 0) {
        throw Refusal(-4021, fmt::format("{} is not valid depth limit, it should be one of 5, 10, "
                                         "20, 50, 100, 500, 1000.",
                                         most));
    }
    const auto frozen = frozen_.find(asset);
    const Snapshot book = frozen == frozen_.end() ? snapshot(asset) : frozen->second;
    const Filters& filters = exchange_.filters(asset);
    return fmt::format(R"({{"lastUpdateId":{},"E":{},"T":{},"bids":{},"asks":{}}})",
                       book.last_update_id, call.wall / kMillisecond, book.updated_ms,
                       levels_text(filters, first_levels(book.bids, most)),
                       levels_text(filters, first_levels(book.asks, most)));
}

/// The last of the public trades that are kept.
template <typename F>
std::string MarketApi::recent(const Call& call, F&& text) const {
    const AssetNo asset = exchange_.find_symbol(call.parameters.require("symbol"));
    const std::int64_t most = call.parameters.integer("limit").value_or(kTradesUsually);
    const auto& seen = feed_.trades(asset);
    const auto skipped = std::max<std::ptrdiff_t>(std::ssize(seen) - most, 0);
    std::vector<std::string> list;
    for (auto at = seen.begin() + skipped; at != seen.end(); ++at) {
        list.push_back(text(asset, *at));
    }
    return list_of(list);
}

std::string MarketApi::trades(const Call& call) const {
    return recent(call, [this](AssetNo asset, const MarketFeed::Seen& seen) {
        const Grid& grid = exchange_.market(asset).instrument().grid;
        const Filters& filters = exchange_.filters(asset);
        const double value = grid.price(seen.trade.tick) * grid.qty(seen.trade.lots);
        return fmt::format(
            R"({{"id":{},"price":"{}","qty":"{}","quoteQty":"{}","time":{},"isBuyerMaker":{},)"
            R"("isRPITrade":false}})",
            seen.id, filters.price(seen.trade.tick), filters.qty(seen.trade.lots),
            decimal_text(value, 4), seen.time_ms, seen.trade.aggressor == Side::Sell);
    });
}

std::string MarketApi::aggregate_trades(const Call& call) const {
    return recent(call, [this](AssetNo asset, const MarketFeed::Seen& seen) {
        const Filters& filters = exchange_.filters(asset);
        return fmt::format(R"({{"a":{0},"p":"{1}","q":"{2}","nq":"{2}","f":{0},"l":{0},"T":{3},)"
                           R"("m":{4}}})",
                           seen.id, filters.price(seen.trade.tick), filters.qty(seen.trade.lots),
                           seen.time_ms, seen.trade.aggressor == Side::Sell);
    });
}

std::string MarketApi::book_ticker(const Call& call) const {
    return each(call, [&](AssetNo asset) {
        const Market& market = exchange_.market(asset);
        const Filters& filters = exchange_.filters(asset);
        const auto bid = market.levels(Side::Buy, 1);
        const auto ask = market.levels(Side::Sell, 1);
        const BookLevel best_bid = bid.empty() ? BookLevel{} : bid.front();
        const BookLevel best_ask = ask.empty() ? BookLevel{} : ask.front();
        return fmt::format(R"({{"symbol":"{}","bidPrice":"{}","bidQty":"{}","askPrice":"{}",)"
                           R"("askQty":"{}","time":{},"lastUpdateId":{}}})",
                           market.instrument().symbol, filters.price(best_bid.tick),
                           filters.qty(best_bid.lots), filters.price(best_ask.tick),
                           filters.qty(best_ask.lots), call.wall / kMillisecond,
                           market.last_update_id());
    });
}

std::string MarketApi::price(const Call& call) const {
    return each(call, [&](AssetNo asset) {
        const Market& market = exchange_.market(asset);
        const Ticks last = market.instrument().grid.to_ticks_nearest(market.last_price());
        return fmt::format(R"({{"symbol":"{}","price":"{}","time":{}}})",
                           market.instrument().symbol, exchange_.filters(asset).price(last),
                           call.wall / kMillisecond);
    });
}

std::string MarketApi::premium_index(const Call& call) const {
    return each(call, [&](AssetNo asset) {
        const Market& market = exchange_.market(asset);
        const std::int64_t now_ms = call.wall / kMillisecond;
        const std::string mark = exchange_.filters(asset).fine_price(market.mid_price());
        return fmt::format(R"({{"symbol":"{}","markPrice":"{}","indexPrice":"{}",)"
                           R"("estimatedSettlePrice":"{}","lastFundingRate":"0.00010000",)"
                           R"("interestRate":"0.00010000","nextFundingTime":{},"time":{}}})",
                           market.instrument().symbol, mark, mark, mark, next_funding_ms(now_ms),
                           now_ms);
    });
}

}  // namespace ringside::venue_simulator
