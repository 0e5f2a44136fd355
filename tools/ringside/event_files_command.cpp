#include <chrono>
#include <memory>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/event_file.hpp"
#include "core/progress.hpp"
#include "core/row_writer.hpp"
#include "tools/ringside/commands.hpp"
#include "tools/ringside/written_file.hpp"

namespace ringside {
namespace {

struct EventFilesArguments {
    std::vector<std::filesystem::path> inputs;
    std::filesystem::path output;
    EventFileOptions events;
    int level = kFastLevel;
    bool unordered = false;
    bool json = false;
};

void run(EventFilesArguments& arguments) {
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t total = count_rows(arguments.inputs);
    arguments.events.check_order = !arguments.unordered;
    const auto reader = open_events(arguments.inputs, arguments.events);
    EventWriter writer(arguments.output, arguments.level);
    Progress progress("convert", total, "rows");
    std::vector<Event> storage(16 * 1024);
    Nanos first = kNever;
    Nanos last = 0;
    for (auto rows = reader->read(storage); !rows.empty(); rows = reader->read(storage)) {
        if (first == kNever) first = rows.front().exch_ts;
        last = rows.back().exch_ts;
        writer.append(rows);
        progress.update(writer.rows(), writer.rows());
    }
    progress.clear();
    const std::uint64_t rows = writer.rows();
    writer.finish();
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - start;
    const WrittenFile file{arguments.output, rows, first, last, spent.count()};
    if (arguments.json)
        fmt::print("{}\n", file.json().dump());
    else
        file.print();
}

}  // namespace

void add_event_files_command(CLI::App& convert) {
    CLI::App* events = convert.add_subcommand(
        "events", "Event files of one kind into another, or several into one");
    const auto arguments = std::make_shared<EventFilesArguments>();
    events->add_option("inputs", arguments->inputs, "Event files, in the order of their time")
        ->required();
    events->add_option("-o,--output", arguments->output, "Event file to write: .rsev, .npz or .npy")
        ->required();
    events->add_flag("--unordered", arguments->unordered, "Keep rows that go back in time");
    events->add_option("--level", arguments->level, "Compression of .npz: 0 none, 1 fast, 9 small")
        ->check(CLI::Range(kStoreLevel, kLevelMax))
        ->capture_default_str();
    events->add_flag("--json", arguments->json, "Print the summary as one line of JSON");
    events->callback([arguments] { run(*arguments); });
}

}  // namespace ringside
