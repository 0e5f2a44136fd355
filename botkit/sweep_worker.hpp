#pragma once

#include <filesystem>
#include <string>

#include "botkit/bot.hpp"

namespace ringside::botkit {

/// What `ringside sweep` has a bot's program do: run parameter sets of the bot in lock-step over
/// one venue. `job` is a JSON file:
///
///     {"results_fd": 3, "decode_ahead": false, "check_only": false,
///      "sets": [{"set": 0, "parameters": ["skew=0.1"], "folder": ""}]}
///
/// A set with a folder leaves `record.npz` and `orders.npy` there. Lines of JSON go to the file
/// descriptor: {"rows": N} as data are passed, {"set": N, "totals": {...}} as a set ends, and
/// {"set": N, "error": "..."} where it could not be run. With `check_only` only the parameters of
/// all sets are read.
void run_sweep_job(const Bot& bot, const std::string& config, const std::filesystem::path& job);

}  // namespace ringside::botkit
