#pragma once

#include <cstdint>
#include <string>

namespace ringside {

/// A process from outside, by /proc.
struct ProcessLook {
    std::string state = "gone";   ///< running, sleeping, stopped, zombie, ...
    std::uint64_t cpu_ticks = 0;  ///< user and system, clock ticks
};

ProcessLook look_at_process(std::int32_t pid);

}  // namespace ringside
