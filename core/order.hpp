#pragma once

#include <cstdint>

#include "core/ids.hpp"
#include "core/price.hpp"
#include "core/time.hpp"

namespace ringside {

enum class Side : std::int8_t { Unset = 0, Buy = 1, Sell = -1 };
enum class TimeInForce : std::uint8_t { Gtc = 0, Gtx = 1, Fok = 2, Ioc = 3, Unsupported = 255 };
enum class OrderType : std::uint8_t { Limit = 0, Market = 1, Unsupported = 255 };

/// State of an order, and (as `Order::req`) the request that is still in flight for it.
enum class Status : std::uint8_t {
    None = 0,
    New = 1,
    Expired = 2,
    Filled = 3,
    Canceled = 4,
    PartiallyFilled = 5,
    Rejected = 6,
    Replaced = 7,
    Unsupported = 255,
};

constexpr double sign(Side side) noexcept {
    return static_cast<double>(static_cast<std::int8_t>(side));
}
constexpr Side opposite(Side side) noexcept { return side == Side::Buy ? Side::Sell : Side::Buy; }
constexpr bool is_terminal(Status s) noexcept {
    return s == Status::Expired || s == Status::Filled || s == Status::Canceled ||
           s == Status::Rejected;
}

/// What a bot asks of a venue.
enum class RequestKind : std::uint8_t { Unset = 0, Submit = 1, Modify = 2, Cancel = 3 };

/// One request on its way from a bot to a venue.
struct OrderRequest {
    std::uint64_t seq = 0;  ///< +1 per request of a session, from 1
    OrderId order_id = 0;   ///< the bot's own id, unique among its live orders
    Nanos req_ts = 0;       ///< bot's time of the request
    Ticks price_ticks = 0;
    Lots qty_lots = 0;     ///< wanted size (submit), new size (modify); 0 for cancel
    Lots leaves_lots = 0;  ///< what the bot believes is open; decides a compat modify's size
    AssetNo asset_no = 0;  ///< index of the instrument on the bus
    RequestKind kind = RequestKind::Unset;
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    Status status = Status::None;  ///< the bot's view of the order when it asked
};

/// What a response tells the bot.
enum class ResponseKind : std::uint8_t {
    Unset = 0,
    Ack = 1,      ///< the request was carried out; the order's state is in the message
    Refused = 2,  ///< the request was not carried out; `reason` says why
    Fill = 3,     ///< an execution nobody asked about: a resting order was hit
    Update = 4,   ///< the venue changed the order on its own (expired, cancelled)
    Failed = 5,   ///< nothing more can be simulated for this bot; `error` says why
};

/// The order's state as the venue has it, plus what just happened to it.
struct OrderResponse {
    std::uint64_t seq = 0;      ///< +1 per response of a session, from 1
    std::uint64_t req_seq = 0;  ///< request answered; 0 when unsolicited
    OrderId order_id = 0;
    Nanos req_ts = 0;   ///< bot's time of the request this order state stems from
    Nanos exch_ts = 0;  ///< when the venue did it; 0 if it never reached the venue
    Nanos resp_ts = 0;  ///< when the bot hears of it
    Ticks price_ticks = 0;
    Lots qty_lots = 0;
    Lots leaves_lots = 0;
    Ticks exec_price_ticks = 0;  ///< of the last execution
    Lots exec_lots = 0;          ///< of the last execution
    double fee = 0.0;            ///< of the execution in this message
    double queue_ahead = 0.0;    ///< quantity ahead when the order came to rest
    AssetNo asset_no = 0;
    ResponseKind kind = ResponseKind::Unset;
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    Status status = Status::None;
    Status req = Status::None;  ///< Rejected when the request was refused
    bool maker = false;         ///< of the last execution
    bool executed = false;      ///< this message carries an execution
    std::uint8_t error = 0;     ///< a Code that says why it was refused or failed; 0 when none
};

/// The answer to a request that is not carried out, heard at `resp_ts`.
inline OrderResponse refusal_of(const OrderRequest& request, Nanos resp_ts,
                                std::uint8_t error = 0) noexcept {
    return {.req_seq = request.seq,
            .order_id = request.order_id,
            .req_ts = request.req_ts,
            .resp_ts = resp_ts,
            .price_ticks = request.price_ticks,
            .qty_lots = request.qty_lots,
            .leaves_lots = request.leaves_lots,
            .asset_no = request.asset_no,
            .kind = ResponseKind::Refused,
            .side = request.side,
            .time_in_force = request.time_in_force,
            .type = request.type,
            .status = request.status,
            .req = Status::Rejected,
            .error = error};
}

/// An own order as its bot sees it.
struct Order {
    OrderId order_id = 0;
    Ticks price_ticks = 0;
    Lots qty_lots = 0;
    Lots leaves_lots = 0;
    Lots exec_lots = 0;               ///< of the last execution
    Ticks exec_price_ticks = 0;       ///< of the last execution
    double exec_fee = 0.0;            ///< of the last execution
    Nanos exch_ts = 0;                ///< venue time of the last answer; 0 before
    Nanos exch_ts_at_request = 0;     ///< exch_ts when the last request was made
    Nanos local_ts = 0;               ///< time of the last request
    std::uint64_t req_seq = 0;        ///< request in flight; 0 when none
    Ticks confirmed_price_ticks = 0;  ///< venue's price while a modify is in flight
    Lots confirmed_qty_lots = 0;      ///< venue's size while a modify is in flight
    double queue_ahead = 0.0;         ///< quantity ahead when the order came to rest
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    Status status = Status::None;
    Status req = Status::None;
    bool maker = false;

    bool active() const noexcept {
        return status == Status::New || status == Status::PartiallyFilled;
    }
    bool pending() const noexcept { return req != Status::None; }
    bool cancellable() const noexcept { return active() && !pending(); }
};

}  // namespace ringside
