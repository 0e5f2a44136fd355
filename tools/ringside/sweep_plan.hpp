#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/venue_config.hpp"

namespace ringside {

/// What `ringside sweep` is to do: a backtest's configuration and its `[sweep]`.
struct SweepPlan {
    /// One parameter set: a TOML value for each of `keys`.
    using Set = std::vector<std::string>;

    std::filesystem::path config;
    engine::VenueConfig venue;
    std::filesystem::path bot;     ///< the program
    std::filesystem::path output;  ///< folder for the results
    std::vector<std::string> keys;
    std::vector<Set> sets;
    unsigned jobs = 0;      ///< processes at a time
    unsigned together = 0;  ///< most sets that one of them runs in lock-step
    bool keep_runs = false;

    /// Reads and checks the whole file, the bot's own parameters excepted. Numbers that are not 0
    /// count instead of the file's.
    static SweepPlan read(const std::filesystem::path& config, unsigned jobs = 0,
                          unsigned together = 0);

    /// key=value of each parameter of a set, as a bot's `--set` takes them.
    std::vector<std::string> parameters(std::size_t set) const;
    std::filesystem::path table() const { return output / "results.csv"; }
    std::filesystem::path description() const { return output / "sweep.json"; }
    /// Where a set leaves its record and its orders.
    std::filesystem::path folder(std::size_t set) const;
    std::uint64_t recorded_rows() const;
    /// Of all that results depend on: configuration, program, data.
    std::uint32_t fingerprint() const;
};

/// A TOML value as a table shows it: a text without its quotes.
std::string shown_value(const std::string& literal);

}  // namespace ringside
