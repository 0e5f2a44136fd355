#pragma once

#include <sched.h>

/// Which processor a thread runs on.
namespace ringside::ipc {

/// Where the calling thread runs at this moment; -1 if the system does not say.
inline int current_processor() noexcept { return sched_getcpu(); }

/// Processors that the calling thread may use.
inline int allowed_processors() noexcept {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    return sched_getaffinity(0, sizeof(allowed), &allowed) == 0 ? CPU_COUNT(&allowed) : 1;
}

/// Moves the calling thread off `processor` at once if it may run elsewhere; where it may run is
/// the same afterwards. Schedulers leave two threads that spin for each other on one processor:
/// both always look busy.
void leave_processor(int processor) noexcept;

}  // namespace ringside::ipc
