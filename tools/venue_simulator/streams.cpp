#include "tools/venue_simulator/streams.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/venue_simulator/parameters.hpp"

namespace ringside::venue_simulator {

namespace {

using Json = nlohmann::ordered_json;

struct Address {
    StreamRoute route = StreamRoute::Any;
    std::string_view rest;  ///< behind the route
};

Address split_route(std::string_view path) {
    constexpr std::array<std::pair<std::string_view, StreamRoute>, 3> kRoutes{{
        {"/public", StreamRoute::Public},
        {"/market", StreamRoute::Market},
        {"/private", StreamRoute::Private},
    }};
    for (const auto& [prefix, route] : kRoutes) {
        if (path.starts_with(prefix)) return {route, path.substr(prefix.size())};
    }
    return {StreamRoute::Any, path};
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(separator), text.size());
        if (end > 0) parts.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return parts;
}

/// Listen keys have no '@'.
bool is_user_stream(std::string_view stream) {
    return stream.find('@') == stream.npos && !stream.starts_with('!');
}

bool carries(StreamRoute route, std::string_view stream) {
    if (route == StreamRoute::Any) return true;
    if (is_user_stream(stream)) return route == StreamRoute::Private;
    const bool trade = stream.ends_with("@trade");
    const bool book = stream.find("@depth") != stream.npos ||
                      stream.find("bookTicker") != stream.npos ||
                      stream.find("@rpiDepth") != stream.npos;
    if (route == StreamRoute::Public) return book || trade;
    return route == StreamRoute::Market && !book;
}

Json error_answer(int code, const std::string& words, const Json& id) {
    return {{"error", {{"code", code}, {"msg", words}}}, {"id", id}};
}

}  // namespace

bool Streams::is_address(std::string_view target) {
    const auto [path, query] = split_target(target);
    const std::string_view rest = split_route(path).rest;
    return rest == "/ws" || rest.starts_with("/ws/") || rest == "/stream" || rest == "/stream/";
}

void Streams::open(std::uint64_t client, std::string_view target) {
    const auto [path, query] = split_target(target);
    const auto [route, rest] = split_route(path);
    const Parameters parameters = Parameters::of_rest(query, {});
    Client& made = clients_[client];
    made.route = route;
    made.combined = rest.starts_with("/stream");
    for (const std::string& event : split(parameters.get_or("events", ""), '/')) {
        made.events.insert(event);
    }
    if (rest.starts_with("/ws/")) {
        for (const std::string& stream : split(rest.substr(4), '/')) subscribe(client, stream);
    }
    for (const char* name : {"streams", "listenKey"}) {
        const std::string list = parameters.get_or(name, "");
        for (const std::string& stream : split(list, '/')) subscribe(client, stream);
    }
}

void Streams::gone(std::uint64_t client) {
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    const auto streams = found->second.streams;
    for (const std::string& stream : streams) unsubscribe(client, stream);
    clients_.erase(client);
    delivery_.forget(client);
}

void Streams::subscribe(std::uint64_t client, const std::string& stream) {
    Client& found = clients_.at(client);
    found.streams.insert(stream);
    if (carries(found.route, stream)) by_stream_[stream].insert(client);
}

void Streams::unsubscribe(std::uint64_t client, const std::string& stream) {
    clients_.at(client).streams.erase(stream);
    const auto subscribers = by_stream_.find(stream);
    if (subscribers == by_stream_.end()) return;
    subscribers->second.erase(client);
    if (subscribers->second.empty()) by_stream_.erase(subscribers);
}

void Streams::take(std::uint64_t client, std::string_view text) {
    if (!clients_.contains(client)) return;
    delivery_.send(client, MessageKind::Market, answer(client, text));
}

std::string Streams::answer(std::uint64_t client, std::string_view text) {
    const Json message = Json::parse(text, nullptr, false);
    if (!message.is_object()) {
        return error_answer(3, "Invalid JSON: expected an object", nullptr).dump();
    }
    const Json id = message.value("id", Json());
    const Json method = message.value("method", Json());
    const Json params = message.value("params", Json::array());
    Client& found = clients_.at(client);
    if (method == "LIST_SUBSCRIPTIONS") {
        return Json{{"result", found.streams}, {"id", id}}.dump();
    }
    if (method == "SET_PROPERTY" && params.is_array() && params.size() == 2 &&
        params[1].is_boolean()) {
        found.combined = params[1].get<bool>();
        return Json{{"result", nullptr}, {"id", id}}.dump();
    }
    if (method == "GET_PROPERTY") return Json{{"result", found.combined}, {"id", id}}.dump();
    const bool subscribes = method == "SUBSCRIBE";
    const bool all_texts =
        params.is_array() &&
        std::all_of(params.begin(), params.end(), [](const Json& one) { return one.is_string(); });
    if ((!subscribes && method != "UNSUBSCRIBE") || !all_texts) {
        return error_answer(2, "Invalid request: unknown method or parameters", id).dump();
    }
    for (const Json& stream : params) {
        subscribes ? subscribe(client, stream.get<std::string>())
                   : unsubscribe(client, stream.get<std::string>());
    }
    return Json{{"result", nullptr}, {"id", id}}.dump();
}

void Streams::publish(const std::string& stream, MessageKind kind, const std::string& data,
                      std::string_view event) {
    const auto subscribers = by_stream_.find(stream);
    if (subscribers == by_stream_.end()) return;
    Delivery::Text raw;
    Delivery::Text combined;
    const auto list = subscribers->second;
    for (const std::uint64_t number : list) {
        // Sending to one of them may end another.
        const auto found = clients_.find(number);
        if (found == clients_.end()) continue;
        const Client& client = found->second;
        if (!client.events.empty() && !event.empty() && !client.events.contains(event)) continue;
        Delivery::Text& text = client.combined ? combined : raw;
        if (text == nullptr) {
            text = std::make_shared<const std::string>(
                client.combined ? fmt::format(R"({{"stream":"{}","data":{}}})", stream, data)
                                : data);
        }
        delivery_.send(number, kind, text);
    }
}

std::vector<std::uint64_t> Streams::clients(StreamRoute route) const {
    std::vector<std::uint64_t> list;
    for (const auto& [number, client] : clients_) {
        // On the old address it is what they listen to that tells.
        const bool user = client.route == StreamRoute::Private ||
                          std::any_of(client.streams.begin(), client.streams.end(), is_user_stream);
        if (user == (route == StreamRoute::Private)) list.push_back(number);
    }
    return list;
}

std::vector<std::uint64_t> Streams::subscribers(const std::string& stream) const {
    const auto found = by_stream_.find(stream);
    if (found == by_stream_.end()) return {};
    return {found->second.begin(), found->second.end()};
}

}  // namespace ringside::venue_simulator
