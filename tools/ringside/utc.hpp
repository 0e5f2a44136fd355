#pragma once

#include <string>

#include "core/time.hpp"

namespace ringside {

/// "2024-08-08 23:54:16.298", in UTC.
std::string utc(Nanos ts);

}  // namespace ringside
