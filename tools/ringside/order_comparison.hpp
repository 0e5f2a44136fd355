#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "tools/ringside/logged_orders.hpp"

namespace ringside {

/// In what an order of a live run and that of its replay differ: the first of these that holds.
enum class Cause : std::uint8_t {
    OnlyLive,    ///< the replay has no such order within the window
    OnlyReplay,  ///< the live run has none
    Price,       ///< the nearest order of the side has another price
    Qty,         ///< of the same price, but another quantity
    Terms,       ///< type or time in force
    Refused,     ///< by one venue only
    Filled,      ///< in one run only
    FilledQty,   ///< filled in both, but not as much
    FillTime,    ///< first filled at times further apart than tolerated
    Canceled,    ///< its cancel was asked for in one run only
    None,        ///< no difference
};
inline constexpr std::size_t kCauses = static_cast<std::size_t>(Cause::None) + 1;
std::string_view cause_name(Cause cause) noexcept;

struct ComparisonOptions {
    Nanos window = kSecond;                     ///< between two submissions of one decision
    Nanos fill_tolerance = 100 * kMillisecond;  ///< between first fills
    Nanos shift = 0;                            ///< added to times of the live log
};

/// One decision: an order of the live log, of the replay's, or of both.
struct ComparedOrder {
    const LoggedOrder* live = nullptr;
    const LoggedOrder* replay = nullptr;
    Cause cause = Cause::None;

    /// Replay's less live's, where both have it.
    std::optional<Nanos> submit_diff(Nanos shift) const;
    std::optional<Nanos> fill_diff(Nanos shift) const;
};

struct OrderComparison {
    std::vector<ComparedOrder> orders{};  ///< by time of submission
    std::array<std::uint64_t, kCauses> by_cause{};
    std::uint64_t outside = 0;  ///< orders submitted when the other run was not there
    std::uint64_t matched = 0;
    std::uint64_t identical = 0;  ///< matched with equal side, price, quantity and terms

    /// Identical decisions of all; 1 if there were none.
    double identical_share() const noexcept {
        return orders.empty() ? 1.0
                              : static_cast<double>(identical) / static_cast<double>(orders.size());
    }
};

/// Matches orders of equal asset, side, price and quantity whose submissions lie within the window,
/// each with the nearest and none across another, then what is left with other quantities, then
/// with other prices. The logs must outlive the result.
OrderComparison compare_orders(const LoggedOrders& live, const LoggedOrders& replay,
                               const ComparisonOptions& options);

}  // namespace ringside
