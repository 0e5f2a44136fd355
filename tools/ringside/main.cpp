#include <cstdio>
#include <exception>
#include <new>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/error.hpp"
#include "tools/ringside/commands.hpp"

namespace {

using AddCommand = void (*)(CLI::App&);

/// In the order of the help text.
constexpr AddCommand kCommands[] = {
    ringside::add_convert_command, ringside::add_synth_command, ringside::add_backtest_command,
    ringside::add_bus_command,     ringside::add_kill_command,
};

int report(ringside::ExitCode code, const char* what) {
    fmt::print(stderr, "ringside: {}\n", what);
    return static_cast<int>(code);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app("High-frequency trading and backtesting: data, replay, and looking at a bus.",
                 "ringside");
    app.require_subcommand(1);
    app.set_version_flag("--version", "ringside " RINGSIDE_VERSION);
    for (const AddCommand add : kCommands) add(app);
    try {
        app.parse(argc, argv);
        return static_cast<int>(ringside::ExitCode::Ok);
    } catch (const CLI::ParseError& error) {
        const bool asked = app.exit(error) == 0;  // prints the help or the version asked for
        return static_cast<int>(asked ? ringside::ExitCode::Ok : ringside::ExitCode::Usage);
    } catch (const ringside::Error& error) {
        return report(error.code(), error.what());
    } catch (const std::bad_alloc&) {
        return report(ringside::ExitCode::Io, "out of memory; use shorter inputs");
    } catch (const std::exception& error) {
        return report(ringside::ExitCode::Internal, error.what());
    }
}
