#pragma once

#include <functional>

#include "engine/venue_config.hpp"

namespace ringside::engine {

/// The `main` of a replay server: reads the command line and the configuration, serves until every
/// bot has left. Returns the exit status; reports errors on stderr. `adjust` may change the
/// configuration that was read, to set models of one's own.
int replay_main(
    int argc, char** argv, const std::function<void(VenueConfig&)>& adjust = [](VenueConfig&) {});

}  // namespace ringside::engine
