#include "tools/venue_simulator/user_feed.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/words.hpp"

namespace ringside::venue_simulator {

namespace {

const char* word_of(Execution execution) {
    switch (execution) {
        case Execution::New:
            return "NEW";
        case Execution::Trade:
            return "TRADE";
        case Execution::Canceled:
            return "CANCELED";
        case Execution::Expired:
            return "EXPIRED";
        case Execution::Amendment:
            break;
    }
    return "AMENDMENT";
}

std::string lite_message(const VenueOrder& order, const VenueFill& fill, const std::string& symbol,
                         const Filters& filters, std::int64_t now_ms) {
    return fmt::format(
        R"({{"e":"TRADE_LITE","E":{},"T":{},"s":"{}","q":"{}","p":"{}","m":{},"c":"{}","S":"{}",)"
        R"("L":"{}","l":"{}","t":{},"i":{}}})",
        now_ms, fill.time_ms, symbol, filters.qty(order.qty), filters.price(order.price),
        flag(fill.maker), order.client_id, venue_simulator::word_of(order.side),
        filters.price(fill.price), filters.qty(fill.lots), fill.trade_id, order.id);
}

/// What an execution adds to an order's message; nothing for one without.
std::string fill_part(const VenueFill* fill, const Filters& filters, const std::string& quote) {
    if (fill == nullptr) {
        return fmt::format(R"("l":"{}","L":"{}","t":0,"m":false,"rp":"0",)", filters.qty(0),
                           filters.price(0));
    }
    return fmt::format(R"("l":"{}","L":"{}","N":"{}","n":"{}","t":{},"m":{},"rp":"{}",)",
                       filters.qty(fill->lots), filters.price(fill->price), quote,
                       decimal_text(fill->fee, kMoneyDigits), fill->trade_id, flag(fill->maker),
                       decimal_text(fill->profit, kMoneyDigits));
}

}  // namespace

void UserFeed::send(AccountNo account, const char* event, const std::string& text) {
    const std::string* const key = keys_.key_of(account);
    if (key == nullptr) return;
    // The client may go, and the key with it.
    const std::string stream = *key;
    streams_.publish(stream, MessageKind::User, text, event);
}

void UserFeed::on_order(const VenueOrder& order, Execution execution, const VenueFill* fill) {
    if (keys_.key_of(order.account) == nullptr) return;
    const Instrument& instrument = exchange_.market(order.asset).instrument();
    const Filters& filters = exchange_.filters(order.asset);
    const std::int64_t now_ms = std::max(order.updated_ms, exchange_.clock().millis_now());
    if (fill != nullptr) {
        send(order.account, "TRADE_LITE",
             lite_message(order, *fill, instrument.symbol, filters, now_ms));
    }
    const double average = order.average_ticks() * instrument.grid.tick_size;
    const std::string text = fmt::format(
        R"({{"e":"ORDER_TRADE_UPDATE","E":{},"T":{},"o":{{"s":"{}","c":"{}","S":"{}","o":"{}",)"
        R"("f":"{}","q":"{}","p":"{}","ap":"{}","sp":"0","x":"{}","X":"{}","i":{},"z":"{}",{})"
        R"("T":{},"b":"0","a":"0","R":{},"wt":"CONTRACT_PRICE","ot":"{}","ps":"BOTH","cp":false,)"
        R"("pP":false,"si":0,"ss":0,"V":"EXPIRE_MAKER","pm":"NONE","gtd":0,"er":"0"}}}})",
        now_ms, order.updated_ms, instrument.symbol, order.client_id,
        venue_simulator::word_of(order.side), venue_simulator::word_of(order.type),
        venue_simulator::word_of(order.time_in_force), filters.qty(order.qty),
        filters.price(order.price), filters.fine_price(average), word_of(execution),
        venue_simulator::word_of(order.status), order.id, filters.qty(order.executed),
        fill_part(fill, filters, quote_asset(instrument.symbol)), order.updated_ms,
        flag(order.reduce_only), venue_simulator::word_of(order.type));
    send(order.account, "ORDER_TRADE_UPDATE", text);
}

void UserFeed::on_account(AccountNo account, AssetNo asset, std::int64_t time_ms) {
    if (keys_.key_of(account) == nullptr) return;
    const Account& owner = exchange_.account(account);
    const Market& market = exchange_.market(asset);
    const Filters& filters = exchange_.filters(asset);
    const Instrument& instrument = market.instrument();
    const Position& position = owner.position(asset);
    const std::string wallet = decimal_text(owner.wallet(), kMoneyDigits);
    const std::string entry =
        filters.fine_price(position.entry_ticks() * instrument.grid.tick_size);
    send(
        account, "ACCOUNT_UPDATE",
        fmt::format(
            R"({{"e":"ACCOUNT_UPDATE","E":{},"T":{},"a":{{"B":[{{"a":"{}","wb":"{}","cw":"{}",)"
            R"("bc":"0"}}],"P":[{{"s":"{}","pa":"{}","ep":"{}","bep":"{}","cr":"{}","up":"{}",)"
            R"("mt":"cross","iw":"0","ps":"BOTH","ma":"{}"}}],"m":"ORDER"}}}})",
            std::max(time_ms, exchange_.clock().millis_now()), time_ms,
            quote_asset(instrument.symbol), wallet, wallet, instrument.symbol,
            filters.qty(position.lots), entry, entry, decimal_text(position.realized, kMoneyDigits),
            decimal_text(owner.unrealized(asset, market.mid_price()), kMoneyDigits),
            quote_asset(instrument.symbol)));
}

void UserFeed::on_expired_key(const std::string& key) {
    streams_.publish(key, MessageKind::User,
                     fmt::format(R"({{"e":"listenKeyExpired","E":{},"listenKey":"{}"}})",
                                 exchange_.clock().millis_now(), key));
}

}  // namespace ringside::venue_simulator
