#pragma once

#include "core/time.hpp"
#include "tools/venue_simulator/parameters.hpp"
#include "tools/venue_simulator/venue_order.hpp"

namespace ringside::venue_simulator {

/// One request that was let in, by whatever wire it came.
struct Call {
    const Parameters& parameters;
    AccountNo account = 0;  ///< without meaning for public requests
    Nanos wall = 0;
};

}  // namespace ringside::venue_simulator
