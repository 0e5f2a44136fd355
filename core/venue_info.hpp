#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/instrument.hpp"
#include "core/time.hpp"

namespace ringside {

/// Whether a bus runs on the wall clock or on recorded time. Only the driver under the bot's API
/// looks at it.
enum class ClockMode : std::uint8_t { Unset = 0, RealTime = 1, Simulated = 2 };

/// How a bot's side of the simulation must behave; see engine/rules.hpp for what each one means.
enum class RulesPreset : std::uint8_t { Unset = 0, Strict = 1, Compat = 2 };

/// What a venue service tells every bot that attaches.
struct VenueInfo {
    std::string venue;
    ClockMode clock = ClockMode::Simulated;
    RulesPreset rules = RulesPreset::Strict;
    Nanos start_ts = kNever;  ///< simulated: first event time of all instruments on either side
    /// Real time: what makes the machine's steady clock show the time of this bus. 0: each process
    /// takes its own.
    Nanos clock_anchor = 0;
    Nanos least_round_trip_ns = 0;  ///< no response is heard sooner than this after its request
    bool may_fail = false;          ///< simulated: a bot may be told that its simulation has failed
    std::uint64_t recorded_rows = 0;  ///< of all files together; 0 on a live venue
    std::vector<Instrument> instruments;
};

}  // namespace ringside
