#pragma once

#include <cstddef>

#include "tools/ringside/sweep_plan.hpp"
#include "tools/ringside/sweep_table.hpp"

namespace ringside {

/// What a sweep came to.
struct SweepOutcome {
    std::size_t added = 0;   ///< rows, in this run
    std::size_t failed = 0;  ///< sets that could not be run; the reasons went to stderr
    double seconds = 0.0;
};

/// Runs the sets that the table has no row of, in processes of the bot's program that each run
/// several in lock-step, and adds and prints the row of each as it ends. A set whose process dies
/// is tried once more by itself.
SweepOutcome run_sweep(const SweepPlan& plan, SweepTable& table);

}  // namespace ringside
