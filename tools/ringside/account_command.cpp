#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/error.hpp"
#include "ipc/bus_observer.hpp"
#include "ipc/bus_service.hpp"
#include "tools/ringside/commands.hpp"

namespace ringside {

namespace {

/// What connectord's figures say of its account.
constexpr std::string_view kFigures[] = {
    "account ready",  "kill switch",         "orders live", "orders unknown",
    "orders foreign", "position drift lots", "gain cents",  "reconciliations",
};

void show(const std::string& name) {
    const ipc::BusObserver bus(name);
    if (!bus.service_alive()) fail(ExitCode::Bus, "bus {}: its service has ended", name);
    bool any = false;
    for (const auto& counter : bus.counters()) {
        for (const std::string_view wanted : kFigures) {
            if (counter.name != wanted) continue;
            fmt::print("{:<20} {}\n", counter.name, counter.value);
            any = true;
        }
    }
    if (!any) fail(ExitCode::Bus, "bus {}: its service has no account", name);
}

}  // namespace

void add_account_command(CLI::App& app) {
    CLI::App* account =
        app.add_subcommand("account", "Show how the account behind a bus stands, or settle it");
    const auto name = std::make_shared<std::string>();
    const auto accept = std::make_shared<bool>(false);
    account->add_option("bus", *name, "Name of the bus")->required();
    account->add_flag("--accept-position", *accept,
                      "The venue's positions are right: what own fills do not explain is somebody "
                      "else's trading");
    account->callback([name, accept] {
        if (!*accept) return show(*name);
        ipc::accept_positions(*name);
        fmt::print("bus {}: told to take the venue's positions as right\n", *name);
    });
}

}  // namespace ringside
