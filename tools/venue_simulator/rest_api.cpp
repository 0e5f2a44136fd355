#include "tools/venue_simulator/rest_api.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::int64_t kOpenOrdersOfAll = 40;
constexpr int kNothing = 0;
constexpr int kTimeoutStatus = 408;

net::ServerAnswer json_answer(int status, std::string body, net::HttpFields fields = {}) {
    fields.emplace_back("Content-Type", "application/json;charset=UTF-8");
    return {.status = status, .body = std::move(body), .fields = std::move(fields)};
}

std::string error_body(int code, std::string_view words) {
    return fmt::format(R"({{"code":{},"msg":{}}})", code, nlohmann::json(words).dump());
}

}  // namespace

RestApi::RestApi(VenueApi api) : api_(api) {
    add_public();
    add_orders();
    add_account();
    add_listen_key();
}

void RestApi::add_public() {
    MarketApi& market = api_.market;
    const auto add = [this](const char* path, std::int64_t weight, Action action) {
        routes_[{"GET", path}] = {Security::None, weight, std::move(action)};
    };
    add("/fapi/v1/ping", 1, [](const Call&) { return std::string("{}"); });
    add("/fapi/v1/time", 1, [&](const Call& call) { return market.time(call); });
    add("/fapi/v1/exchangeInfo", 1, [&](const Call& call) { return market.exchange_info(call); });
    add("/fapi/v1/depth", 0, [&](const Call& call) { return market.depth(call); });
    add("/fapi/v1/trades", 5, [&](const Call& call) { return market.trades(call); });
    add("/fapi/v1/aggTrades", 20, [&](const Call& call) { return market.aggregate_trades(call); });
    add("/fapi/v1/ticker/bookTicker", 2,
        [&](const Call& call) { return market.book_ticker(call); });
    add("/fapi/v1/ticker/price", 1, [&](const Call& call) { return market.price(call); });
    add("/fapi/v2/ticker/price", 1, [&](const Call& call) { return market.price(call); });
    add("/fapi/v1/premiumIndex", 1, [&](const Call& call) { return market.premium_index(call); });
}

void RestApi::add_orders() {
    TradingApi& trading = api_.trading;
    const auto add = [&](const char* method, const char* path, std::int64_t weight,
                         std::string (TradingApi::*action)(const Call&)) {
        const bool is_order = std::string_view(method) != "GET";
        routes_[{method, path}] = {
            Security::Signed, weight,
            [&trading, action](const Call& call) { return (trading.*action)(call); }, is_order};
    };
    add("POST", "/fapi/v1/order", 0, &TradingApi::place);
    add("PUT", "/fapi/v1/order", 0, &TradingApi::amend);
    add("DELETE", "/fapi/v1/order", 1, &TradingApi::cancel);
    add("GET", "/fapi/v1/order", 1, &TradingApi::query);
    add("POST", "/fapi/v1/batchOrders", 5, &TradingApi::place_batch);
    add("PUT", "/fapi/v1/batchOrders", 5, &TradingApi::amend_batch);
    add("DELETE", "/fapi/v1/batchOrders", 1, &TradingApi::cancel_batch);
    add("DELETE", "/fapi/v1/allOpenOrders", 1, &TradingApi::cancel_all);
    add("GET", "/fapi/v1/openOrders", 1, &TradingApi::open_orders);
    add("GET", "/fapi/v1/openOrder", 1, &TradingApi::open_order);
    add("GET", "/fapi/v1/allOrders", 5, &TradingApi::all_orders);
    add("POST", "/fapi/v1/countdownCancelAll", 10, &TradingApi::count_down);
}

void RestApi::add_account() {
    AccountApi& account = api_.account;
    const auto add = [this](const char* method, const char* path, std::int64_t weight,
                            Action action) {
        routes_[{method, path}] = {Security::Signed, weight, std::move(action)};
    };
    for (const int version : {1, 2, 3}) {
        const auto path = [&](const char* end) {
            return fmt::format("/fapi/v{}/{}", version, end);
        };
        add("GET", path("account").c_str(), 5,
            [&account, version](const Call& call) { return account.account(call, version); });
        add("GET", path("balance").c_str(), 5,
            [&account](const Call& call) { return account.balance(call); });
        add("GET", path("positionRisk").c_str(), 5,
            [&account, version](const Call& call) { return account.positions(call, version); });
    }
    using Member = std::string (AccountApi::*)(const Call&);
    const auto add_member = [&](const char* method, const char* path, std::int64_t weight,
                                Member member) {
        add(method, path, weight,
            [&account, member](const Call& call) { return (account.*member)(call); });
    };
    add_member("GET", "/fapi/v1/userTrades", 5, &AccountApi::user_trades);
    add_member("POST", "/fapi/v1/leverage", 1, &AccountApi::set_leverage);
    add_member("POST", "/fapi/v1/marginType", 1, &AccountApi::set_margin_type);
    add_member("POST", "/fapi/v1/positionSide/dual", 1, &AccountApi::set_position_mode);
    add_member("GET", "/fapi/v1/leverageBracket", 1, &AccountApi::leverage_brackets);
    add_member("GET", "/fapi/v1/commissionRate", 20, &AccountApi::commission_rate);
    add_member("GET", "/fapi/v1/accountConfig", 5, &AccountApi::account_config);
    add_member("GET", "/fapi/v1/symbolConfig", 5, &AccountApi::symbol_config);
    add_member("GET", "/fapi/v1/rateLimit/order", 1, &AccountApi::order_limits);
    add("GET", "/fapi/v1/positionSide/dual", 30,
        [](const Call&) { return std::string(R"({"dualSidePosition":false})"); });
    add("GET", "/fapi/v1/multiAssetsMargin", 30,
        [](const Call&) { return std::string(R"({"multiAssetsMargin":false})"); });
    add("GET", "/fapi/v1/income", 30, [](const Call&) { return std::string("[]"); });
}

void RestApi::add_listen_key() {
    ListenKeys& keys = api_.listen_keys;
    const auto add = [this](const char* method, Action action) {
        routes_[{method, "/fapi/v1/listenKey"}] = {Security::Key, 1, std::move(action)};
    };
    const auto text = [](const std::string& key) {
        return fmt::format(R"({{"listenKey":"{}"}})", key);
    };
    add("POST",
        [&keys, text](const Call& call) { return text(keys.start(call.account, call.wall)); });
    add("PUT",
        [&keys, text](const Call& call) { return text(keys.renew(call.account, call.wall)); });
    add("DELETE", [&keys](const Call& call) {
        keys.close(call.account);
        return std::string("{}");
    });
}

net::ServerAnswer RestApi::answer(const net::ServerRequest& request) {
    ++requests_;
    if (api_.faults.is_active(FaultKind::Disconnect, kRest)) return {.cut_off = true};
    const auto [path, query] = split_target(request.target);
    const auto route = routes_.find({request.method, std::string(path)});
    if (route == routes_.end()) {
        return json_answer(404, error_body(-5000, fmt::format("Path {}, Method {} is invalid", path,
                                                              request.method)));
    }
    const Parameters parameters = Parameters::of_rest(query, request.body);
    net::ServerAnswer answer = carry_out(route->second, request, parameters);
    if (const Fault* const slow = api_.faults.strikes(FaultKind::Slow, kRest)) {
        answer.delay = slow->delay;
    }
    return answer;
}

net::ServerAnswer RestApi::carry_out(const Route& route, const net::ServerRequest& request,
                                     const Parameters& parameters) {
    const Nanos wall = api_.exchange.clock().wall_now();
    net::HttpFields fields;
    try {
        api_.limits.take_weight(weight_of(route, request, parameters), wall);
        fields = api_.limits.weight_fields(wall);
        AccountNo account = 0;
        const std::string_view key = request.field("X-MBX-APIKEY");
        if (route.security == Security::Key) {
            account = api_.access.find_key(key).account;
        } else if (route.security == Security::Signed) {
            account = api_.access.check_signed(key, parameters, wall / kMillisecond).account;
        }
        const Call call{parameters, account, wall};
        net::ServerAnswer fault = fail(route, call);
        if (fault.status != kNothing) return fault;
        std::string body = route.action(call);
        if (route.is_order) {
            for (auto& field : api_.limits.order_fields(account, wall)) {
                fields.push_back(std::move(field));
            }
        }
        return json_answer(200, std::move(body), std::move(fields));
    } catch (const Refusal& refusal) {
        return refuse(refusal, std::move(fields));
    }
}

std::int64_t RestApi::weight_of(const Route& route, const net::ServerRequest& request,
                                const Parameters& parameters) const {
    const std::string_view path = split_target(request.target).first;
    if (path == "/fapi/v1/depth") {
        return std::max<std::int64_t>(
            MarketApi::depth_weight(parameters.integer("limit").value_or(500)), 1);
    }
    const bool all = path == "/fapi/v1/openOrders" && !parameters.has("symbol");
    return all ? kOpenOrdersOfAll : route.weight;
}

net::ServerAnswer RestApi::refuse(const Refusal& refusal, net::HttpFields fields) const {
    const int status = refusal.http_status();
    if (status == 429 || status == 418) {
        const Nanos wall = api_.exchange.clock().wall_now();
        fields.emplace_back("Retry-After", std::to_string(api_.limits.retry_after(wall)));
    }
    return json_answer(status, error_body(refusal.code(), refusal.what()), std::move(fields));
}

net::ServerAnswer RestApi::fail(const Route& route, const Call& call) {
    Faults& faults = api_.faults;
    if (faults.is_calm()) return {.status = kNothing};
    const auto retry = [](const Fault& fault) {
        const Nanos seconds = (fault.delay + kSecond - 1) / kSecond;
        return net::HttpFields{{"Retry-After", std::to_string(seconds)}};
    };
    if (const Fault* const fault = faults.strikes(FaultKind::RateLimit, kRest)) {
        return json_answer(429, error_body(-1003, "Too many requests."), retry(*fault));
    }
    if (const Fault* const fault = faults.strikes(FaultKind::Ban, kRest)) {
        return json_answer(418, error_body(-1003, "Way too many requests; IP banned."),
                           retry(*fault));
    }
    constexpr std::array kUnknown{FaultKind::ServerError, FaultKind::Timeout, FaultKind::NoAnswer};
    for (const FaultKind kind : kUnknown) {
        const Fault* const fault = faults.strikes(kind, kRest);
        if (fault == nullptr) continue;
        if (faults.chance(fault->executed)) carry_out_unheard(route, call);
        if (kind == FaultKind::NoAnswer) return {.withheld = true};
        if (kind == FaultKind::ServerError) {
            return {.status = 502, .body = "<html><body>502 Bad Gateway</body></html>"};
        }
        return json_answer(kTimeoutStatus,
                           error_body(-1007,
                                      "Timeout waiting for response from backend server. Send "
                                      "status unknown; execution status unknown."));
    }
    return {.status = kNothing};
}

void RestApi::carry_out_unheard(const Route& route, const Call& call) {
    try {
        route.action(call);
    } catch (const Refusal&) {
        return;
    }
}

}  // namespace ringside::venue_simulator
