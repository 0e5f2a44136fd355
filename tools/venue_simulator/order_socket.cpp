#include "tools/venue_simulator/order_socket.hpp"

#include <memory>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

using Json = nlohmann::ordered_json;

std::string error_text(int code, std::string_view words) {
    return fmt::format(R"({{"code":{},"msg":{}}})", code, Json(words).dump());
}

/// The venue tells by its own clock when it will answer again.
std::string slow_down_text(int code, std::string_view words, Nanos wait, Nanos wall) {
    return fmt::format(R"({{"code":{},"msg":{},"data":{{"serverTime":{},"retryAfter":{}}}}})", code,
                       Json(words).dump(), wall / kMillisecond, (wall + wait) / kMillisecond);
}

Parameters parameters_of(const Json& params) {
    std::vector<std::pair<std::string, std::string>> values;
    if (params.is_object()) {
        for (const auto& [name, value] : params.items()) {
            values.emplace_back(name, value.is_string() ? value.get<std::string>() : value.dump());
        }
    }
    return Parameters::of_web_socket(std::move(values));
}

}  // namespace

OrderSocket::OrderSocket(net::EventLoop& loop, VenueApi api, Delivery& delivery)
    : loop_(loop), api_(api), delivery_(delivery) {
    add_methods();
}

void OrderSocket::add_methods() {
    const auto add = [this](const char* name, Security security, std::int64_t weight,
                            Action action) {
        methods_[name] = {security, weight, std::move(action)};
    };
    MarketApi& market = api_.market;
    TradingApi& trading = api_.trading;
    AccountApi& account = api_.account;
    ListenKeys& keys = api_.listen_keys;
    add("ping", Security::None, 1, [](const Call&) { return std::string("{}"); });
    add("time", Security::None, 1, [&](const Call& call) { return market.time(call); });
    add("depth", Security::None, 20, [&](const Call& call) { return market.depth(call); });
    add("ticker.book", Security::None, 2,
        [&](const Call& call) { return market.book_ticker(call); });
    add("ticker.price", Security::None, 1, [&](const Call& call) { return market.price(call); });
    add("order.place", Security::Signed, 0, [&](const Call& call) { return trading.place(call); });
    add("order.modify", Security::Signed, 0, [&](const Call& call) { return trading.amend(call); });
    add("order.cancel", Security::Signed, 1,
        [&](const Call& call) { return trading.cancel(call); });
    add("order.status", Security::Signed, 1, [&](const Call& call) { return trading.query(call); });
    for (const int version : {1, 2}) {
        const std::string prefix = version == 1 ? "" : "v2/";
        const int shape = version == 1 ? 2 : 3;
        add((prefix + "account.position").c_str(), Security::Signed, 5,
            [&account, shape](const Call& call) { return account.positions(call, shape); });
        add((prefix + "account.balance").c_str(), Security::Signed, 5,
            [&account](const Call& call) { return account.balance(call); });
        add((prefix + "account.status").c_str(), Security::Signed, 5,
            [&account, shape](const Call& call) { return account.account(call, shape); });
    }
    const auto key_text = [](const std::string& key) {
        return fmt::format(R"({{"listenKey":"{}"}})", key);
    };
    add("userDataStream.start", Security::Key, 5, [&keys, key_text](const Call& call) {
        return key_text(keys.start(call.account, call.wall));
    });
    add("userDataStream.ping", Security::Key, 1, [&keys, key_text](const Call& call) {
        return key_text(keys.renew(call.account, call.wall));
    });
    add("userDataStream.stop", Security::Key, 1, [&keys](const Call& call) {
        keys.close(call.account);
        return std::string("{}");
    });
}

void OrderSocket::gone(std::uint64_t client) {
    clients_.erase(client);
    delivery_.forget(client);
}

std::vector<std::uint64_t> OrderSocket::clients() const {
    std::vector<std::uint64_t> list;
    for (const auto& [number, client] : clients_) list.push_back(number);
    return list;
}

void OrderSocket::take(std::uint64_t client, std::string_view text) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    ++requests_;
    const Json request = Json::parse(text, nullptr, false);
    if (!request.is_object() || !request.contains("id")) {
        send(client, frame("null", {400, error_text(-1135, "Invalid JSON Request"), {}, false}));
        return;
    }
    const std::string id = request["id"].dump();
    const Json method = request.value("method", Json());
    Parameters parameters = parameters_of(request.value("params", Json::object()));
    const Result result =
        carry_out(found->second, method.is_string() ? method.get<std::string>() : "", parameters);
    if (result.withheld) return;
    send(client, frame(id, result));
}

void OrderSocket::send(std::uint64_t client, std::string text) {
    const Fault* const slow = api_.faults.strikes(FaultKind::Slow, kOrderApi);
    if (slow == nullptr) {
        delivery_.send(client, MessageKind::Answer, std::move(text));
        return;
    }
    const std::uint64_t number = ++late_count_;
    auto& timer = late_[number] = std::make_unique<net::Timer>(loop_);
    timer->after(slow->delay, [this, number, client, late = std::move(text)] {
        if (clients_.contains(client)) delivery_.send(client, MessageKind::Answer, late);
        // The timer may not go while its action runs.
        loop_.post([this, number] { late_.erase(number); });
    });
}

OrderSocket::Result OrderSocket::carry_out(Client& client, const std::string& name,
                                           Parameters& parameters) {
    try {
        if (name.starts_with("session.")) return session(client, name, parameters);
        return run(client, name, parameters);
    } catch (const Refusal& refusal) {
        const int status = refusal.http_status();
        if (status != 429 && status != 418) {
            return {status, error_text(refusal.code(), refusal.what()), {}, false};
        }
        const Nanos wall = api_.exchange.clock().wall_now();
        const Nanos wait = api_.limits.retry_after(wall) * kSecond;
        return {status, slow_down_text(refusal.code(), refusal.what(), wait, wall), {}, false};
    }
}

OrderSocket::Result OrderSocket::run(Client& client, const std::string& name,
                                     Parameters& parameters) {
    const auto method = methods_.find(name);
    if (method == methods_.end()) throw Refusal(-1020, "This operation is not supported.");
    const Nanos wall = api_.exchange.clock().wall_now();
    const std::int64_t now_ms = wall / kMillisecond;
    api_.limits.take_weight(method->second.weight, wall);
    AccountNo account = 0;
    const std::string key = parameters.get_or("apiKey", "");
    if (method->second.security != Security::None) {
        const bool by_session = client.key != nullptr && !parameters.has("signature");
        if (by_session) {
            account = client.key->account;
            if (method->second.security == Security::Signed) Access::check_time(parameters, now_ms);
        } else if (method->second.security == Security::Key) {
            account = api_.access.find_key(key).account;
        } else {
            account = api_.access.check_signed(key, parameters, now_ms).account;
        }
    }
    const Call call{parameters, account, wall};
    if (auto fault = fail(method->second, call)) return *std::move(fault);
    return {200, method->second.action(call), account, false};
}

OrderSocket::Result OrderSocket::session(Client& client, const std::string& name,
                                         const Parameters& parameters) {
    const Nanos wall = api_.exchange.clock().wall_now();
    const std::int64_t now_ms = wall / kMillisecond;
    api_.limits.take_weight(2, wall);
    if (name == "session.logon") {
        const ApiKey& key =
            api_.access.check_signed(parameters.get_or("apiKey", ""), parameters, now_ms);
        if (!key.check->is_ed25519()) {
            throw Refusal(-4056, "HMAC_SHA256 API key is not supported.");
        }
        client.key = &key;
        client.since_ms = now_ms;
    } else if (name == "session.logout") {
        client.key = nullptr;
    } else if (name != "session.status") {
        throw Refusal(-1020, "This operation is not supported.");
    }
    const std::string key = client.key == nullptr ? "null" : Json(client.key->name).dump();
    const std::string since = client.key == nullptr ? "null" : fmt::format("{}", client.since_ms);
    return {200,
            fmt::format(R"({{"apiKey":{},"authorizedSince":{},"connectedSince":{},)"
                        R"("returnRateLimits":true,"serverTime":{}}})",
                        key, since, now_ms, now_ms),
            {},
            false};
}

std::optional<OrderSocket::Result> OrderSocket::fail(const Method& method, const Call& call) {
    Faults& faults = api_.faults;
    if (faults.is_calm()) return {};
    const auto refused = [](int status, int code, const char* words) {
        return Result{status, error_text(code, words), {}, false};
    };
    const auto slow_down = [&](int status, const char* words, const Fault& fault) {
        return Result{status, slow_down_text(-1003, words, fault.delay, call.wall), {}, false};
    };
    if (const Fault* const fault = faults.strikes(FaultKind::RateLimit, kOrderApi)) {
        return slow_down(429, "Too many requests.", *fault);
    }
    if (const Fault* const fault = faults.strikes(FaultKind::Ban, kOrderApi)) {
        return slow_down(418, "Way too many requests; IP banned.", *fault);
    }
    if (faults.strikes(FaultKind::ServerError, kOrderApi) != nullptr) {
        return refused(503, -1008, "Request throttled by system-level protection.");
    }
    const Fault* const late = faults.strikes(FaultKind::Timeout, kOrderApi);
    const bool is_late = late != nullptr;
    const Fault* const lost = is_late ? nullptr : faults.strikes(FaultKind::NoAnswer, kOrderApi);
    if (!is_late && lost == nullptr) return {};
    if (faults.chance((is_late ? late : lost)->executed)) {
        try {
            method.action(call);
        } catch (const Refusal&) {
            // Nobody hears of it.
        }
    }
    if (!is_late) return Result{200, "", {}, true};
    return refused(408, -1007,
                   "Timeout waiting for response from backend server. Send status unknown; "
                   "execution status unknown.");
}

std::string OrderSocket::frame(const std::string& id, const Result& result) const {
    const Nanos wall = api_.exchange.clock().wall_now();
    const LimitChoice& limits = api_.limits.limits();
    const auto limit = [](const char* type, const char* interval, int number, std::int64_t most,
                          std::int64_t count) {
        return fmt::format(R"({{"rateLimitType":"{}","interval":"{}","intervalNum":{},"limit":{},)"
                           R"("count":{}}})",
                           type, interval, number, most, count);
    };
    std::vector<std::string> used{limit("REQUEST_WEIGHT", "MINUTE", 1, limits.weight_per_minute,
                                        api_.limits.used_weight(wall))};
    if (result.account) {
        used.push_back(limit("ORDERS", "SECOND", 10, limits.orders_per_10s,
                             api_.limits.orders_10s(*result.account, wall)));
        used.push_back(limit("ORDERS", "MINUTE", 1, limits.orders_per_minute,
                             api_.limits.orders_minute(*result.account, wall)));
    }
    return fmt::format(R"({{"id":{},"status":{},"{}":{},"rateLimits":[{}]}})", id, result.status,
                       result.status == 200 ? "result" : "error", result.body, joined(used));
}

}  // namespace ringside::venue_simulator
