#pragma once

#include <chrono>

#include "core/time.hpp"

namespace ringside {

/// Now, in nanoseconds since the epoch.
inline Nanos wall_now() noexcept {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

}  // namespace ringside
