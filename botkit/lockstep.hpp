#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "botkit/shared_venue.hpp"

namespace ringside::botkit {

/// What a bot does with its way to the venue; lets no exception out. The link ends with the call.
using LockstepBot = std::function<void(std::unique_ptr<Link>)>;

/// Runs several bots over one venue on this thread, each on a stack of its own and none further
/// ahead than the venue's promises allow. Calls `on_round` each time all have had their turn.
void run_in_lockstep(SharedVenue& venue, std::vector<LockstepBot> bots,
                     const std::function<void()>& on_round);

}  // namespace ringside::botkit
