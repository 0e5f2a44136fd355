#pragma once

#include "botkit/capi/session.hpp"
#include "core/error.hpp"
#include "engine/venue_config.hpp"

struct ringside_venue {
    ringside::engine::VenueConfig config;
};

namespace ringside::capi {

/// Refuses what cannot be simulated; throws Error.
void check(const engine::VenueConfig& config);

/// Applies an action to the description of the asset added last.
template <typename Action>
ringside_code describe(ringside_venue* venue, Action&& action) noexcept {
    return guarded([&] {
        if (venue->config.assets.empty()) fail(ExitCode::Usage, "add an asset first");
        action(venue->config.assets.back());
        return RINGSIDE_OK;
    });
}

}  // namespace ringside::capi
