#include "ipc/processor.hpp"

namespace ringside::ipc {

void leave_processor(int processor) noexcept {
    cpu_set_t allowed;
    CPU_ZERO(&allowed);
    if (processor < 0 || sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return;
    cpu_set_t others = allowed;
    CPU_CLR(static_cast<unsigned>(processor), &others);
    if (CPU_COUNT(&others) == 0 || sched_setaffinity(0, sizeof(others), &others) != 0) return;
    sched_setaffinity(0, sizeof(allowed), &allowed);
}

}  // namespace ringside::ipc
