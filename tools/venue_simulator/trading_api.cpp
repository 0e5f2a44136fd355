#include "tools/venue_simulator/trading_api.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/refusal.hpp"
#include "tools/venue_simulator/words.hpp"

namespace ringside::venue_simulator {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kClientIdMax = 36;
constexpr std::size_t kBatchMax = 5;
constexpr std::size_t kCancelBatchMax = 10;
constexpr std::size_t kOrdersAnswered = 500;

void check_client_id(const std::string& id) {
    if (id.size() > kClientIdMax) {
        throw Refusal(-4015, "Client order id length should be less than 36 chars.");
    }
    const bool is_legal = std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '.' || c == ':' || c == '/' || c == '_' || c == '-';
    });
    if (is_legal) return;
    throw Refusal(-1100,
                  "Illegal characters found in parameter 'newClientOrderId'; legal range is "
                  "'^[\\.A-Z\\:/a-z0-9_-]{1,36}$'.");
}

/// What would be taken for something else than it is, is refused.
void check_modes(const Parameters& parameters) {
    if (parameters.get_or("positionSide", "BOTH") != "BOTH") {
        throw Refusal(-4061, "Order's position side does not match user's setting.");
    }
    for (const char* name : {"priceMatch", "goodTillDate", "closePosition", "stopPrice"}) {
        const std::string value = parameters.get_or(name, "NONE");
        if (value == "NONE" || value == "0" || value == "false") continue;
        throw Refusal(-1106, fmt::format("Parameter '{}' sent when not required.", name));
    }
}

Json parse_list(const std::string& text, const char* name) {
    Json list = Json::parse(text, nullptr, false);
    if (list.is_array()) return list;
    throw Refusal(-1130, fmt::format("Data sent for parameter '{}' is not valid.", name));
}

Parameters parameters_of(const Json& object) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& [name, value] : object.items()) {
        values.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
    }
    return Parameters::of_web_socket(std::move(values));
}

}  // namespace

std::string TradingApi::answer(const VenueOrder& order) const {
    const Filters& filters = exchange_.filters(order.asset);
    return fmt::format(
        R"("orderId":{},"symbol":"{}","status":"{}","clientOrderId":"{}","price":"{}",)"
        R"("origQty":"{}","executedQty":"{}","cumQty":"{}","timeInForce":"{}","type":"{}",)"
        R"("reduceOnly":{},"closePosition":false,"side":"{}","positionSide":"BOTH",)"
        R"("stopPrice":"0.00","workingType":"CONTRACT_PRICE","priceProtect":false,)"
        R"("origType":"{}","priceMatch":"NONE","selfTradePreventionMode":"EXPIRE_MAKER",)"
        R"("goodTillDate":0,"updateTime":{})",
        order.id, exchange_.market(order.asset).instrument().symbol, word_of(order.status),
        order.client_id, filters.price(order.price), filters.qty(order.qty),
        filters.qty(order.executed), filters.qty(order.executed), word_of(order.time_in_force),
        word_of(order.type), flag(order.reduce_only), word_of(order.side), word_of(order.type),
        order.updated_ms);
}

std::string TradingApi::report(const VenueOrder& order) const {
    const Instrument& instrument = exchange_.market(order.asset).instrument();
    const double average = order.average_ticks() * instrument.grid.tick_size;
    const double value = instrument.amount(average, instrument.grid.qty(order.executed));
    return fmt::format(R"({{{},"avgPrice":"{}","cumQuote":"{}","time":{}}})", answer(order),
                       exchange_.filters(order.asset).fine_price(average),
                       decimal_text(value, kMoneyDigits), order.created_ms);
}

NewOrder TradingApi::read_order(const Call& call) const {
    const Parameters& parameters = call.parameters;
    NewOrder wish;
    wish.asset = exchange_.find_symbol(parameters.require("symbol"));
    const Filters& filters = exchange_.filters(wish.asset);
    wish.side = read_side(parameters.require("side"));
    wish.type = read_order_type(parameters.require("type"));
    check_modes(parameters);
    if (wish.type == OrderType::Limit) {
        wish.time_in_force = read_time_in_force(parameters.require("timeInForce"));
        wish.qty = filters.read_qty(parameters.require("quantity"), wish.type);
        wish.price = filters.read_price(parameters.require("price"));
    } else {
        for (const char* name : {"timeInForce", "price"}) {
            if (!parameters.has(name)) continue;
            throw Refusal(-1106, fmt::format("Parameter '{}' sent when not required.", name));
        }
        wish.qty = filters.read_qty(parameters.require("quantity"), wish.type);
    }
    wish.reduce_only = parameters.flag("reduceOnly");
    wish.client_id = parameters.get_or("newClientOrderId", "");
    check_client_id(wish.client_id);
    return wish;
}

std::string TradingApi::place(const Call& call) {
    limits_.take_order(call.account, 1, 1, call.wall);
    return place_one(call);
}

std::string TradingApi::place_one(const Call& call) {
    const NewOrder wish = read_order(call);
    const std::string wanted = call.parameters.get_or("newOrderRespType", "ACK");
    if (wanted != "ACK" && wanted != "RESULT") {
        throw Refusal(-1122, "Invalid newOrderRespType.");
    }
    const VenueOrder& order = exchange_.place(call.account, wish);
    if (wanted == "RESULT") return object_of(answer(order));
    VenueOrder as_accepted = order;
    as_accepted.status = Status::New;
    as_accepted.executed = 0;
    as_accepted.updated_ms = order.created_ms;
    return object_of(answer(as_accepted));
}

VenueOrder* TradingApi::find(const Call& call) {
    const AssetNo asset = exchange_.find_symbol(call.parameters.require("symbol"));
    VenueOrder* order = nullptr;
    if (const auto id = call.parameters.integer("orderId")) {
        order = exchange_.orders().find(static_cast<OrderId>(*id));
    } else if (const auto client_id = call.parameters.get("origClientOrderId")) {
        order = exchange_.orders().find(call.account, asset, *client_id);
    } else {
        throw Refusal(-1102,
                      "Param 'origClientOrderId' or 'orderId' must be sent, but both were "
                      "empty/null!");
    }
    const bool is_own = order != nullptr && order->account == call.account && order->asset == asset;
    return is_own ? order : nullptr;
}

std::string TradingApi::amend(const Call& call) {
    limits_.take_order(call.account, 1, 1, call.wall);
    return amend_one(call);
}

std::string TradingApi::amend_one(const Call& call) {
    const AssetNo asset = exchange_.find_symbol(call.parameters.require("symbol"));
    const Side side = read_side(call.parameters.require("side"));
    const Filters& filters = exchange_.filters(asset);
    const Lots qty = filters.read_qty(call.parameters.require("quantity"), OrderType::Limit);
    const Ticks price = filters.read_price(call.parameters.require("price"));
    VenueOrder* const order = find(call);
    if (order == nullptr) throw Refusal(-2013, "Order does not exist.");
    if (order->side != side) throw Refusal(-1117, "Invalid side.");
    return object_of(answer(exchange_.amend(*order, price, qty)));
}

std::string TradingApi::cancel(const Call& call) {
    VenueOrder* const order = find(call);
    if (order == nullptr) throw Refusal(-2011, "Unknown order sent.");
    return object_of(answer(exchange_.cancel(*order)));
}

std::string TradingApi::query(const Call& call) {
    const VenueOrder* const order = find(call);
    if (order == nullptr) throw Refusal(-2013, "Order does not exist.");
    return report(*order);
}

std::string TradingApi::open_order(const Call& call) {
    const VenueOrder* const order = find(call);
    if (order == nullptr || !order->is_open()) throw Refusal(-2013, "Order does not exist.");
    return report(*order);
}

/// Carries out each element of a list of requests; what is refused stands among the answers.
std::string TradingApi::each(const Call& call, const char* list, std::size_t most,
                             const std::function<std::string(const Call&)>& action) {
    const Json requests = parse_list(call.parameters.require(list), list);
    if (requests.empty() || requests.size() > most) {
        throw Refusal(-4082, "Invalid number of batch place orders.");
    }
    std::vector<std::string> answers;
    for (const Json& request : requests) {
        try {
            if (!request.is_object()) {
                throw Refusal(-1130,
                              fmt::format("Data sent for parameter '{}' is not valid.", list));
            }
            const Parameters parameters = parameters_of(request);
            answers.push_back(action({parameters, call.account, call.wall}));
        } catch (const Refusal& refusal) {
            answers.push_back(fmt::format(R"({{"code":{},"msg":{}}})", refusal.code(),
                                          Json(refusal.what()).dump()));
        }
    }
    return list_of(answers);
}

std::string TradingApi::place_batch(const Call& call) {
    limits_.take_order(call.account, kBatchMax, 1, call.wall);
    return each(call, "batchOrders", kBatchMax, [this](const Call& one) { return place_one(one); });
}
std::string TradingApi::amend_batch(const Call& call) {
    limits_.take_order(call.account, kBatchMax, 1, call.wall);
    return each(call, "batchOrders", kBatchMax, [this](const Call& one) { return amend_one(one); });
}

std::string TradingApi::cancel_batch(const Call& call) {
    const bool by_id = call.parameters.has("orderIdList");
    const char* const name = by_id ? "orderIdList" : "origClientOrderIdList";
    const Json ids = parse_list(call.parameters.require(name), name);
    if (ids.empty() || ids.size() > kCancelBatchMax) {
        throw Refusal(-4082, "Invalid number of batch place orders.");
    }
    Json requests = Json::array();
    for (const Json& id : ids) {
        requests.push_back({{"symbol", call.parameters.require("symbol")},
                            {by_id ? "orderId" : "origClientOrderId", id}});
    }
    Parameters parameters;
    parameters.supply("requests", requests.dump());
    return each({parameters, call.account, call.wall}, "requests", kCancelBatchMax,
                [this](const Call& one) { return cancel(one); });
}

std::string TradingApi::cancel_all(const Call& call) {
    exchange_.cancel_all(call.account, exchange_.find_symbol(call.parameters.require("symbol")));
    return R"({"code":200,"msg":"The operation of cancel all open order is done."})";
}

std::string TradingApi::count_down(const Call& call) {
    const std::string symbol = call.parameters.require("symbol");
    const AssetNo asset = exchange_.find_symbol(symbol);
    const std::int64_t after_ms = call.parameters.require_integer("countdownTime");
    if (after_ms < 0) throw Refusal(-1130, "Data sent for parameter 'countdownTime' is not valid.");
    exchange_.count_down(call.account, asset, after_ms * kMillisecond);
    return fmt::format(R"({{"symbol":"{}","countdownTime":"{}"}})", symbol, after_ms);
}

std::string TradingApi::open_orders(const Call& call) {
    const auto symbol = call.parameters.get("symbol");
    const AssetNo asset = symbol ? exchange_.find_symbol(*symbol) : 0;
    std::vector<std::string> list;
    for (const VenueOrder* const order : exchange_.orders().open(call.account)) {
        if (!symbol || order->asset == asset) list.push_back(report(*order));
    }
    return list_of(list);
}

std::string TradingApi::all_orders(const Call& call) {
    const AssetNo asset = exchange_.find_symbol(call.parameters.require("symbol"));
    const auto limit = static_cast<std::size_t>(std::clamp<std::int64_t>(
        call.parameters.integer("limit").value_or(kOrdersAnswered), 1, 2 * kOrdersAnswered));
    const auto from = call.parameters.integer("orderId");
    auto orders = exchange_.orders().all(call.account, asset);
    if (from) {
        std::erase_if(orders, [&](const VenueOrder* order) {
            return order->id < static_cast<OrderId>(*from);
        });
        if (orders.size() > limit) orders.resize(limit);
    } else if (orders.size() > limit) {
        orders.erase(orders.begin(), orders.end() - static_cast<std::ptrdiff_t>(limit));
    }
    std::vector<std::string> list;
    for (const VenueOrder* const order : orders) list.push_back(report(*order));
    return list_of(list);
}

}  // namespace ringside::venue_simulator
