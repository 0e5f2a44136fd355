#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/ringside/feed_quality.hpp"
#include "tools/ringside/raw_quality.hpp"

namespace ringside {

/// Bad: a replay would refuse it. Usable: it can be replayed, but not every limit is kept.
enum class Grade : std::uint8_t { Bad, Usable, Good };

std::string_view grade_name(Grade grade) noexcept;

/// One figure and the most that it may be.
struct Measure {
    std::string_view name;
    std::string_view what;  ///< with its unit
    double value = 0.0;
    double limit = 0.0;
    bool is_needed = false;  ///< without it there is no replay

    /// A figure that is no number, such as a drift of too short a span, is within.
    bool is_within() const noexcept { return !(value > limit); }
};

/// Drift is measured over this long at least: venues' times have steps of a millisecond.
inline constexpr Nanos kLeastDriftSpan = 60 * kSecond;

std::vector<Measure> measures_of(const FeedQuality& feed);
std::vector<Measure> measures_of(const RawQuality& raw);

/// Each is "name=value". Throws Error (Usage) for a name that is none of the measures'.
void set_limits(std::vector<Measure>& measures, const std::vector<std::string>& limits);

Grade grade_of(const std::vector<Measure>& measures) noexcept;

}  // namespace ringside
