#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/bus_observer.hpp"
#include "tools/ringside/bus_tail.hpp"

namespace ringside {
namespace {

using Json = nlohmann::ordered_json;

const char* state_of(const ipc::BusObserver& bus) {
    if (!bus.service_alive()) return "dead";
    return bus.closed() ? "closed" : "running";
}

Json describe(const ipc::BusObserver& bus) {
    const VenueInfo& info = bus.info();
    Json json = {{"bus", bus.name()},
                 {"state", state_of(bus)},
                 {"pid", bus.service_pid()},
                 {"venue", info.venue},
                 {"clock", info.clock == ClockMode::Simulated ? "simulated" : "real time"},
                 {"md_frames", bus.md().counters().frames},
                 {"instruments", Json::array()},
                 {"sessions", Json::array()}};
    for (const Instrument& instrument : info.instruments) {
        json["instruments"].push_back({{"symbol", instrument.symbol},
                                       {"tick_size", instrument.grid.tick_size},
                                       {"lot_size", instrument.grid.lot_size}});
    }
    for (const ipc::ObservedSession& session : bus.sessions()) {
        json["sessions"].push_back({{"slot", session.slot()},
                                    {"bot", session.client_name()},
                                    {"pid", session.client_pid()},
                                    {"alive", session.client_alive()},
                                    {"requests", session.requests().counters().frames},
                                    {"responses", session.responses().counters().frames}});
    }
    return json;
}

void print_text(const Json& bus) {
    fmt::print("{}  {}  pid {}  {} clock  {} feed frames\n", bus["bus"].get<std::string>(),
               bus["state"].get<std::string>(), bus["pid"].get<int>(),
               bus["clock"].get<std::string>(), bus["md_frames"].get<std::uint64_t>());
    for (const Json& i : bus["instruments"]) {
        fmt::print("  instrument {}  tick {}  lot {}\n", i["symbol"].get<std::string>(),
                   i["tick_size"].get<double>(), i["lot_size"].get<double>());
    }
    for (const Json& s : bus["sessions"]) {
        fmt::print("  session {}  {}  pid {}{}  {} requests  {} responses\n", s["slot"].get<int>(),
                   s["bot"].get<std::string>(), s["pid"].get<int>(),
                   s["alive"].get<bool>() ? "" : " (dead)", s["requests"].get<std::uint64_t>(),
                   s["responses"].get<std::uint64_t>());
    }
}

/// A bus may go between being listed and being looked at.
std::optional<Json> look_at(const std::string& name) {
    try {
        return describe(ipc::BusObserver(name));
    } catch (const Error&) {
        return std::nullopt;
    }
}

}  // namespace

void bus_list(bool json) {
    Json buses = Json::array();
    for (const std::string& name : ipc::all_buses()) {
        if (const auto bus = look_at(name)) buses.push_back(*bus);
    }
    if (json) {
        fmt::print("{}\n", buses.dump());
    } else if (buses.empty()) {
        fmt::print("no bus in {}\n", ipc::bus_root());
    } else {
        for (const Json& bus : buses) print_text(bus);
    }
}

}  // namespace ringside
