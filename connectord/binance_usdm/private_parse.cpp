#ifndef NDEBUG
#define NDEBUG  // simdjson's asserts; its checks of the input do not depend on them
#endif

#include "connectord/binance_usdm/private_parse.hpp"

#include <algorithm>
#include <charconv>
#include <unordered_map>

#include <simdjson.h>

#include "connectord/binance_usdm/venue.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

bool get(const object& from, std::string_view field, std::string_view& value) {
    return !from[field].get_string().get(value);
}
bool get(const object& from, std::string_view field, std::int64_t& value) {
    return !from[field].get_int64().get(value);
}
bool get(const object& from, std::string_view field, bool& value) {
    return !from[field].get_bool().get(value);
}
/// Milliseconds of the venue's clock; false also where they are no time.
bool get_time(const object& from, std::string_view field, Nanos& value) {
    std::int64_t millis = 0;
    if (!get(from, field, millis) || millis < 0 || millis > kNever / kMillisecond) return false;
    value = millis * kMillisecond;
    return true;
}
std::string_view text_or_empty(const object& from, std::string_view field) {
    std::string_view value;
    return get(from, field, value) ? value : std::string_view();
}

VenueStatus status_of(std::string_view text) noexcept {
    if (text == "NEW" || text == "PARTIALLY_FILLED") return VenueStatus::Working;
    if (text == "FILLED") return VenueStatus::Filled;
    if (text == "CANCELED") return VenueStatus::Cancelled;
    if (text == "EXPIRED" || text == "EXPIRED_IN_MATCH") return VenueStatus::Expired;
    if (text == "REJECTED") return VenueStatus::Rejected;
    return VenueStatus::Unset;
}

Side side_of(std::string_view text) noexcept {
    return text == "BUY" ? Side::Buy : text == "SELL" ? Side::Sell : Side::Unset;
}

TimeInForce tif_of(std::string_view text) noexcept {
    if (text == "GTC") return TimeInForce::Gtc;
    if (text == "GTX") return TimeInForce::Gtx;
    if (text == "FOK") return TimeInForce::Fok;
    if (text == "IOC") return TimeInForce::Ioc;
    return TimeInForce::Unsupported;
}

OrderType type_of(std::string_view text) noexcept {
    return text == "LIMIT"    ? OrderType::Limit
           : text == "MARKET" ? OrderType::Market
                              : OrderType::Unsupported;
}

/// Where the fields of an order are: short names in events, long ones in answers.
struct OrderFields {
    const char *symbol, *client_id, *side, *tif, *type, *qty, *price, *status, *id, *executed;
};
constexpr OrderFields kEventFields{"s", "c", "S", "f", "o", "q", "p", "X", "i", "z"};
constexpr OrderFields kAnswerFields{"symbol",  "clientOrderId", "side",  "timeInForce",
                                    "type",    "origQty",       "price", "status",
                                    "orderId", "executedQty"};

}  // namespace

struct PrivateParser::Reader {
    const VenueFacts& facts;
    const ClientOrderIds& ids;
    std::unordered_map<std::string_view, AssetNo> by_symbol;
    simdjson::dom::parser parser;

    Reader(const VenueFacts& venue_facts, const ClientOrderIds& order_ids)
        : facts(venue_facts), ids(order_ids) {
        for (AssetNo a = 0; a < facts.instruments.size(); ++a) {
            by_symbol.emplace(facts.instruments[a].instrument.symbol, a);
        }
    }

    bool open(std::string_view text, element& root) {
        // Copies the text to where there is room behind it.
        return !parser.parse(text.data(), text.size(), true).get(root);
    }
    bool open(std::string_view text, object& root) {
        element any;
        return open(text, any) && !any.get_object().get(root);
    }
    bool open(std::string_view text, array& root) {
        element any;
        return open(text, any) && !any.get_array().get(root);
    }

    bool find_asset(const object& from, const char* field, AssetNo& asset_no) const {
        const auto found = by_symbol.find(text_or_empty(from, field));
        if (found == by_symbol.end()) return false;
        asset_no = found->second;
        return true;
    }
    bool lots(const object& from, const char* field, AssetNo asset_no, Lots& value) const {
        const auto steps = facts.instruments[asset_no].lot.nearest(text_or_empty(from, field));
        if (steps) value = *steps;
        return steps.has_value();
    }
    bool ticks(const object& from, const char* field, AssetNo asset_no, Ticks& value) const {
        const auto steps = facts.instruments[asset_no].tick.nearest(text_or_empty(from, field));
        if (steps) value = *steps;
        return steps.has_value();
    }

    /// False also for an instrument that is not ours: then there is nothing to tell.
    bool read_order(const object& from, const OrderFields& f, OrderUpdate& order) const {
        std::int64_t id = 0;
        if (!find_asset(from, f.symbol, order.asset_no) || !get(from, f.id, id) || id <= 0) {
            return false;
        }
        order.venue_id = static_cast<VenueOrderId>(id);
        if (const auto key = ids.parse(text_or_empty(from, f.client_id))) order.key = *key;
        order.status = status_of(text_or_empty(from, f.status));
        order.side = side_of(text_or_empty(from, f.side));
        order.time_in_force = tif_of(text_or_empty(from, f.tif));
        order.type = type_of(text_or_empty(from, f.type));
        // A market order has no price.
        ticks(from, f.price, order.asset_no, order.price_ticks);
        return lots(from, f.qty, order.asset_no, order.qty_lots) &&
               lots(from, f.executed, order.asset_no, order.executed_lots);
    }

    bool read_answered_order(const object& from, Channel channel, OrderUpdate& order) const {
        if (!read_order(from, kAnswerFields, order)) return false;
        if (!get_time(from, "updateTime", order.exch_ts)) get_time(from, "time", order.exch_ts);
        order.channel = channel;
        return true;
    }

    bool read_order_event(const object& root, OrderUpdate& order) const {
        object o;
        if (root["o"].get_object().get(o) || !read_order(o, kEventFields, order)) return false;
        if (!get_time(o, "T", order.exch_ts) && !get_time(root, "T", order.exch_ts)) return false;
        order.channel = Channel::Stream;
        const std::string_view what = text_or_empty(o, "x");
        order.amended = what == "AMENDMENT";
        if (what != "TRADE" && what != "CALCULATED") return true;
        std::int64_t trade = 0;
        Execution& e = order.execution;
        if (!get(o, "t", trade) || trade <= 0 || !lots(o, "l", order.asset_no, e.lots) ||
            !ticks(o, "L", order.asset_no, e.price_ticks)) {
            return what != "TRADE";
        }
        e.trade_id = static_cast<TradeId>(trade);
        e.exch_ts = order.exch_ts;
        get(o, "m", e.maker);
        if (const auto fee = Decimal::parse(text_or_empty(o, "n"))) e.fee = fee->value();
        return true;
    }

    bool is_settlement(std::string_view asset) const {
        return std::any_of(facts.instruments.begin(), facts.instruments.end(),
                           [&](const VenueInstrument& one) { return one.settles_in == asset; });
    }

    void read_funding(const object& root, const PrivateHandlers& handlers) const {
        array balances;
        Nanos exch_ts = 0;
        if (root["a"]["B"].get_array().get(balances) || !get_time(root, "T", exch_ts)) return;
        for (const element item : balances) {
            object one;
            if (item.get_object().get(one) || !is_settlement(text_or_empty(one, "a"))) continue;
            const auto change = Decimal::parse(text_or_empty(one, "bc"));
            const auto wallet = Decimal::parse(text_or_empty(one, "wb"));
            if (!change || !wallet) continue;
            handlers.funding(
                {.exch_ts = exch_ts, .amount = change->value(), .wallet = wallet->value()});
        }
    }

    void read_account_event(const object& root, const PrivateHandlers& handlers) const {
        std::string_view reason;
        if (!root["a"]["m"].get_string().get(reason) && reason == "FUNDING_FEE") {
            read_funding(root, handlers);
        }
        array positions;
        if (root["a"]["P"].get_array().get(positions)) return;
        for (const element item : positions) {
            object one;
            AssetNo asset_no = 0;
            Lots position = 0;
            if (item.get_object().get(one) || !find_asset(one, "s", asset_no)) continue;
            const std::string_view side = text_or_empty(one, "ps");
            if (!side.empty() && side != "BOTH") continue;
            if (lots(one, "pa", asset_no, position)) handlers.position(asset_no, position);
        }
    }

    static void read_limits(const object& root, std::vector<UsedLimit>& used) {
        array limits;
        used.clear();
        if (root["rateLimits"].get_array().get(limits)) return;
        for (const element item : limits) {
            object one;
            std::int64_t count = 0;
            if (item.get_object().get(one) || !get(one, "count", count) || count < 0) continue;
            const std::string_view type = text_or_empty(one, "rateLimitType");
            const std::string_view interval = text_or_empty(one, "interval");
            const auto number = static_cast<std::uint32_t>(count);
            if (type == "REQUEST_WEIGHT" && interval == "MINUTE") {
                used.push_back({kWeightPerMinute, number});
            } else if (type == "ORDERS" && interval == "SECOND") {
                used.push_back({kOrdersPer10s, number});
            } else if (type == "ORDERS" && interval == "MINUTE") {
                used.push_back({kOrdersPerMinute, number});
            }
        }
    }
};

PrivateParser::PrivateParser(const VenueFacts& facts, const ClientOrderIds& ids)
    : reader_(std::make_unique<Reader>(facts, ids)) {}
PrivateParser::~PrivateParser() = default;

bool PrivateParser::read_event(std::string_view text, const PrivateHandlers& handlers) {
    object root;
    std::string_view kind;
    if (!reader_->open(text, root)) return false;
    // A combined stream puts the event into an envelope.
    object inner;
    if (!root["data"].get_object().get(inner)) root = inner;
    if (!get(root, "e", kind)) return false;
    if (kind == "ORDER_TRADE_UPDATE") {
        OrderUpdate order;
        object o;
        AssetNo asset_no = 0;
        if (root["o"].get_object().get(o)) return false;
        if (!reader_->find_asset(o, "s", asset_no)) return true;
        if (!reader_->read_order_event(root, order)) return false;
        handlers.order(order);
    } else if (kind == "ACCOUNT_UPDATE") {
        reader_->read_account_event(root, handlers);
    } else if (kind == "listenKeyExpired") {
        handlers.key_expired();
    }
    return true;
}

bool PrivateParser::read_answer(std::string_view text, WsAnswer& answer) {
    object root;
    std::string_view id;
    std::int64_t status = 0;
    answer = {};
    if (!reader_->open(text, root) || !get(root, "id", id) || !get(root, "status", status)) {
        return false;
    }
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), answer.id);
    if (error != std::errc() || end != id.data() + id.size()) return false;
    answer.status = static_cast<int>(status);
    Reader::read_limits(root, answer.used);
    object part;
    if (!root["error"].get_object().get(part)) {
        get(part, "code", answer.code);
        answer.message = std::string(text_or_empty(part, "msg"));
        object data;
        Nanos asked = 0;
        Nanos again = 0;
        const bool says_when = !part["data"].get_object().get(data) &&
                               get_time(data, "serverTime", asked) &&
                               get_time(data, "retryAfter", again) && again > asked;
        // Both by the venue's clock, so that ours does not matter.
        if (says_when) answer.retry_after = again - asked;
    } else if (!root["result"].get_object().get(part)) {
        answer.has_order = reader_->read_answered_order(part, Channel::Answer, answer.order);
    }
    return true;
}

bool PrivateParser::read_order(std::string_view text, Channel channel, OrderUpdate& order) {
    object root;
    return reader_->open(text, root) && reader_->read_answered_order(root, channel, order);
}

bool PrivateParser::read_orders(std::string_view text, std::vector<OrderUpdate>& orders) {
    array root;
    orders.clear();
    if (!reader_->open(text, root)) return false;
    for (const element item : root) {
        object one;
        AssetNo asset_no = 0;
        OrderUpdate order;
        if (item.get_object().get(one)) return false;
        if (!reader_->find_asset(one, "symbol", asset_no)) continue;
        // A list with an entry that cannot be read is no complete list.
        if (!reader_->read_answered_order(one, Channel::Snapshot, order)) return false;
        orders.push_back(order);
    }
    return true;
}

bool PrivateParser::read_trades(std::string_view text, AssetNo asset_no,
                                std::vector<TradeReport>& trades) {
    array root;
    trades.clear();
    if (!reader_->open(text, root)) return false;
    for (const element item : root) {
        object one;
        std::int64_t id = 0;
        std::int64_t order_id = 0;
        TradeReport trade{.asset_no = asset_no};
        Execution& e = trade.execution;
        if (item.get_object().get(one) || !get(one, "id", id) || !get(one, "orderId", order_id) ||
            !get_time(one, "time", e.exch_ts) || !reader_->lots(one, "qty", asset_no, e.lots) ||
            !reader_->ticks(one, "price", asset_no, e.price_ticks)) {
            return false;
        }
        trade.venue_id = static_cast<VenueOrderId>(order_id);
        trade.side = side_of(text_or_empty(one, "side"));
        e.trade_id = static_cast<TradeId>(id);
        get(one, "maker", e.maker);
        if (const auto fee = Decimal::parse(text_or_empty(one, "commission"))) {
            e.fee = fee->value();
        }
        trades.push_back(trade);
    }
    return true;
}

bool PrivateParser::read_positions(std::string_view text, std::vector<Position>& positions) {
    array root;
    positions.clear();
    if (!reader_->open(text, root)) return false;
    for (const element item : root) {
        object one;
        Position position;
        if (item.get_object().get(one)) return false;
        if (!reader_->find_asset(one, "symbol", position.asset_no)) continue;
        const std::string_view side = text_or_empty(one, "positionSide");
        if (!side.empty() && side != "BOTH") continue;
        if (!reader_->lots(one, "positionAmt", position.asset_no, position.lots)) return false;
        positions.push_back(position);
    }
    return true;
}

bool PrivateParser::read_error(std::string_view text, std::int64_t& code, std::string& message) {
    object root;
    if (!reader_->open(text, root) || !get(root, "code", code)) return false;
    message = std::string(text_or_empty(root, "msg"));
    return true;
}

bool PrivateParser::read_integer(std::string_view text, std::string_view field,
                                 std::int64_t& value) {
    object root;
    return reader_->open(text, root) && get(root, field, value);
}
bool PrivateParser::read_bool(std::string_view text, std::string_view field, bool& value) {
    object root;
    return reader_->open(text, root) && get(root, field, value);
}
bool PrivateParser::read_text(std::string_view text, std::string_view field, std::string& value) {
    object root;
    std::string_view found;
    if (!reader_->open(text, root) || !get(root, field, found)) return false;
    value = std::string(found);
    return true;
}

Verdict verdict(int status, std::int64_t code) noexcept {
    if (status == 200 && code == 0) return {.outcome = Outcome::Done};
    const auto refused = [](Refusal why) {
        return Verdict{.outcome = Outcome::Refused, .refusal = why};
    };
    switch (code) {
        case -1000:  // unknown error
        case -1001:  // internal disconnect
        case -1006:  // unexpected response
        case -1007:  // timeout at the back
        case -4116:  // client id used already: by ourselves, since nobody else has our prefix
            return {.outcome = Outcome::Unknown};
        case -1003:
        case -1008:
        case -1015:
        case -1016:  // about to be shut down
            return refused(Refusal::RateLimited);
        case -1021:
        case -5028:  // the same, found by the matching engine
            return refused(Refusal::Clock);
        case -1002:
        case -1022:
        case -2014:
        case -2015:
            return refused(Refusal::Auth);
        case -2011:
        case -2013:
            return refused(Refusal::UnknownOrder);
        case -2018:
        case -2019:
            return refused(Refusal::Funds);
        case -2022:
            return refused(Refusal::ReduceOnly);
        case -2020:
        case -5021:
            return refused(Refusal::Unfillable);
        case -5022:
            return refused(Refusal::PostOnly);
        case -5027:
            return refused(Refusal::NoChange);
        default:
            break;
    }
    if (status == 429 || status == 418) return refused(Refusal::RateLimited);
    if (status >= 500 || code == 0) return {.outcome = Outcome::Unknown};
    return refused(Refusal::Rule);
}

}  // namespace ringside::connectord::binance_usdm
