#include "tools/venue_simulator/market_messages.hpp"

#include <iterator>

#include <fmt/format.h>

#include "tools/venue_simulator/json_text.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::int64_t kFundingMs = std::int64_t{8} * 3600 * 1000;

/// Best price and quantity; zeros where the side is empty.
std::pair<std::string, std::string> top_text(const Market& market, const Filters& filters,
                                             Side side) {
    const auto best = market.levels(side, 1);
    if (best.empty()) return {filters.price(0), filters.qty(0)};
    return {filters.price(best.front().tick), filters.qty(best.front().lots)};
}

}  // namespace

std::int64_t next_funding_ms(std::int64_t now_ms) { return (now_ms / kFundingMs + 1) * kFundingMs; }

std::string levels_text(const Filters& filters, const std::vector<BookLevel>& levels) {
    std::string text = "[";
    for (const BookLevel& level : levels) {
        fmt::format_to(std::back_inserter(text), R"({}["{}","{}"])", text.size() > 1 ? "," : "",
                       filters.price(level.tick), filters.qty(level.lots));
    }
    return text + "]";
}

std::string depth_message(const std::string& symbol, const Filters& filters,
                          const DepthUpdate& update, const EventTimes& times) {
    return fmt::format(
        R"({{"e":"depthUpdate","E":{},"T":{},"s":"{}","U":{},"u":{},"pu":{},"b":{},"a":{}}})",
        times.told_ms, times.happened_ms, symbol, update.first_id, update.last_id,
        update.previous_id, levels_text(filters, update.bids), levels_text(filters, update.asks));
}

std::string trade_message(const std::string& symbol, const Filters& filters, std::int64_t id,
                          const PublicTrade& trade, const EventTimes& times) {
    return fmt::format(
        R"({{"e":"trade","E":{},"T":{},"s":"{}","t":{},"p":"{}","q":"{}","X":"MARKET","m":{}}})",
        times.told_ms, times.happened_ms, symbol, id, filters.price(trade.tick),
        filters.qty(trade.lots), flag(trade.aggressor == Side::Sell));
}

std::string aggregate_trade_message(const std::string& symbol, const Filters& filters,
                                    const AggregateTrade& trade, const EventTimes& times) {
    const std::string qty = filters.qty(trade.trade.lots);
    return fmt::format(R"({{"e":"aggTrade","E":{},"a":{},"s":"{}","p":"{}","q":"{}","nq":"{}",)"
                       R"("f":{},"l":{},"T":{},"m":{},"st":1}})",
                       times.told_ms, trade.id, symbol, filters.price(trade.trade.tick), qty, qty,
                       trade.first_trade, trade.last_trade, times.happened_ms,
                       flag(trade.trade.aggressor == Side::Sell));
}

std::string book_ticker_message(const Market& market, const Filters& filters,
                                const EventTimes& times) {
    const auto [bid, bid_qty] = top_text(market, filters, Side::Buy);
    const auto [ask, ask_qty] = top_text(market, filters, Side::Sell);
    return fmt::format(R"({{"e":"bookTicker","u":{},"s":"{}","b":"{}","B":"{}","a":"{}","A":"{}",)"
                       R"("T":{},"E":{}}})",
                       market.last_update_id(), market.instrument().symbol, bid, bid_qty, ask,
                       ask_qty, times.happened_ms, times.told_ms);
}

std::string mark_price_message(const std::string& symbol, const Filters& filters,
                               const MarkPrice& mark, std::int64_t now_ms) {
    const std::string price = filters.fine_price(mark.price);
    return fmt::format(R"({{"e":"markPriceUpdate","E":{},"s":"{}","p":"{}","ap":"{}","P":"{}",)"
                       R"("i":"{}","r":"0.00010000","T":{},"st":1}})",
                       now_ms, symbol, price, price, price, price, mark.next_funding_ms);
}

}  // namespace ringside::venue_simulator
