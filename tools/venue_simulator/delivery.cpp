#include "tools/venue_simulator/delivery.hpp"

#include <utility>

namespace ringside::venue_simulator {

namespace {

constexpr Nanos kHeldMost = 200 * kMillisecond;

FaultTarget target_of(MessageKind kind) {
    switch (kind) {
        case MessageKind::Depth:
        case MessageKind::Market:
            return kMarket;
        case MessageKind::User:
            return kUser;
        case MessageKind::Answer:
            break;
    }
    return kOrderApi;
}

/// Valid JSON of a given size that says nothing.
std::string huge_frame(std::size_t bytes) {
    std::string text = R"({"e":"padding","filler":")";
    constexpr std::size_t kEnd = 2;
    if (bytes > text.size() + kEnd) text.resize(bytes - kEnd, 'x');
    return text + "\"}";
}

}  // namespace

void Delivery::send(std::uint64_t client, MessageKind kind, Text text) {
    if (faults_.is_calm() && held_.empty()) return pass_on(client, std::move(text));
    send_faulty(client, kind, target_of(kind), std::move(text));
}

void Delivery::send_faulty(std::uint64_t client, MessageKind kind, FaultTarget target, Text text) {
    if (faults_.strikes(FaultKind::Drop, target) != nullptr) return;
    if (kind == MessageKind::Depth && faults_.strikes(FaultKind::Gap, target) != nullptr) return;
    if (const Fault* const huge = faults_.strikes(FaultKind::Huge, target)) {
        pass_on(client, std::make_shared<const std::string>(huge_frame(huge->bytes)));
    }
    if (faults_.strikes(FaultKind::Malformed, target) != nullptr) {
        text = std::make_shared<const std::string>(damage(*text));
    }
    const auto held = held_.find(client);
    if (held == held_.end() && faults_.strikes(FaultKind::Reorder, target) != nullptr) {
        held_[client] = {std::move(text)};
        return;
    }
    Text late;
    if (held != held_.end()) {
        late = std::move(held->second.text);
        held_.erase(held);
    }
    const bool twice = faults_.strikes(FaultKind::Duplicate, target) != nullptr;
    pass_on(client, text);
    if (twice) pass_on(client, text);
    if (late != nullptr) pass_on(client, late);
}

void Delivery::release(Nanos wall) {
    const auto held = held_;
    for (const auto& [client, message] : held) {
        if (message.since == 0) {
            held_[client].since = wall;
        } else if (wall - message.since >= kHeldMost) {
            held_.erase(client);
            pass_on(client, message.text);
        }
    }
}

void Delivery::pass_on(std::uint64_t client, Text text) {
    ++sent_;
    server_.send(client, std::move(text));
}

/// One kind of damage after the other: cut short, wrong type, no JSON at all, empty.
std::string Delivery::damage(std::string text) {
    constexpr std::uint64_t kKinds = 5;
    switch (damages_++ % kKinds) {
        case 0:
            text.resize(text.size() / 2);
            return text;
        case 1:
            for (char& c : text) c = c == '"' ? '\'' : c;
            return text;
        case 2: {
            const std::size_t at = text.find(":[[");
            if (at == text.npos) return "[" + text + "]";
            return text.substr(0, at) + ":[[null,{}]" + text.substr(text.find("]]", at) + 1);
        }
        case 3:
            return "<html>502 Bad Gateway</html>";
        default:
            return "{}";
    }
}

}  // namespace ringside::venue_simulator
