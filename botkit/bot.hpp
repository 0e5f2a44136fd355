#pragma once

#include <functional>
#include <string>

#include "botkit/context.hpp"
#include "botkit/parameters.hpp"
#include "botkit/recorder.hpp"
#include "engine/venue_config.hpp"

namespace ringside::botkit {

/// A trading program. The same function runs against a live venue, a replay in another process and
/// a backtest in this one, and cannot tell which.
struct Bot {
    std::string name;
    std::string description;
    /// Reads its parameters and returns what trades until the venue has nothing more to say.
    std::function<std::function<void(Context&, Recorder&)>(const Parameters&)> make;
    /// With --in-process: changes the configuration that was read, to set models of one's own. On a
    /// bus its service does; see engine::replay_main().
    std::function<void(engine::VenueConfig&)> adjust_venue{};
};

/// The `main` of a bot: reads the command line, attaches to a bus or runs a backtest in process,
/// writes the record and the order log. Returns the exit status; reports errors on stderr.
int bot_main(int argc, char** argv, const Bot& bot);

/// The venue of a configuration to backtest the bot with.
engine::VenueConfig read_venue(const std::string& file, const Bot& bot);

}  // namespace ringside::botkit
