#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/order.hpp"
#include "core/time.hpp"

namespace ringside {

/// What a recorded row says; the low eight bits of `Event::ev`.
enum class EventKind : std::uint8_t {
    Unset = 0,
    Depth = 1,          ///< level set to qty; zero removes it
    Trade = 2,          ///< public trade; the side flag is the aggressor's
    DepthClear = 3,     ///< remove one side's levels up to px, or both sides
    DepthSnapshot = 4,  ///< level of a snapshot; applied as Depth
    DepthBbo = 5,       ///< best level
    AddOrder = 10,
    CancelOrder = 11,
    ModifyOrder = 12,
    Fill = 13,
    // What venues publish beside book and trades; no book and no simulation looks at it.
    IndexPrice = 100,
    MarkPrice = 101,
    FundingRate = 102,
    TickerBid = 103,  ///< best bid as the venue's ticker has it
    TickerAsk = 104,
};

/// Flags of `Event::ev`. Bits 8-27 and 32-63 are free for users and ignored.
inline constexpr std::uint64_t kExchEvent = 1ULL << 31;   ///< the row is seen at the exchange
inline constexpr std::uint64_t kLocalEvent = 1ULL << 30;  ///< the row is seen by the bot
inline constexpr std::uint64_t kBuyEvent = 1ULL << 29;    ///< bid side, or buyer initiated
inline constexpr std::uint64_t kSellEvent = 1ULL << 28;   ///< ask side, or seller initiated
inline constexpr std::uint64_t kKindMask = 0xff;

/// One recorded market event. The layout is the row of the `.npy` files (dtype of eight 64-bit
/// little-endian fields) and of the element of `List(Event)` in schemas/market_data.capnp.
struct Event {
    std::uint64_t ev = 0;        ///< kind and flags
    Nanos exch_ts = 0;           ///< when it happened at the exchange
    Nanos local_ts = 0;          ///< when it was received
    double px = 0.0;             ///< price
    double qty = 0.0;            ///< quantity
    std::uint64_t order_id = 0;  ///< market order id, market-by-order data only
    std::int64_t ival = 0;       ///< free for users
    double fval = 0.0;           ///< free for users

    EventKind kind() const noexcept { return static_cast<EventKind>(ev & kKindMask); }
    bool has(std::uint64_t flags) const noexcept { return (ev & flags) == flags; }
    /// Of the level or order, or of a trade's aggressor; a row that says both says buy.
    Side side() const noexcept {
        return has(kBuyEvent) ? Side::Buy : has(kSellEvent) ? Side::Sell : Side::Unset;
    }
};

static_assert(sizeof(Event) == 64 && std::is_trivially_copyable_v<Event>);
static_assert(offsetof(Event, ev) == 0 && offsetof(Event, exch_ts) == 8);
static_assert(offsetof(Event, local_ts) == 16 && offsetof(Event, px) == 24);
static_assert(offsetof(Event, qty) == 32 && offsetof(Event, order_id) == 40);
static_assert(offsetof(Event, ival) == 48 && offsetof(Event, fval) == 56);

}  // namespace ringside
