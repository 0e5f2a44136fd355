#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/error.hpp"
#include "tools/ringside/commands.hpp"
#include "tools/ringside/sweep.hpp"

namespace ringside {
namespace {

struct SweepArguments {
    std::string config;
    std::string output;
    unsigned jobs = 0;
    unsigned together = 0;
    bool fresh = false;
    bool npz = false;
    bool keep_runs = false;
};

void run(const SweepArguments& arguments) {
    SweepPlan plan = SweepPlan::read(arguments.config, arguments.jobs, arguments.together);
    if (!arguments.output.empty()) plan.output = arguments.output;
    plan.keep_runs |= arguments.keep_runs;
    SweepTable table(plan, arguments.fresh);
    if (table.rows() > 0) {
        fmt::print("{} of {} sets are done already\n", table.rows(), plan.sets.size());
    }
    const SweepOutcome outcome = run_sweep(plan, table);
    table.sort();
    if (outcome.added > 0) {
        const auto events = static_cast<double>(outcome.added * plan.recorded_rows());
        fmt::print("\n{} sets in {:.2f} s, {:.1f} M events/s\n", outcome.added, outcome.seconds,
                   events / outcome.seconds / 1e6);
    }
    fmt::print("{}\n", plan.table().string());
    if (arguments.npz) {
        const auto npz = plan.output / "results.npz";
        write_sweep_npz(plan.table(), npz);
        fmt::print("{}\n", npz.string());
    }
    if (outcome.failed > 0) {
        fail(ExitCode::BotLost,
             "{} set(s) failed and have no row; the same command tries them again", outcome.failed);
    }
}

}  // namespace

void add_sweep_command(CLI::App& app) {
    CLI::App* sweep = app.add_subcommand(
        "sweep", "Backtest a bot with many sets of parameters at once; one row of results each");
    const auto arguments = std::make_shared<SweepArguments>();
    sweep->add_option("config", arguments->config, "A backtest's file with a [sweep] (TOML)")
        ->required();
    sweep->add_option("-o,--output", arguments->output,
                      "Folder for the results (default: sweep.output of the file, or <file>-sweep "
                      "beside it)");
    sweep
        ->add_option("--jobs", arguments->jobs,
                     "Processes at a time (default: sweep.jobs of the file, or one for each "
                     "processor)")
        ->check(CLI::Range(1U, 1024U));
    sweep
        ->add_option("--together", arguments->together,
                     "Most sets that a process runs side by side on one pass over the data "
                     "(default: sweep.together of the file, or an equal share, at most 16)")
        ->check(CLI::Range(1U, 1024U));
    sweep->add_flag("--fresh", arguments->fresh,
                    "Drop the rows of an earlier run instead of going on with it");
    sweep->add_flag("--npz", arguments->npz, "Write the table as results.npz, too");
    sweep->add_flag("--keep-runs", arguments->keep_runs,
                    "Keep record and orders of each set in set-<n>/ (or sweep.keep_runs)");
    sweep->callback([arguments] { run(*arguments); });
}

}  // namespace ringside
