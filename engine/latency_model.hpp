#pragma once

#include "core/time.hpp"

namespace ringside::engine {

/// The same order latency always.
struct ConstantLatency {
    Nanos entry_ns = 0;     ///< bot to venue; below 0: every request is refused after that long
    Nanos response_ns = 0;  ///< venue to bot

    Nanos entry(Nanos /*req_ts*/) const noexcept { return entry_ns; }
    Nanos response(Nanos /*exch_ts*/) const noexcept { return response_ns; }
    /// No request reaches the venue sooner than this; 0 if some are refused on the way.
    Nanos least_entry() const noexcept { return entry_ns < 0 ? 0 : entry_ns; }
    Nanos least_response() const noexcept { return response_ns; }
};

}  // namespace ringside::engine
