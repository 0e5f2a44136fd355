#pragma once

#include <atomic>

namespace ringside::capi {

/// While one of them lives, the first SIGINT or SIGTERM of the process raises the flag.
class StopSignals {
  public:
    StopSignals();
    ~StopSignals();
    StopSignals(const StopSignals&) = delete;
    StopSignals& operator=(const StopSignals&) = delete;

    const std::atomic<bool>& flag() const noexcept;
};

}  // namespace ringside::capi
