#include "tools/venue_simulator/control_api.hpp"

#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "tools/venue_simulator/config.hpp"
#include "tools/venue_simulator/json_text.hpp"
#include "tools/venue_simulator/oracle.hpp"
#include "tools/venue_simulator/parameters.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

using Json = nlohmann::ordered_json;

/// A fault in JSON has the keys that it has in the configuration.
Fault fault_of(const std::string& body) {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) throw Refusal(-1130, "the body must be an object with the key 'kind'");
    std::string toml;
    for (const auto& [name, value] : json.items()) {
        toml += fmt::format("{} = {}\n", name, value.dump());
    }
    try {
        const Config file = Config::parse(toml, "request");
        const Fault fault = venue_simulator::read_fault(file);
        file.finish();
        return fault;
    } catch (const Error& error) {
        throw Refusal(-1130, error.what());
    }
}

}  // namespace

net::ServerAnswer ControlApi::answer(const net::ServerRequest& request) {
    const net::HttpFields fields{{"Content-Type", "application/json"}};
    try {
        return {.status = 200, .body = act(request), .fields = fields};
    } catch (const Refusal& refusal) {
        return {.status = refusal.http_status(),
                .body = Json{{"code", refusal.code()}, {"msg", refusal.what()}}.dump(),
                .fields = fields};
    }
}

std::string ControlApi::act(const net::ServerRequest& request) {
    const auto [path, query] = split_target(request.target);
    const std::string_view what = path.substr(std::min(kPrefix.size(), path.size()));
    const bool reads = request.method == "GET";
    if (what == "state" && reads) return state();
    if (what == "fills" && reads) return fills_text(exchange_);
    if (what == "book" && reads) {
        const Parameters parameters = Parameters::of_rest(query, {});
        const AssetNo asset = exchange_.find_symbol(parameters.require("symbol"));
        return book_text(exchange_.market(asset), exchange_.filters(asset));
    }
    if (what == "faults" && request.method == "POST") {
        faults_.begin(fault_of(request.body), clock_.wall_now());
    } else if (what == "faults" && request.method == "DELETE") {
        faults_.calm();
    } else if (what == "market" && request.method == "POST") {
        const Json json = Json::parse(request.body, nullptr, false);
        if (!json.is_object() || !json.contains("held") || !json["held"].is_boolean()) {
            throw Refusal(-1130, R"(the body must be {"held": true} or {"held": false})");
        }
        json["held"].get<bool>() ? clock_.hold() : clock_.resume();
    } else if (what == "instrument" && request.method == "POST") {
        announce(request.body);
    } else {
        throw Refusal(-5000, "no such path or method", 404);
    }
    handlers_.on_change();
    return state();
}

void ControlApi::announce(const std::string& body) {
    const Json json = Json::parse(body, nullptr, false);
    if (!json.is_object()) throw Refusal(-1130, "the body must be an object with the key 'symbol'");
    auto& said = exchange_.announcement(exchange_.find_symbol(json.value("symbol", std::string())));
    said.status = json.value("status", said.status);
    said.tick_size = json.value("tickSize", said.tick_size);
    said.min_notional = json.value("minNotional", said.min_notional);
}

std::string ControlApi::state() {
    std::vector<std::string> active;
    for (const FaultKind kind : faults_.active())
        active.push_back(fmt::format("\"{}\"", name_of(kind)));
    std::vector<std::string> struck;
    for (std::size_t i = 0; i < kFaultKinds; ++i) {
        const auto kind = static_cast<FaultKind>(i);
        struck.push_back(fmt::format("\"{}\":{}", name_of(kind), faults_.struck(kind)));
    }
    return fmt::format(R"({{"time":{},"held":{},"calm":{},"faults":[{}],"struck":{{{}}},{},)"
                       R"("ordersAccepted":{},"reusedClientIds":{},"accounts":{},"books":{}}})",
                       clock_.millis_now(), clock_.held(), faults_.is_calm() && !faults_.has_more(),
                       joined(active), joined(struck), handlers_.counts(),
                       exchange_.orders_accepted(), exchange_.orders().reused_client_ids(),
                       accounts_text(exchange_), books_text(exchange_));
}

}  // namespace ringside::venue_simulator
