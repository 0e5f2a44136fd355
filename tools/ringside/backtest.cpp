#include "tools/ringside/backtest.hpp"

#include <fmt/format.h>
#include <unistd.h>

#define BOOST_PROCESS_USE_STD_FS 1
#include <chrono>
#include <thread>

#include <boost/process/args.hpp>
#include <boost/process/child.hpp>
#include <boost/process/env.hpp>
#include <boost/process/exe.hpp>

#include "core/config.hpp"
#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "tools/ringside/programs.hpp"

namespace ringside {
namespace {

namespace fs = std::filesystem;
namespace process = boost::process;
using Arguments = std::vector<std::string>;

Arguments result_files(const BacktestPlan& plan) {
    return {"--record",  plan.record().string(), "--orders",  plan.orders().string(),
            "--summary", plan.run().string(),    "--progress"};
}

/// The program said why; this only passes its exit status on.
void expect_success(process::child& program, const std::string& name) {
    program.wait();
    if (program.exit_code() == 0) return;
    const bool known = program.exit_code() <= static_cast<int>(ExitCode::BotLost) &&
                       WIFEXITED(program.native_exit_code());
    fail(known ? static_cast<ExitCode>(program.exit_code()) : ExitCode::Internal,
         "{} failed; nothing was kept of this run", name);
}

void run_in_process(const BacktestPlan& plan) {
    Arguments arguments = {"--in-process", plan.config.string()};
    const Arguments files = result_files(plan);
    arguments.insert(arguments.end(), files.begin(), files.end());
    process::child bot(process::exe = find_program(plan.bot), process::args = arguments);
    expect_success(bot, plan.bot);
}

void wait_for_bus(const std::string& bus, process::child& server) {
    for (;;) {
        const auto buses = ipc::live_buses();
        if (std::find(buses.begin(), buses.end(), bus) != buses.end()) return;
        if (!server.running()) {
            expect_success(server, "replayd");
            fail(ExitCode::Bus, "replayd ended before the bot could attach");
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

void run_across_processes(const BacktestPlan& plan) {
    const std::string bus = fmt::format("backtest-{}", getpid());
    process::child server(process::exe = find_program("replayd"),
                          process::args = Arguments{plan.config.string(), "--bus", bus, "--quiet"});
    wait_for_bus(bus, server);
    Arguments arguments = {"--bus", bus, "--config", plan.config.string()};
    const Arguments files = result_files(plan);
    arguments.insert(arguments.end(), files.begin(), files.end());
    process::child bot(process::exe = find_program(plan.bot), process::args = arguments);
    try {
        expect_success(bot, plan.bot);
    } catch (const Error&) {
        kill(server.id(), SIGTERM);
        server.wait();
        throw;
    }
    expect_success(server, "replayd");
}

}  // namespace

BacktestPlan BacktestPlan::read(const fs::path& file) {
    BacktestPlan plan;
    plan.config = file;
    Config config = Config::load(file);
    plan.venue = engine::VenueConfig::read(config);
    plan.bot = config.get_or<std::string>("backtest.bot", plan.bot);
    plan.book_size = config.get_or("backtest.book_size", 0.0);
    const fs::path beside = file.parent_path() / (file.stem().string() + "-results");
    plan.output = config.get_or<fs::path>("backtest.output", beside);
    config.ignore("bot");
    config.ignore("sweep");
    config.finish();
    return plan;
}

void run_backtest(const BacktestPlan& plan) {
    std::error_code error;
    fs::create_directories(plan.output, error);
    if (error) {
        fail(ExitCode::Io, "{}: cannot make this folder: {}", plan.output.string(),
             error.message());
    }
    plan.in_process ? run_in_process(plan) : run_across_processes(plan);
}

void write_report(const BacktestPlan& plan) {
    auto environment = boost::this_process::environment();
    process::environment for_python = environment;
    if (const std::string path = python_path(); !path.empty()) {
        for_python["PYTHONPATH"] = path + ":" + environment["PYTHONPATH"].to_string();
    }
    const fs::path python = find_python();
    process::child report(
        process::exe = python,
        process::args = Arguments{"-m", "ringside.report", plan.record().string(), "--orders",
                                  plan.orders().string(), "--config", plan.run().string(), "-o",
                                  plan.report_file().string()},
        process::env = for_python);
    report.wait();
    if (report.exit_code() == 0) return;
    fail(ExitCode::Usage,
         "no report was written: {} could not do it; install NumPy, Polars and Plotly for it, or "
         "name another interpreter in RINGSIDE_PYTHON, or pass --no-report. The results are in {}",
         python.string(), plan.output.string());
}

}  // namespace ringside
