
#include <CLI/CLI.hpp>

#include "core/program.hpp"
#include "tools/ringside/commands.hpp"

namespace {

using AddCommand = void (*)(CLI::App&);

/// In the order of the help text.
constexpr AddCommand kCommands[] = {
    ringside::add_convert_command,  ringside::add_validate_command, ringside::add_synth_command,
    ringside::add_backtest_command, ringside::add_sweep_command,    ringside::add_compare_command,
    ringside::add_bench_command,    ringside::add_bus_command,      ringside::add_kill_command,
    ringside::add_account_command,
};

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("High-frequency trading and backtesting: data, replay, and looking at a bus.",
                 "ringside");
    app.require_subcommand(1);
    app.set_version_flag("--version", "ringside " RINGSIDE_VERSION);
    for (const AddCommand add : kCommands) add(app);
    // The command's own callback runs as it is parsed.
    return ringside::run_program(app, argc, argv, [] { return 0; });
}
