#pragma once

#include <cstdint>

namespace ringside {

/// Outcome of a bot's call. Values below 10 are ordinary, the others refuse the call.
enum class Code : std::int64_t {
    Ok = 0,                   ///< done, or the time asked for has passed
    EndOfData = 1,            ///< nothing will ever happen again on this bus
    MarketFeed = 2,           ///< woken by a market event
    OrderResponse = 3,        ///< woken by an answer to an order
    OrderIdExists = 10,       ///< the bot still holds an order of this id
    RequestInFlight = 11,     ///< the order's last request is not answered yet
    OrderNotFound = 12,       ///< no such order
    InvalidRequest = 13,      ///< size, price, time in force or type cannot be used
    InvalidOrderStatus = 14,  ///< the order is past what was asked
    RequestRingFull = 20,     ///< the venue does not keep up; nothing was sent
    DataError = 100,          ///< the recorded data is damaged
};

constexpr bool is_error(Code code) noexcept { return static_cast<std::int64_t>(code) >= 10; }

}  // namespace ringside
