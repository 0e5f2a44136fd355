#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "tools/ringside/bus_tail.hpp"

namespace ringside {
namespace {

const char* word(ipc::Cleaning::Outcome outcome) {
    switch (outcome) {
        case ipc::Cleaning::Outcome::Live:
            return "live";
        case ipc::Cleaning::Outcome::Removed:
            return "removed";
        case ipc::Cleaning::Outcome::Failed:
            break;
    }
    return "failed";
}

void print_text(const ipc::Cleaning& c, bool dry_run) {
    switch (c.outcome) {
        case ipc::Cleaning::Outcome::Live:
            fmt::print("{}: its service runs, left alone\n", c.bus);
            return;
        case ipc::Cleaning::Outcome::Removed:
            fmt::print("{}: {}; {} {} file(s), {:.1f} MB\n", c.bus, c.reason,
                       dry_run ? "would remove" : "removed", c.files,
                       static_cast<double>(c.bytes) / 1e6);
            return;
        case ipc::Cleaning::Outcome::Failed:
            fmt::print("{}: not removed: {}\n", c.bus, c.reason);
            return;
    }
}

}  // namespace

void bus_clean(const std::string& bus, bool dry_run, bool json) {
    std::vector<std::string> buses = ipc::all_buses();
    if (!bus.empty()) {
        if (std::find(buses.begin(), buses.end(), bus) == buses.end()) ipc::fail_unknown_bus(bus);
        buses = {bus};
    }
    auto all = nlohmann::ordered_json::array();
    unsigned failed = 0;
    for (const std::string& name : buses) {
        const ipc::Cleaning c = ipc::clean_bus(name, dry_run);
        failed += c.outcome == ipc::Cleaning::Outcome::Failed ? 1 : 0;
        if (json) {
            all.push_back({{"bus", c.bus},
                           {"outcome", word(c.outcome)},
                           {"reason", c.reason},
                           {"files", c.files},
                           {"bytes", c.bytes}});
        } else {
            print_text(c, dry_run);
        }
    }
    if (json) {
        fmt::print("{}\n", nlohmann::ordered_json({{"dry_run", dry_run}, {"buses", all}}).dump());
    } else if (buses.empty()) {
        fmt::print("no bus in {}\n", ipc::bus_root());
    }
    if (failed > 0) fail(ExitCode::Io, "{} bus(es) could not be removed", failed);
}

}  // namespace ringside
