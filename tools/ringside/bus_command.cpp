#include <memory>

#include <CLI/CLI.hpp>

#include "tools/ringside/bus_tail.hpp"
#include "tools/ringside/commands.hpp"

namespace ringside {
namespace {

void add_list(CLI::App& bus) {
    CLI::App* list = bus.add_subcommand("ls", "List the buses, their instruments and sessions");
    const auto json = std::make_shared<bool>(false);
    list->add_flag("--json", *json, "Print one line of JSON");
    list->callback([json] { bus_list(*json); });
}

void add_tail(CLI::App& bus) {
    CLI::App* tail =
        bus.add_subcommand("tail", "Print every message on a bus as it passes; holds nobody back");
    const auto options = std::make_shared<BusTailOptions>();
    const auto once = std::make_shared<bool>(false);
    tail->add_option("bus", options->bus, "Name of the bus")->required();
    tail->add_option("--ring", options->ring, "Rings to read")
        ->check(CLI::IsMember({"all", "md", "requests", "responses"}))
        ->capture_default_str();
    tail->add_flag("--json", options->json, "Print one JSON object a line");
    tail->add_flag("--once", *once, "Print what the rings hold now and stop");
    tail->add_flag("--from-now", options->from_now, "Skip what the rings hold already");
    tail->callback([options, once] {
        options->follow = !*once;
        bus_tail(*options);
    });
}

}  // namespace

void add_bus_command(CLI::App& app) {
    CLI::App* bus = app.add_subcommand("bus", "Look at buses from outside");
    bus->require_subcommand(1);
    add_list(*bus);
    add_tail(*bus);
}

}  // namespace ringside
