#pragma once

#include "botkit/capi/ringside.h"
#include "engine/venue_config.hpp"

struct ringside_venue {
    ringside::engine::VenueConfig config;
};

namespace ringside::capi {

/// Refuses what cannot be simulated; throws Error.
void check(const engine::VenueConfig& config);

}  // namespace ringside::capi
