#include "tools/venue_simulator/rate_limits.hpp"

#include <fmt/format.h>

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr Nanos kMinute = 60 * kSecond;
constexpr Nanos kTenSeconds = 10 * kSecond;

std::int64_t seconds_up(Nanos span) { return (span + kSecond - 1) / kSecond; }

}  // namespace

void RateLimits::take_weight(std::int64_t weight, Nanos wall) {
    const std::int64_t minute = wall / kMinute;
    if (wall < banned_until_) {
        ++refused_;
        throw Refusal(-1003,
                      fmt::format("Way too many requests; IP banned until {}. Please use the "
                                  "websocket for live updates to avoid bans.",
                                  banned_until_ / kMillisecond),
                      418);
    }
    if (weight_.at(minute) + weight <= limits_.weight_per_minute) {
        weight_.add(minute, weight);
        ignored_ = 0;
        return;
    }
    ++refused_;
    if (++ignored_ > limits_.refusals_before_ban) banned_until_ = wall + limits_.ban;
    throw Refusal(-1003,
                  fmt::format("Too many requests; current limit is {} requests per minute. Please "
                              "use the websocket for live updates to avoid polling the API.",
                              limits_.weight_per_minute),
                  429);
}

void RateLimits::take_order(std::size_t account, std::int64_t on_10s, std::int64_t on_minute,
                            Nanos wall) {
    Orders& orders = orders_[account];
    const bool too_many =
        orders.ten_seconds.at(wall / kTenSeconds) + on_10s > limits_.orders_per_10s ||
        orders.minute.at(wall / kMinute) + on_minute > limits_.orders_per_minute;
    if (too_many) {
        ++refused_;
        throw Refusal(
            -1015,
            fmt::format("Too many new orders; current limit is {} orders per TEN_SECONDS.",
                        limits_.orders_per_10s),
            429);
    }
    orders.ten_seconds.add(wall / kTenSeconds, on_10s);
    orders.minute.add(wall / kMinute, on_minute);
}

std::int64_t RateLimits::retry_after(Nanos wall) const noexcept {
    if (wall < banned_until_) return seconds_up(banned_until_ - wall);
    return seconds_up(kMinute - wall % kMinute);
}

std::int64_t RateLimits::used_weight(Nanos wall) const noexcept {
    return weight_.at(wall / kMinute);
}
std::int64_t RateLimits::orders_10s(std::size_t account, Nanos wall) const noexcept {
    return orders_[account].ten_seconds.at(wall / kTenSeconds);
}
std::int64_t RateLimits::orders_minute(std::size_t account, Nanos wall) const noexcept {
    return orders_[account].minute.at(wall / kMinute);
}

net::HttpFields RateLimits::weight_fields(Nanos wall) const {
    return {{"X-MBX-USED-WEIGHT-1M", std::to_string(used_weight(wall))}};
}
net::HttpFields RateLimits::order_fields(std::size_t account, Nanos wall) const {
    return {{"X-MBX-ORDER-COUNT-10S", std::to_string(orders_10s(account, wall))},
            {"X-MBX-ORDER-COUNT-1M", std::to_string(orders_minute(account, wall))}};
}

}  // namespace ringside::venue_simulator
