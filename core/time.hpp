#pragma once

#include <cstdint>
#include <limits>

namespace ringside {

/// Nanoseconds. Event and order times are counted from the Unix epoch; durations are differences.
using Nanos = std::int64_t;

/// "Never": no time, an exhausted stream, or a clock that has not started.
inline constexpr Nanos kNever = std::numeric_limits<Nanos>::max();
/// Earlier than any time.
inline constexpr Nanos kBeforeAll = std::numeric_limits<Nanos>::min();

inline constexpr Nanos kMicrosecond = 1'000;
inline constexpr Nanos kMillisecond = 1'000'000;
inline constexpr Nanos kSecond = 1'000'000'000;

/// Sum that stops at the ends of the range instead of wrapping.
constexpr Nanos saturating_add(Nanos a, Nanos b) noexcept {
    Nanos sum = 0;
    if (!__builtin_add_overflow(a, b, &sum)) return sum;
    return b > 0 ? kNever : kBeforeAll;
}

}  // namespace ringside
