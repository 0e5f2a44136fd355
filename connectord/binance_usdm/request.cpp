#include "connectord/binance_usdm/request.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/check.hpp"
#include "core/net/url.hpp"

namespace ringside::connectord::binance_usdm {

namespace {

net::Secret read_secret(const SecretPlace& place) {
    if (!place.environment.empty()) {
        return net::Secret::from_environment(place.environment.c_str());
    }
    return net::Secret::from_file(place.file);
}

std::unique_ptr<net::Signer> make_signer(const TradingConfig& config) {
    net::Secret secret = read_secret(config.secret);
    return config.key_kind == KeyKind::Hmac ? net::make_hmac_signer(secret)
                                            : net::make_ed25519_signer(secret);
}

const char* name_of(TimeInForce tif) noexcept {
    switch (tif) {
        case TimeInForce::Gtx:
            return "GTX";
        case TimeInForce::Fok:
            return "FOK";
        case TimeInForce::Ioc:
            return "IOC";
        default:
            return "GTC";
    }
}

const char* name_of(Side side) noexcept { return side == Side::Buy ? "BUY" : "SELL"; }

/// The venue finds an order faster by its own id.
void add_order_id(Parameters& parameters, const Action& action, const ClientOrderIds& ids) {
    if (action.venue_id != 0) {
        parameters.add("orderId", static_cast<std::int64_t>(action.venue_id));
    } else {
        parameters.add("origClientOrderId", ids.text(action.key));
    }
}

}  // namespace

Parameters& Parameters::add(std::string_view name, std::string_view text, bool quoted) {
    One one{.begin = static_cast<std::uint32_t>(text_.size()), .quoted = quoted};
    text_ += name;
    one.middle = static_cast<std::uint32_t>(text_.size());
    text_ += text;
    one.end = static_cast<std::uint32_t>(text_.size());
    list_.push_back(one);
    return *this;
}

Parameters& Parameters::add(std::string_view name, std::int64_t number) {
    const fmt::format_int text(number);
    return add(name, {text.data(), text.size()}, false);
}

std::string Parameters::query_of(const List& list) const {
    std::string text;
    text.reserve(text_.size() + 2 * list.size());
    for (const One& one : list) {
        if (!text.empty()) text += '&';
        text += name(one);
        text += '=';
        text += value(one);
    }
    return text;
}

std::string Parameters::query() const { return query_of(list_); }

std::string Parameters::sorted_query() const {
    List sorted = list_;
    std::sort(sorted.begin(), sorted.end(),
              [this](const One& a, const One& b) { return name(a) < name(b); });
    return query_of(sorted);
}

void Parameters::append_json(std::string& to) const {
    to += '{';
    for (const One& one : list_) {
        to += &one == list_.data() ? "\"" : ",\"";
        to += name(one);
        to += one.quoted ? "\":\"" : "\":";
        to += value(one);
        if (one.quoted) to += '"';
    }
    to += '}';
}

std::string ws_request(std::uint64_t id, std::string_view method, const Parameters& parameters) {
    std::string text;
    text.reserve(1024);
    text += R"({"id":")";
    text += fmt::format_int(id).c_str();
    text += R"(","method":")";
    text += method;
    text += R"(","params":)";
    parameters.append_json(text);
    text += '}';
    return text;
}

Credentials::Credentials(const TradingConfig& config)
    : kind_(config.key_kind), key_(read_secret(config.key)), signer_(make_signer(config)) {}

std::string Credentials::sign_query(std::string query) const {
    const std::string signature = signer_->sign(query);
    query += "&signature=";
    query += kind_ == KeyKind::Hmac ? signature : net::percent_encode(signature);
    return query;
}

void Credentials::sign(Parameters& parameters) const {
    parameters.add("apiKey", key());
    parameters.add("signature", signer_->sign(parameters.sorted_query()));
}

WireAction wire_action(const Action& action, const VenueInstrument& instrument,
                       const ClientOrderIds& ids) {
    WireAction wire;
    Parameters& p = wire.parameters;
    p.add("symbol", instrument.instrument.symbol);
    switch (action.kind) {
        case ActionKind::Submit: {
            wire.ws_method = "order.place";
            wire.http_method = "POST";
            wire.path = "/fapi/v1/order";
            p.add("side", name_of(action.side));
            const bool is_limit = action.type == OrderType::Limit;
            p.add("type", is_limit ? "LIMIT" : "MARKET");
            p.add("quantity", instrument.lot.text(action.qty_lots));
            if (is_limit) {
                p.add("timeInForce", name_of(action.time_in_force));
                p.add("price", instrument.tick.text(action.price_ticks));
            }
            p.add("newClientOrderId", ids.text(action.key));
            return wire;
        }
        case ActionKind::Modify:
            wire.ws_method = "order.modify";
            wire.http_method = "PUT";
            wire.path = "/fapi/v1/order";
            add_order_id(p, action, ids);
            p.add("side", name_of(action.side));
            p.add("quantity", instrument.lot.text(action.qty_lots));
            p.add("price", instrument.tick.text(action.price_ticks));
            return wire;
        case ActionKind::Cancel:
            wire.ws_method = "order.cancel";
            wire.http_method = "DELETE";
            wire.path = "/fapi/v1/order";
            add_order_id(p, action, ids);
            return wire;
        case ActionKind::QueryOrder:
            wire.ws_method = "order.status";
            wire.http_method = "GET";
            wire.path = "/fapi/v1/order";
            add_order_id(p, action, ids);
            return wire;
        case ActionKind::QueryTrades:
            wire.http_method = "GET";
            wire.path = "/fapi/v1/userTrades";
            p.add("orderId", static_cast<std::int64_t>(action.venue_id));
            p.add("limit", std::int64_t{1000});
            return wire;
        case ActionKind::CancelAll:
            wire.http_method = "DELETE";
            wire.path = "/fapi/v1/allOpenOrders";
            return wire;
        case ActionKind::Unset:
            break;
    }
    RINGSIDE_CHECK(false);
    return wire;
}

}  // namespace ringside::connectord::binance_usdm
