#include <chrono>
#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/progress.hpp"
#include "core/row_writer.hpp"
#include "tools/ringside/commands.hpp"
#include "tools/ringside/convert.hpp"
#include "tools/ringside/file_bytes.hpp"
#include "tools/ringside/hyperliquid_parser.hpp"
#include "tools/ringside/kind_name.hpp"
#include "tools/ringside/written_file.hpp"

namespace ringside {
namespace {

constexpr std::uint64_t kFaultsShown = 10;

struct ConvertArguments {
    ConvertOptions convert;
    std::filesystem::path output;
    std::string streams;
    bool hyperliquid = false;  // or Binance
    bool keep_beyond = false;
    int level = kFastLevel;
    bool allow_truncated = false;
    bool json = false;
};

/// Standard error: how far it is, and the first lines that were refused.
class Witness {
  public:
    explicit Witness(std::uint64_t input_bytes) : progress_("convert", input_bytes, "lines") {}

    ConvertHooks hooks() {
        return {
            [this](BinanceParser::Outcome, const std::string& words) { show(words); },
            [this](std::uint64_t bytes, std::uint64_t lines) { progress_.update(bytes, lines); }};
    }

  private:
    void show(const std::string& words) {
        if (shown_ > kFaultsShown) return;
        progress_.clear();
        if (++shown_ > kFaultsShown) {
            fmt::print(stderr, "further lines like these are only counted\n");
        } else {
            fmt::print(stderr, "{}\n", words);
        }
    }

    Progress progress_;
    std::uint64_t shown_ = 0;
};

void print_text(const ConvertSummary& summary, const WrittenFile& file) {
    file.print();
    fmt::print("  lines      {} ({} ignored, {} malformed, {} venue errors)\n", summary.lines,
               summary.ignored, summary.malformed, summary.venue_errors);
    std::map<std::string_view, std::uint64_t> by_kind;
    for (const auto& [ev, count] : summary.rows_by_ev) by_kind[kind_name(ev)] += count;
    std::string kinds;
    for (const auto& [name, count] : by_kind) {
        kinds += fmt::format("{}{} {}", kinds.empty() ? "" : ", ", count, name);
    }
    fmt::print("  rows       {}; {} of them because the two orders differ\n", kinds,
               summary.rows - summary.message_rows);
    fmt::print("  shift      {} ns added to every local time\n", summary.clock_shift);
    if (summary.truncated_files > 0) {
        fmt::print("  truncated  {} of the inputs\n", summary.truncated_files);
    }
    fmt::print("  time       {:.2f} s, {:.0f} lines/s\n", file.seconds,
               static_cast<double>(summary.lines) / file.seconds);
}

void print_json(const ConvertSummary& summary, const WrittenFile& file) {
    nlohmann::ordered_json json = file.json();
    json["lines"] = summary.lines;
    json["ignored"] = summary.ignored;
    json["malformed"] = summary.malformed;
    json["venue_errors"] = summary.venue_errors;
    json["truncated_files"] = summary.truncated_files;
    json["message_rows"] = summary.message_rows;
    json["clock_shift_ns"] = summary.clock_shift;
    auto& by_ev = json["rows_by_ev"];
    for (const auto& [ev, count] : summary.rows_by_ev) by_ev[fmt::format("{:#x}", ev)] = count;
    fmt::print("{}\n", json.dump());
}

void run(ConvertArguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    ConvertOptions& options = arguments.convert;
    const auto chosen = [&](char c) { return arguments.streams.find(c) != std::string::npos; };
    options.streams.mark_price = chosen('m');
    options.streams.book_ticker = chosen('t');
    options.truncation = arguments.allow_truncated ? Truncation::Accept : Truncation::Refuse;

    EventWriter writer(arguments.output, arguments.level);
    ConvertSummary summary;
    {
        Witness witness(file_bytes(options.inputs));
        const EventSink sink = [&](std::span<const Event> rows) { writer.append(rows); };
        if (arguments.hyperliquid) {
            HyperliquidParser parser({.remove_beyond = !arguments.keep_beyond});
            summary = convert_raw(options, parser, "Hyperliquid", sink, witness.hooks());
        } else {
            summary = convert_binance(options, sink, witness.hooks());
        }
    }
    writer.finish();

    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const WrittenFile file{arguments.output, summary.rows, summary.first_exch_ts,
                           summary.last_exch_ts, spent.count()};
    arguments.json ? print_json(summary, file) : print_text(summary, file);
}

/// What conversions of all venues have in common.
CLI::App* add_raw(CLI::App& convert, const char* name, const char* what,
                  const std::shared_ptr<ConvertArguments>& arguments) {
    CLI::App* command = convert.add_subcommand(name, what);
    ConvertOptions& options = arguments->convert;
    command->add_option("inputs", options.inputs, "Raw files, in the order of their time")
        ->required();
    command
        ->add_option("-o,--output", arguments->output, "Event file to write: .rsev, .npz or .npy")
        ->required();
    command
        ->add_option("--base-latency", options.base_latency,
                     "Nanoseconds added to local times when they had to be shifted at all")
        ->capture_default_str();
    command->add_flag("--strict", options.strict, "Stop at the first malformed line");
    command->add_flag("--allow-truncated", arguments->allow_truncated,
                      "Convert what is whole of a file that ends in the middle");
    command->add_option("--level", arguments->level, "Compression of .npz: 0 none, 1 fast, 9 small")
        ->check(CLI::Range(kStoreLevel, kLevelMax))
        ->capture_default_str();
    command->add_flag("--json", arguments->json, "Print the summary as one line of JSON");
    command->callback([arguments] { run(*arguments); });
    return command;
}

void add_binance(CLI::App& convert, BinanceMarket market, const char* name, const char* what) {
    const auto arguments = std::make_shared<ConvertArguments>();
    ConvertOptions& options = arguments->convert;
    options.streams.market = market;
    CLI::App* command = add_raw(convert, name, what, arguments);
    const bool futures = market == BinanceMarket::Futures;
    const std::string letters(futures ? "mt" : "t");
    command
        ->add_option("--options", arguments->streams,
                     futures ? "m: also mark, index price and funding rate; t: also the book ticker"
                             : "t: also the book ticker")
        ->check([letters](const std::string& text) {
            return text.find_first_not_of(letters) == std::string::npos
                       ? std::string()
                       : std::string(letters.size() > 1 ? "letters are m and t"
                                                        : "the letter is t");
        });
    if (futures) {
        command->add_flag("--funding-time", options.streams.funding_time,
                          "Date mark prices by the next funding time, as HftBacktest does");
        command->add_flag("--join-snapshots", options.streams.join_snapshots,
                          "Bring each snapshot up to the last book change received before it; "
                          "HftBacktest's converter loses those that are not in it");
    }
}

void add_hyperliquid(CLI::App& convert) {
    const auto arguments = std::make_shared<ConvertArguments>();
    arguments->hyperliquid = true;
    add_raw(convert, "hyperliquid", "Hyperliquid: l2Book, trades", arguments)
        ->add_flag("--keep-beyond", arguments->keep_beyond,
                   "Keep levels in the book that are no longer among the best twenty");
}

}  // namespace

void add_convert_command(CLI::App& app) {
    CLI::App* convert = app.add_subcommand("convert", "Turn raw or event files into event files");
    convert->require_subcommand(1);
    add_binance(*convert, BinanceMarket::Futures, "binance-futures",
                "Binance USD-M and COIN-M futures: depth, trades, snapshots");
    add_binance(*convert, BinanceMarket::Spot, "binance-spot",
                "Binance Spot: depth, trades, snapshots");
    add_hyperliquid(*convert);
    add_event_files_command(*convert);
}

}  // namespace ringside
