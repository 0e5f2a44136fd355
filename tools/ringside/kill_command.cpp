#include <memory>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "ipc/bus_service.hpp"
#include "tools/ringside/commands.hpp"

namespace ringside {

void add_kill_command(CLI::App& app) {
    CLI::App* kill = app.add_subcommand(
        "kill", "Stop all trading on a bus: no new orders, open ones are cancelled");
    const auto name = std::make_shared<std::string>();
    const auto reset = std::make_shared<bool>(false);
    kill->add_option("bus", *name, "Name of the bus")->required();
    kill->add_flag("--reset", *reset, "Let trading go on that was stopped so");
    kill->callback([name, reset] {
        *reset ? ipc::revive_bus(*name) : ipc::kill_bus(*name);
        fmt::print("bus {}: told to {} trading\n", *name, *reset ? "go on" : "stop");
    });
}

}  // namespace ringside
