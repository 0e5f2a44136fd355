#pragma once

#include <cstdint>

#include "connectord/client_order_id.hpp"
#include "core/order.hpp"

/// What passes between the order manager and those who hold the wire: actions go out, answers and
/// updates come in. A venue's adapter fills these in; nothing here knows a venue.
namespace ringside::connectord {

/// A venue's own order id; where it is a text, a hash of it. 0: not known. Unique per instrument.
using VenueOrderId = std::uint64_t;
/// A venue's id of one execution; unique per instrument.
using TradeId = std::uint64_t;

/// What a venue says an order is. Partial fills are seen by the executed size, not here.
enum class VenueStatus : std::uint8_t {
    Unset = 0,  ///< the message does not say (a list of executions)
    Working = 1,
    Filled = 2,
    Cancelled = 3,
    Expired = 4,
    Rejected = 5,
};
constexpr bool is_final(VenueStatus s) noexcept { return s >= VenueStatus::Filled; }

/// Which channel brought an update. Only queries and snapshots say how things stand; the others say
/// what happened.
enum class Channel : std::uint8_t {
    Stream = 0,    ///< the private stream
    Answer = 1,    ///< the answer to a submit, cancel or modify
    Query = 2,     ///< the answer to QueryOrder
    Snapshot = 3,  ///< one order of a list of open orders
};

/// One execution, complete: one without its fee (a "lite" event) must not be passed on, because an
/// execution is booked the first time it is seen.
struct Execution {
    TradeId trade_id = 0;
    Ticks price_ticks = 0;
    Lots lots = 0;  ///< 0: there is none
    double fee = 0.0;
    Nanos exch_ts = 0;
    bool maker = false;
};

/// The state of one order as some channel has it.
struct OrderUpdate {
    OrderKey key{};  ///< none: the client id is not one of ours
    VenueOrderId venue_id = 0;
    AssetNo asset_no = 0;
    Channel channel = Channel::Stream;
    VenueStatus status = VenueStatus::Unset;
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
    bool amended = false;  ///< the message reports a modify that was carried out
    Ticks price_ticks = 0;
    Lots qty_lots = 0;       ///< whole size, executed part included
    Lots executed_lots = 0;  ///< cumulative
    Nanos exch_ts = 0;       ///< when the venue changed the order last
    Execution execution{};   ///< that this message reports, if any
};

/// One entry of a list of executions (an account's trades). Lists name no client ids, so the order
/// is found by the venue's.
struct TradeReport {
    AssetNo asset_no = 0;
    VenueOrderId venue_id = 0;
    Side side = Side::Unset;
    Execution execution{};
};

enum class ActionKind : std::uint8_t {
    Unset = 0,
    Submit,       ///< key, asset, side, type, time in force, price, size
    Cancel,       ///< key, venue_id if known
    Modify,       ///< key, venue_id, side, new price, new whole size (executed part included)
    QueryOrder,   ///< key; by client id unless venue_id is known
    QueryTrades,  ///< all executions of the order `venue_id`
    CancelAll,    ///< every order of the instrument, foreign ones included
};

/// To be put on the wire at once, in this order.
struct Action {
    std::uint64_t ticket = 0;  ///< to be given back with the answer; never used twice
    OrderKey key{};
    VenueOrderId venue_id = 0;
    Ticks price_ticks = 0;
    Lots qty_lots = 0;
    AssetNo asset_no = 0;
    ActionKind kind = ActionKind::Unset;
    Side side = Side::Unset;
    TimeInForce time_in_force = TimeInForce::Gtc;
    OrderType type = OrderType::Limit;
};

/// How an action ended as far as the wire knows.
enum class Outcome : std::uint8_t {
    Done,     ///< the venue says it was carried out (for a query: the order was found)
    Refused,  ///< the venue says it was not, and why
    Unknown,  ///< it may have been: time out, lost connection, 5xx, "status unknown"
    NotSent,  ///< no byte of it left this machine
};

/// Why a venue refused, in classes that decide what happens next.
enum class Refusal : std::uint8_t {
    Unset = 0,
    Rule,          ///< price, size, filter, parameter: asking again cannot help
    PostOnly,      ///< would have taken
    Unfillable,    ///< fill-or-kill or immediate-or-cancel that could not be filled
    Funds,         ///< margin or balance
    ReduceOnly,    ///< would not have reduced
    RateLimited,   ///< too many requests or orders, or the venue is overloaded: not carried out
    UnknownOrder,  ///< cancel, modify, query: the venue finds no such open order
    NoChange,      ///< modify to what the order already is
    Clock,         ///< time stamp outside the venue's window: not carried out
    Auth,          ///< key, signature, permission
};

/// The answer to an action.
struct ActionAnswer {
    std::uint64_t ticket = 0;
    OrderKey key{};
    ActionKind kind = ActionKind::Unset;
    Outcome outcome = Outcome::Unknown;
    Refusal refusal = Refusal::Unset;
    bool has_update = false;  ///< Done: the venue sent the order's state along
    OrderUpdate update{};     ///< Channel::Answer or Channel::Query
};

/// A message for one bot's session.
struct BotResponse {
    BotNo bot = kNoBot;
    OrderResponse response{};  ///< seq is the session's business
};

/// Order id under which a bot hears of an execution of an order whose own id it may have given to
/// another order since. Hardly ever: the end of an order is told only when its executions have
/// been.
inline constexpr OrderId kLateOrderId = ~OrderId{0};

}  // namespace ringside::connectord
