#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tools/ringside/backtest.hpp"
#include "tools/ringside/commands.hpp"

namespace ringside {
namespace {

struct BacktestArguments {
    std::string config;
    std::string output;
    bool in_process = false;
    bool no_report = false;
};

void run(const BacktestArguments& arguments) {
    BacktestPlan plan = BacktestPlan::read(arguments.config);
    plan.in_process = arguments.in_process;
    if (!arguments.output.empty()) plan.output = arguments.output;
    run_backtest(plan);
    summarise(plan);
    fmt::print("\n{}\n{}\n", plan.record().string(), plan.orders().string());
    std::fflush(stdout);
    if (arguments.no_report) return;
    write_report(plan);
    fmt::print("{}\n", plan.report_file().string());
}

}  // namespace

void add_backtest_command(CLI::App& app) {
    CLI::App* backtest = app.add_subcommand(
        "backtest", "Run a bot against recorded data; print a summary, write records and a report");
    const auto arguments = std::make_shared<BacktestArguments>();
    backtest->add_option("config", arguments->config, "Venue, instruments, bot (TOML)")->required();
    backtest->add_option("-o,--output", arguments->output,
                         "Folder for the results (default: backtest.output of the file, or "
                         "<file>-results beside it)");
    backtest->add_flag("--in-process", arguments->in_process,
                       "Simulate in the bot's process instead of a replayd of its own");
    backtest->add_flag("--no-report", arguments->no_report, "Write no HTML report");
    backtest->callback([arguments] { run(*arguments); });
}

}  // namespace ringside
