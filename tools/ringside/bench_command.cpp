#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tools/ringside/bench.hpp"
#include "tools/ringside/commands.hpp"

namespace ringside {
namespace {

struct BenchArguments {
    BenchOptions bench;
    bool json = false;
};

void print_json(const BenchArguments& arguments, const std::vector<BenchRow>& rows) {
    nlohmann::ordered_json out = {{"events", arguments.bench.events}};
    for (const BenchRow& row : rows) {
        out["rows"].push_back({{"name", row.name}, {"seconds", row.seconds}});
    }
    fmt::print("{}\n", out.dump());
}

void run(const BenchArguments& arguments) {
    const std::vector<BenchRow> rows = run_bench(arguments.bench);
    if (arguments.json) {
        print_json(arguments, rows);
        return;
    }
    fmt::print("{} synthetic events, medians of {} interleaved runs\n", arguments.bench.events,
               arguments.bench.runs);
    fmt::print("{:36}{:>12}{:>14}\n", "", "M events/s", "of the floor");
    const double floor = rows.front().median();
    for (const BenchRow& row : rows) {
        fmt::print("{:36}{:12.1f}{:12.0f} %\n", row.name,
                   static_cast<double>(arguments.bench.events) / row.median() / 1e6,
                   floor / row.median() * 100.0);
    }
}

}  // namespace

void add_bench_command(CLI::App& app) {
    CLI::App* bench = app.add_subcommand(
        "bench", "How fast backtests are on this machine, beside the least that they have to do");
    const auto arguments = std::make_shared<BenchArguments>();
    bench->add_option("--events", arguments->bench.events, "Events of the synthetic market")
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{10'000}, std::uint64_t{50'000'000}));
    bench->add_option("--runs", arguments->bench.runs, "Runs of each kind of work")
        ->capture_default_str()
        ->check(CLI::Range(1U, 1000U));
    bench->add_flag("--json", arguments->json, "Print all times as one line of JSON");
    bench->callback([arguments] { run(*arguments); });
}

}  // namespace ringside
