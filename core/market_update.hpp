#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/event.hpp"
#include "core/order.hpp"
#include "core/price.hpp"
#include "core/streaming_store.hpp"

namespace ringside {

/// What a row does to a book.
enum class Action : std::uint8_t {
    SetBid = 0,
    SetAsk = 1,
    BuyTrade = 2,   ///< public trade, initiated by the buyer
    SellTrade = 3,  ///< public trade, initiated by the seller
    Row = 4,        ///< none of the others: look at the row itself
    Order = 5,      ///< to a market order: look at the row, whose price is the tick
};

constexpr bool sets_level(Action action) noexcept { return action <= Action::SetAsk; }
/// Side of the level that an action sets.
constexpr Side side_of(Action action) noexcept {
    return action == Action::SetBid ? Side::Buy : Side::Sell;
}

/// A recorded row worked out once for all who apply it: half its size, its price already a tick and
/// its kind one number to branch on.
struct MarketUpdate {
    static constexpr std::uint8_t kAtLocal = 1;
    static constexpr std::uint8_t kAtExchange = 2;

    Nanos exch_ts = 0;
    Nanos local_ts = 0;
    double qty = 0.0;
    std::int32_t tick = 0;  ///< of the row's price; without meaning for Action::Row
    Action action = Action::Row;
    std::uint8_t seen = 0;   ///< kAtLocal, kAtExchange: who sees the row
    std::uint16_t code = 0;  ///< of the row's kind and flags, where RowColumns stand for rows

    /// What is behind the tick in memory, and the tick with it: for who stores updates word by
    /// word.
    static constexpr std::uint32_t ending(Action action, std::uint8_t seen,
                                          std::uint16_t code) noexcept {
        return static_cast<std::uint32_t>(action) | std::uint32_t{seen} << 8 |
               std::uint32_t{code} << 16;
    }
    static constexpr std::uint64_t last_word(std::int32_t tick, std::uint32_t ending) noexcept {
        return static_cast<std::uint32_t>(tick) | std::uint64_t{ending} << 32;
    }

    bool at_exchange() const noexcept { return (seen & kAtExchange) != 0; }
    bool at_local() const noexcept { return (seen & kAtLocal) != 0; }
};
static_assert(sizeof(MarketUpdate) == 32 && std::endian::native == std::endian::little);
static_assert(offsetof(MarketUpdate, tick) == 24 && offsetof(MarketUpdate, action) == 28 &&
              offsetof(MarketUpdate, seen) == 29 && offsetof(MarketUpdate, code) == 30);

/// What a row of this kind, with these flags, does.
Action action_of(std::uint64_t ev) noexcept;

/// Works out one update for each row; `updates` is as long as `rows`. What is stored for another
/// core needs streaming_done().
void work_out(std::span<const Event> rows, const Grid& grid, MarketUpdate* updates,
              ReadOn read_on = ReadOn::ThisCore) noexcept;

}  // namespace ringside
