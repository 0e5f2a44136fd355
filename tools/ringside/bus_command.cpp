#include <memory>

#include <CLI/CLI.hpp>

#include "tools/ringside/bus_tail.hpp"
#include "tools/ringside/bus_top.hpp"
#include "tools/ringside/commands.hpp"

namespace ringside {
namespace {

void add_list(CLI::App& bus) {
    CLI::App* list = bus.add_subcommand("ls", "List the buses, their instruments and sessions");
    const auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "Print one line of JSON");
    list->callback([json] { bus_list(*json); });
}

/// Options as they are typed; times are read when the command runs.
struct TailArguments {
    BusTailOptions options;
    std::vector<std::string> rings;
    std::string since;
    std::string until;
    std::uint64_t order_id = 0;
    bool once = false;
};

void add_filters(CLI::App& tail, const std::shared_ptr<TailArguments>& arguments) {
    BusFilterOptions& filter = arguments->options.filter;
    tail.add_option("--ring", arguments->rings,
                    "Rings to read: all, or some of md, requests, "
                    "responses, control")
        ->check(CLI::IsMember({"all", "md", "requests", "responses", "control"}))
        ->delimiter(',');
    tail.add_option("--instrument", filter.instruments, "Symbols or numbers of instruments")
        ->delimiter(',');
    tail.add_option("--type", filter.types, "Types of messages, events or requests")
        ->check(CLI::IsMember(bus_type_names()))
        ->delimiter(',');
    tail.add_option("--session", filter.sessions, "Bots: name, slot or name#slot")->delimiter(',');
    tail.add_option("--order", arguments->order_id, "One order's requests and responses, by id");
    tail.add_option("--since", arguments->since,
                    "From this message time: UTC (2024-08-08 23:54:16.298) or nanoseconds");
    tail.add_option("--until", arguments->until, "Up to this message time");
}

void add_tail(CLI::App& bus) {
    CLI::App* tail =
        bus.add_subcommand("tail", "Print every message on a bus as it passes; holds nobody back");
    const auto arguments = std::make_shared<TailArguments>();
    auto* where = tail->add_option_group("where", "What to read");
    where->add_option("bus", arguments->options.bus, "Name of the bus");
    where->add_option("--journal", arguments->options.journal,
                      "A recording instead of a bus; every filter applies");
    where->require_option(1);
    add_filters(*tail, arguments);
    tail->add_flag("--json", arguments->options.json, "Print one JSON object a line");
    tail->add_flag("--once", arguments->once, "Print what the rings hold now and stop");
    tail->add_flag("--from-now", arguments->options.from_now, "Skip what the rings hold already");
    tail->callback([arguments, tail] {
        BusTailOptions& options = arguments->options;
        options.follow = !arguments->once;
        for (const std::string& ring : arguments->rings) {
            if (ring != "all") options.filter.rings.push_back(ring);
        }
        if (tail->count("--order") > 0) options.filter.order_id = arguments->order_id;
        if (!arguments->since.empty()) options.filter.since = parse_utc(arguments->since);
        if (!arguments->until.empty()) options.filter.until = parse_utc(arguments->until);
        bus_tail(options);
    });
}

void add_record(CLI::App& bus) {
    CLI::App* record =
        bus.add_subcommand("record", "Write everything that crosses a bus to a journal");
    const auto options = std::make_shared<BusRecordOptions>();
    record->add_option("bus", options->bus, "Name of the bus")->required();
    record->add_option("-o,--output", options->output, "File to write; must not exist")->required();
    record->add_flag("--from-now", options->from_now, "Skip what the rings hold already");
    record->callback([options] { bus_record(*options); });
}

void add_top(CLI::App& bus) {
    CLI::App* top = bus.add_subcommand("top", "Watch processes, rings, lag and books of a bus");
    const auto options = std::make_shared<BusTopOptions>();
    top->add_option("bus", options->bus, "Name of the bus")->required();
    top->add_flag("--once", options->once, "Print one table and stop");
    top->add_flag("--json", options->json, "Print JSON: one object, or one a line without --once");
    top->add_option("--interval", options->interval_ms, "Milliseconds between two tables")
        ->check(CLI::Range(50, 60'000))
        ->capture_default_str();
    top->callback([options] { bus_top(*options); });
}

void add_dump(CLI::App& bus) {
    CLI::App* dump =
        bus.add_subcommand("dump", "Print the state of every segment of a bus, dead or alive");
    const auto name = std::make_shared<std::string>();
    const auto json = std::make_shared<bool>(false);
    dump->add_option("bus", *name, "Name of the bus")->required();
    dump->add_flag("--json", *json, "Print one line of JSON");
    dump->callback([name, json] { bus_dump(*name, *json); });
}

void add_clean(CLI::App& bus) {
    CLI::App* clean = bus.add_subcommand(
        "clean", "Remove what services that died left behind; never touches a live bus");
    const auto name = std::make_shared<std::string>();
    const auto dry_run = std::make_shared<bool>(false);
    const auto json = std::make_shared<bool>(false);
    clean->add_option("bus", *name, "Only this bus");
    clean->add_flag("--dry-run", *dry_run, "Only say what would be removed");
    clean->add_flag("--json", *json, "Print one line of JSON");
    clean->callback([name, dry_run, json] { bus_clean(*name, *dry_run, *json); });
}

}  // namespace

void add_bus_command(CLI::App& app) {
    CLI::App* bus = app.add_subcommand("bus", "Look at buses from outside");
    bus->require_subcommand(1);
    add_list(*bus);
    add_tail(*bus);
    add_top(*bus);
    add_record(*bus);
    add_dump(*bus);
    add_clean(*bus);
}

}  // namespace ringside
