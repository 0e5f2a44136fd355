#include "tools/venue_simulator/oracle.hpp"

#include <limits>
#include <vector>

#include <fmt/format.h>

#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/market_messages.hpp"
#include "tools/venue_simulator/words.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::uint64_t kFnvStart = 0xcbf29ce484222325U;
constexpr std::uint64_t kFnvPrime = 0x100000001b3U;
constexpr std::size_t kLevelsHashed = 100;
constexpr auto kAllLevels = std::numeric_limits<std::size_t>::max();

std::string order_text(const VenueOrder& order, const Exchange& exchange,
                       const std::string& symbol) {
    const Filters& filters = exchange.filters(order.asset);
    return fmt::format(
        R"({{"orderId":{},"clientOrderId":"{}","symbol":"{}","side":"{}","type":"{}",)"
        R"("timeInForce":"{}","price":"{}","origQty":"{}","executedQty":"{}","status":"{}"}})",
        order.id, order.client_id, symbol, word_of(order.side), word_of(order.type),
        word_of(order.time_in_force), filters.price(order.price), filters.qty(order.qty),
        filters.qty(order.executed), word_of(order.status));
}

std::string account_text(Exchange& exchange, AccountNo no) {
    const Account& account = exchange.account(no);
    std::vector<std::string> positions;
    for (AssetNo asset = 0; asset < exchange.market_count(); ++asset) {
        const Filters& filters = exchange.filters(asset);
        const Instrument& instrument = exchange.market(asset).instrument();
        const Position& position = account.position(asset);
        positions.push_back(
            fmt::format(R"({{"symbol":"{}","qty":"{}","entryPrice":"{}"}})", instrument.symbol,
                        filters.qty(position.lots),
                        filters.fine_price(position.entry_ticks() * instrument.grid.tick_size)));
    }
    std::vector<std::string> orders;
    for (const VenueOrder* const order : exchange.orders().open(no)) {
        orders.push_back(
            order_text(*order, exchange, exchange.market(order->asset).instrument().symbol));
    }
    std::size_t fills = 0;
    for (const VenueFill& fill : exchange.fills()) fills += fill.account == no ? 1 : 0;
    return fmt::format(
        R"({{"name":"{}","balance":"{}","positions":{},"openOrders":{},"fills":{}}})",
        account.name(), decimal_text(account.wallet(), kMoneyDigits), list_of(positions),
        list_of(orders), fills);
}

}  // namespace

std::uint64_t book_hash(const Market& market, const Filters& filters) {
    std::uint64_t hash = kFnvStart;
    std::string text;
    for (const Side side : {Side::Buy, Side::Sell}) {
        for (const BookLevel& level : market.levels(side, kLevelsHashed)) {
            text = fmt::format("{}{}:{};", side == Side::Buy ? 'b' : 'a', filters.price(level.tick),
                               filters.qty(level.lots));
            for (const char c : text) {
                hash = (hash ^ static_cast<unsigned char>(c)) * kFnvPrime;
            }
        }
    }
    return hash;
}

std::string accounts_text(Exchange& exchange) {
    std::vector<std::string> list;
    for (AccountNo no = 0; no < exchange.account_count(); ++no) {
        list.push_back(account_text(exchange, no));
    }
    return list_of(list);
}

std::string books_text(Exchange& exchange) {
    std::vector<std::string> list;
    for (AssetNo asset = 0; asset < exchange.market_count(); ++asset) {
        const Market& market = exchange.market(asset);
        list.push_back(fmt::format(R"({{"symbol":"{}","lastUpdateId":{},"hash":"{:016x}"}})",
                                   market.instrument().symbol, market.last_update_id(),
                                   book_hash(market, exchange.filters(asset))));
    }
    return list_of(list);
}

std::string fills_text(Exchange& exchange) {
    std::vector<std::string> list;
    for (const VenueFill& fill : exchange.fills()) {
        const Filters& filters = exchange.filters(fill.asset);
        list.push_back(fmt::format(
            R"({{"tradeId":{},"orderId":{},"clientOrderId":"{}","account":"{}","symbol":"{}",)"
            R"("side":"{}","price":"{}","qty":"{}","fee":"{}","maker":{},"time":{}}})",
            fill.trade_id, fill.order_id, fill.client_id, exchange.account(fill.account).name(),
            exchange.market(fill.asset).instrument().symbol, word_of(fill.side),
            filters.price(fill.price), filters.qty(fill.lots), decimal_text(fill.fee, kMoneyDigits),
            fill.maker, fill.time_ms));
    }
    return list_of(list);
}

std::string book_text(const Market& market, const Filters& filters) {
    return fmt::format(
        R"({{"symbol":"{}","lastUpdateId":{},"hash":"{:016x}","bids":{},"asks":{}}})",
        market.instrument().symbol, market.last_update_id(), book_hash(market, filters),
        levels_text(filters, market.levels(Side::Buy, kAllLevels)),
        levels_text(filters, market.levels(Side::Sell, kAllLevels)));
}

}  // namespace ringside::venue_simulator
