#pragma once

#include <CLI/CLI.hpp>

namespace ringside {

/// Each adds one sub-command, whose callback does its work and throws Error when it fails.
void add_account_command(CLI::App& app);
void add_backtest_command(CLI::App& app);
void add_sweep_command(CLI::App& app);
void add_bench_command(CLI::App& app);
void add_bus_command(CLI::App& app);
void add_compare_command(CLI::App& app);
void add_convert_command(CLI::App& app);
void add_kill_command(CLI::App& app);
void add_synth_command(CLI::App& app);
void add_validate_command(CLI::App& app);

/// Part of `convert`.
void add_event_files_command(CLI::App& convert);

}  // namespace ringside
