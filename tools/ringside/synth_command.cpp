#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/progress.hpp"
#include "core/row_writer.hpp"
#include "tools/ringside/commands.hpp"
#include "tools/ringside/synth.hpp"
#include "tools/ringside/written_file.hpp"

namespace ringside {
namespace {

struct SynthArguments {
    SynthOptions market;
    std::filesystem::path output;
    std::string duration = "10m";
    int level = kFastLevel;
    bool json = false;
};

void print_text(const SynthSummary& summary, const WrittenFile& file) {
    file.print();
    fmt::print("  events     {}, {:.0f} a second; {} buy and {} sell trades\n", summary.events,
               static_cast<double>(summary.events) * 1e9 /
                   static_cast<double>(summary.last_exch_ts - summary.first_exch_ts + 1),
               summary.buy_trades, summary.sell_trades);
    fmt::print("  mid        {:.10g} to {:.10g}\n", summary.lowest_mid, summary.highest_mid);
    fmt::print("  latency    {:.3f} to {:.3f} ms\n",
               static_cast<double>(summary.least_latency) / 1e6,
               static_cast<double>(summary.most_latency) / 1e6);
    fmt::print("  time       {:.2f} s\n", file.seconds);
}

void print_json(const SynthSummary& summary, const WrittenFile& file) {
    nlohmann::ordered_json json = file.json();
    json["events"] = summary.events;
    json["buy_trades"] = summary.buy_trades;
    json["sell_trades"] = summary.sell_trades;
    json["least_latency_ns"] = summary.least_latency;
    json["most_latency_ns"] = summary.most_latency;
    json["lowest_mid"] = summary.lowest_mid;
    json["highest_mid"] = summary.highest_mid;
    fmt::print("{}\n", json.dump());
}

/// Of a market, a lone m is always minutes.
Nanos market_time(const std::string& text) {
    const bool minutes = text.ends_with('m');
    const auto duration = parse_duration(minutes ? text + "in" : text);
    if (!duration) {
        fail(ExitCode::Usage, "--duration {}: not a duration; write it like 90s, 10m or 2h", text);
    }
    return *duration;
}

void run(const SynthArguments& arguments, bool until_events) {
    const auto start = std::chrono::steady_clock::now();
    SynthOptions options = arguments.market;
    options.duration = until_events ? kNever : market_time(arguments.duration);
    EventWriter writer(arguments.output, arguments.level);
    SynthSummary summary;
    {
        Progress progress(
            "synth", until_events ? options.events : static_cast<std::uint64_t>(options.duration),
            "events");
        summary = synthesize(
            options, [&](std::span<const Event> rows) { writer.append(rows); },
            [&](Nanos elapsed, std::uint64_t events) {
                progress.update(until_events ? events : static_cast<std::uint64_t>(elapsed),
                                events);
            });
    }
    writer.finish();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const WrittenFile file{arguments.output, summary.rows, summary.first_exch_ts,
                           summary.last_exch_ts, spent.count()};
    arguments.json ? print_json(summary, file) : print_text(summary, file);
}

}  // namespace

void add_synth_command(CLI::App& app) {
    CLI::App* synth = app.add_subcommand(
        "synth", "Write the events of a synthetic market: the same seed, the same market");
    const auto arguments = std::make_shared<SynthArguments>();
    SynthOptions& market = arguments->market;
    synth->add_option("-o,--output", arguments->output, "Event file to write: .rsev, .npz or .npy")
        ->required();
    synth->add_option("--seed", market.seed, "Chooses the market")->capture_default_str();
    CLI::Option* events = synth->add_option("--events", market.events,
                                            "End with the message that brings this many events");
    synth->add_option("--duration", arguments->duration, "Market time to cover, like 90s or 2h")
        ->excludes(events)
        ->capture_default_str();
    synth->add_option("--tick-size", market.grid.tick_size, "Price step")->capture_default_str();
    synth->add_option("--lot-size", market.grid.lot_size, "Quantity step")->capture_default_str();
    synth->add_option("--mid", market.mid, "Price to begin at")->capture_default_str();
    synth->add_option("--rate", market.rows_per_second, "Events a second, on average")
        ->capture_default_str();
    synth->add_option("--levels", market.levels, "Reach of each side of the book, in ticks")
        ->capture_default_str();
    synth->add_option("--start", market.start_ts, "Time of the first event, ns since 1970")
        ->capture_default_str();
    synth->add_option("--level", arguments->level, "Compression of .npz: 0 none, 1 fast, 9 small")
        ->check(CLI::Range(kStoreLevel, kLevelMax))
        ->capture_default_str();
    synth->add_flag("--json", arguments->json, "Print the summary as one line of JSON");
    synth->callback([arguments, events] { run(*arguments, events->count() > 0); });
}

}  // namespace ringside
