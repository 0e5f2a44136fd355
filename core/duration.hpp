#pragma once

#include <optional>
#include <string_view>

#include "core/time.hpp"

namespace ringside {

/// Nanoseconds of a text of number and unit, such as "100ms", "-1.5 us" or "1h"; units are ns, us,
/// ms, s, min and h. None unless the text is exactly that and a whole number of nanoseconds.
std::optional<Nanos> parse_duration(std::string_view text);

}  // namespace ringside
