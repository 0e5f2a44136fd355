#pragma once

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/row_writer.hpp"
#include "ipc/bus_directory.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unique_bus.hpp"
#include "tools/ringside/synth.hpp"

namespace ringside::test {

/// A synthetic market, programs that replay and trade it, and a bus root of their own.
class Replay {
  public:
    explicit Replay(std::uint64_t events) {
        EventWriter writer(dir_ / "market.npy");
        synthesize({.seed = 5, .duration = kNever, .events = events},
                   [&](std::span<const Event> rows) { writer.append(rows); });
        writer.finish();
    }

    /// Whether meson, or whoever runs this, has said where the programs are.
    static bool has_programs() {
        return std::getenv("RINGSIDE_TEST_REPLAYD") != nullptr &&
               std::getenv("RINGSIDE_TEST_GRID_BOT") != nullptr;
    }

    /// Writes a configuration with this latency, entry and response alike.
    std::string config(const std::string& latency, const std::string& rules = "strict",
                       const std::string& waiting = "yield") const {
        const std::string text = "[venue]\nname = \"replay\"\nrules = \"" + rules +
                                 "\"\nwaiting = \"" + waiting +
                                 "\"\n[[asset]]\nsymbol = \"SYNTH\"\ndata = [\"market.npy\"]\n"
                                 "tick_size = 0.1\nlot_size = 0.001\nlatency = { entry = \"" +
                                 latency + "\", response = \"" + latency +
                                 "\" }\nqueue = { model = \"power_prob\", n = 2.0 }\n"
                                 "fee = { maker = -0.00005, taker = 0.0007 }\n"
                                 "[bot]\nstep = \"10ms\"\ninterval = 0.3\nhalf_spread = 0.1\n";
        return dir_.write(latency + "-" + rules + "-" + waiting + ".toml", text).string();
    }

    /// A replay that serves so many bots; returns once its bus is there.
    Process serve(const std::string& config, const std::string& bus = "replay", unsigned bots = 1,
                  std::optional<int> cpu = {}) const {
        Process server({program("RINGSIDE_TEST_REPLAYD"), config, "--bus", bus, "--bots",
                        std::to_string(bots)},
                       dir_ / "replayd.log", cpu);
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (std::chrono::steady_clock::now() < until) {
            const auto buses = ipc::live_buses();
            if (std::find(buses.begin(), buses.end(), bus) != buses.end()) return server;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        throw std::runtime_error("no bus appeared: " + log("replayd"));
    }

    /// A bot that writes <name>.npz and <name>.npy. `parameters` are of the form key=value.
    Process bot(const std::string& name, const std::vector<std::string>& where,
                const std::vector<std::string>& parameters = {},
                std::optional<int> cpu = {}) const {
        std::vector<std::string> arguments{program("RINGSIDE_TEST_GRID_BOT")};
        arguments.insert(arguments.end(), where.begin(), where.end());
        for (const std::string& parameter : parameters) {
            arguments.insert(arguments.end(), {"--set", parameter});
        }
        arguments.insert(arguments.end(), {"--record", (dir_ / (name + ".npz")).string(),
                                           "--orders", (dir_ / (name + ".npy")).string()});
        return Process(arguments, dir_ / (name + ".log"), cpu);
    }

    /// The bytes that a bot wrote, record and orders.
    std::string results(const std::string& name) const {
        return read_file(dir_ / (name + ".npz")) + read_file(dir_ / (name + ".npy"));
    }
    std::size_t order_log_bytes(const std::string& name) const {
        return read_file(dir_ / (name + ".npy")).size();
    }
    std::filesystem::path file(const std::string& name) const { return dir_ / name; }
    std::string log(const std::string& name) const { return read_file(dir_ / (name + ".log")); }

  private:
    static std::string program(const char* variable) { return std::getenv(variable); }

    UniqueBusRoot root_;
    TempDir dir_;
};

inline std::vector<std::string> on_bus(const std::string& bus, const std::string& config) {
    return {"--bus", bus, "--config", config};
}

}  // namespace ringside::test
