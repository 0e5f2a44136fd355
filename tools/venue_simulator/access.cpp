#include "tools/venue_simulator/access.hpp"

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::int64_t kAheadMaxMs = 1000;
constexpr std::int64_t kWindowMs = 5000;
constexpr std::int64_t kWindowMaxMs = 60'000;
constexpr int kUnauthorized = 401;

}  // namespace

const ApiKey& Access::find_key(std::string_view name) const {
    if (name.empty()) throw Refusal(-2014, "API-key format invalid.", kUnauthorized);
    for (const ApiKey& key : keys_) {
        if (key.name == name) return key;
    }
    throw Refusal(-2015, "Invalid API-key, IP, or permissions for action.", kUnauthorized);
}

void Access::check_time(const Parameters& parameters, std::int64_t now_ms) {
    const std::int64_t sent_ms = parameters.require_integer("timestamp");
    const std::int64_t window_ms = parameters.integer("recvWindow").value_or(kWindowMs);
    if (window_ms > kWindowMaxMs || window_ms < 0) {
        throw Refusal(-1131, "recvWindow must be less than 60000");
    }
    if (sent_ms >= now_ms + kAheadMaxMs) {
        throw Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.");
    }
    if (now_ms - sent_ms > window_ms) {
        throw Refusal(-1021, "Timestamp for this request is outside of the recvWindow.");
    }
}

const ApiKey& Access::check_signed(std::string_view key_name, const Parameters& parameters,
                                   std::int64_t now_ms) const {
    const ApiKey& key = find_key(key_name);
    const std::string signature = parameters.require("signature");
    check_time(parameters, now_ms);
    if (!key.check->accepts(parameters.signed_text(), signature)) {
        throw Refusal(-1022, "Signature for this request is not valid.");
    }
    return key;
}

}  // namespace ringside::venue_simulator
