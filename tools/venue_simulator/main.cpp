#include <csignal>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <span>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/atomic_file.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/program.hpp"
#include "tools/venue_simulator/simulator.hpp"

namespace {

using namespace ringside;

/// Whoever waits for the file finds it whole.
void write_file(const std::filesystem::path& path, const std::string& text) {
    AtomicFile file(path);
    file.append(std::as_bytes(std::span(text)));
    file.commit();
}

int simulate(const std::string& file, bool check_only, std::optional<std::uint16_t> port) {
    const Config text = Config::load(file);
    auto config = venue_simulator::SimulatorConfig::read(text);
    text.finish();
    if (port) config.port = *port;
    if (check_only) return static_cast<int>(ExitCode::Ok);

    venue_simulator::Simulator simulator(config);
    simulator.loop().on_signal({SIGINT, SIGTERM}, [&](int) { simulator.stop(); });
    write_file(config.ca_file, simulator.authority_pem());
    const std::string ports = fmt::format("{} {}\n", simulator.port(), simulator.control_port());
    if (config.port_file) write_file(*config.port_file, ports);
    fmt::print("{}", ports);
    std::fflush(stdout);
    simulator.run();
    return static_cast<int>(ExitCode::Ok);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "A venue made up: speaks Binance USD-M Futures (REST, streams, order API) over TLS on\n"
        "loopback. Prints its port, and the port for tests to control it by, once it listens.",
        "venue_simulator");
    std::string file;
    bool check_only = false;
    bool quiet = false;
    std::optional<std::uint16_t> port;
    app.add_option("config", file, "Instruments, accounts, limits and faults (TOML)")->required();
    app.add_option("--port", port, "Instead of the port in the configuration; 0: any free one");
    app.add_flag("--check-config", check_only, "Read the configuration and end");
    app.add_flag("--quiet", quiet, "Report only what went wrong");
    return run_program(app, argc, argv, [&] {
        set_up_log("venue_simulator", quiet);
        return simulate(file, check_only, port);
    });
}
