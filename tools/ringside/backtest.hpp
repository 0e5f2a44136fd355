#pragma once

#include <filesystem>
#include <string>

#include "engine/venue_config.hpp"

namespace ringside {

/// What `ringside backtest` is to do: the venue of the file, and its `[backtest]`.
struct BacktestPlan {
    std::filesystem::path config;
    engine::VenueConfig venue;
    std::string bot = "grid_bot";  ///< program, or its path
    double book_size = 0.0;        ///< capital that returns are measured on; 0: not given
    std::filesystem::path output;  ///< folder for the results
    bool in_process = false;
    bool report = true;

    std::filesystem::path record() const { return output / "record.npz"; }
    std::filesystem::path orders() const { return output / "orders.npy"; }
    std::filesystem::path run() const { return output / "run.json"; }
    std::filesystem::path report_file() const { return output / "report.html"; }

    /// Reads and checks the whole file, the bot's own parameters excepted.
    static BacktestPlan read(const std::filesystem::path& config);
};

/// Runs the bot against a replay server, each in a process of its own, or in one process. Throws
/// Error with the exit code of the program that failed, after its message.
void run_backtest(const BacktestPlan& plan);

/// Prints what came out and adds what the report needs to run.json.
void summarise(const BacktestPlan& plan);

/// Writes the HTML report with the Python package `ringside.report`.
void write_report(const BacktestPlan& plan);

}  // namespace ringside
