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
    OrderTooLarge = 30,       ///< limit on one order's size
    OrderValueTooLarge = 31,  ///< limit on one order's value
    PositionLimit = 32,       ///< the position that open orders could lead to
    OpenSizeLimit = 33,       ///< open and in-flight size
    OpenOrdersLimit = 34,     ///< open and in-flight orders
    OrderRateLimit = 35,      ///< the bot's orders in a time
    PriceOutOfBand = 36,      ///< too far from the best prices
    NoTouch = 37,             ///< best prices unknown, so a price cannot be checked
    KillSwitch = 38,          ///< trading is stopped until an operator resets it
    Stopping = 39,            ///< the service is about to end
    RateBudget = 40,          ///< the venue's limits leave no room now; nothing was sent
    NotSent = 41,             ///< no connection; nothing was sent
    NotReady = 42,            ///< what the account holds is not known yet, or not any more
    VenueRejected = 50,       ///< by the venue: rule, filter, parameter
    WouldTake = 51,           ///< by the venue: post-only
    Unfillable = 52,          ///< by the venue: fill-or-kill, immediate-or-cancel
    NoFunds = 53,             ///< by the venue: margin or balance
    ReduceOnly = 54,          ///< by the venue: would not reduce
    VenueRateLimit = 55,      ///< by the venue: too many requests, or overloaded
    NeverArrived = 56,        ///< was not answered, and the venue does not know it
    NothingToChange = 57,     ///< by the venue: the order is so already
    VenueKey = 58,            ///< by the venue: key, signature, clock
    DataError = 100,          ///< the recorded data is damaged
};

constexpr bool is_error(Code code) noexcept { return static_cast<std::int64_t>(code) >= 10; }

}  // namespace ringside
