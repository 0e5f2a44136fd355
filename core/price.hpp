#pragma once

#include <cmath>
#include <cstdint>
#include <limits>

namespace ringside {

/// A price as a whole number of tick sizes.
using Ticks = std::int64_t;
/// An own order's size as a whole number of lot sizes.
using Lots = std::int64_t;

/// Ticks from `first` to `last`, both included.
struct TickRange {
    Ticks first = 0;
    Ticks last = 0;
    bool operator==(const TickRange&) const = default;
};

/// Best bid of a book without bids; best ask of a book without asks.
inline constexpr Ticks kNoBid = std::numeric_limits<Ticks>::min();
inline constexpr Ticks kNoAsk = std::numeric_limits<Ticks>::max();

namespace detail {

/// Rounds what does not fit the fast way of round_to_integer().
[[gnu::noinline]] inline std::int64_t round_large(double x) noexcept {
    if (std::isnan(x)) return 0;
    const double rounded = std::round(x);
    if (rounded >= 9223372036854775808.0) return std::numeric_limits<std::int64_t>::max();
    if (rounded <= -9223372036854775808.0) return std::numeric_limits<std::int64_t>::min();
    return static_cast<std::int64_t>(rounded);
}

}  // namespace detail

/// Nearest integer, halves away from zero; NaN is 0 and out-of-range values saturate.
[[gnu::always_inline]] inline std::int64_t round_to_integer(double x) noexcept {
    // Below 2^51 the part behind the point is exact, and so is the comparison with a half.
    constexpr double kExact = 2251799813685248.0;
    if (!(x > -kExact && x < kExact)) [[unlikely]]
        return detail::round_large(x);
    const auto truncated = static_cast<std::int64_t>(x);
    const double rest = x - static_cast<double>(truncated);
    return truncated + (rest >= 0.5) - (rest <= -0.5);
}

/// The grid of one instrument: converts between decimal prices and quantities and whole ticks and
/// lots. Divides by the step (never multiplies by a reciprocal) so that the nearest tick is the one
/// every other implementation of the same rule finds.
struct Grid {
    double tick_size = 0.0;
    double lot_size = 0.0;

    Ticks to_ticks_nearest(double price) const noexcept {
        return round_to_integer(price / tick_size);
    }
    Lots to_lots_nearest(double qty) const noexcept { return round_to_integer(qty / lot_size); }
    double price(Ticks ticks) const noexcept { return static_cast<double>(ticks) * tick_size; }
    /// Quantity of so many lots. Divides where the lot is one part of a whole number (0.001), which
    /// gives the double nearest to the decimal quantity: 3 lots of 0.1 are 0.3.
    double qty(Lots lots) const noexcept {
        const double per_unit = std::round(1.0 / lot_size);
        const bool decimal = per_unit >= 1.0 && std::abs(1.0 / lot_size - per_unit) < 1e-6;
        return decimal ? static_cast<double>(lots) / per_unit
                       : static_cast<double>(lots) * lot_size;
    }
};

}  // namespace ringside
