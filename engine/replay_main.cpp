#include "engine/replay_main.hpp"

#include <csignal>

#include <CLI/CLI.hpp>

#include "core/config.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/program.hpp"
#include "engine/replay_server.hpp"

namespace ringside::engine {

namespace {

ReplayServer* g_server = nullptr;

void stop_server(int /*signal*/) {
    if (g_server != nullptr) g_server->stop();
}

int serve(const std::string& file, ReplayOptions options,
          const std::function<void(VenueConfig&)>& adjust) {
    Config config = Config::load(file);
    auto venue = VenueConfig::read(config);
    for (const char* other : {"bot", "backtest", "sweep"}) config.ignore(other);
    config.finish();
    adjust(venue);
    if (options.bus.empty()) options.bus = venue.name;

    ReplayServer server(venue, options);
    g_server = &server;
    std::signal(SIGINT, stop_server);
    std::signal(SIGTERM, stop_server);
    const ReplayOutcome outcome = server.run();
    g_server = nullptr;

    log_info("{} events streamed, {} bot(s) finished, {} lost", outcome.events,
             outcome.bots_finished, outcome.bots_lost);
    if (outcome.interrupted) fail(ExitCode::BotLost, "stopped by a signal while bots were running");
    return static_cast<int>(outcome.bots_lost > 0 ? ExitCode::BotLost : ExitCode::Ok);
}

}  // namespace

int replay_main(int argc, char** argv, const std::function<void(VenueConfig&)>& adjust) {
    CLI::App app("Replays recorded market data as a venue that bots trade on.", "replayd");
    std::string file;
    ReplayOptions options;
    app.add_option("config", file, "Venue and instruments (TOML)")->required();
    app.add_option("--bus", options.bus, "Name of the bus (default: venue.name of the file)");
    app.add_option("--bots", options.bots, "Begin when so many bots are attached")
        ->capture_default_str()
        ->check(CLI::Range(1U, 64U));
    app.add_option("--group", options.group, "Let members of this group use the bus");
    bool quiet = false;
    app.add_flag("--quiet", quiet, "Report only what went wrong");
    return run_program(app, argc, argv, [&] {
        set_up_log("replayd", quiet);
        return serve(file, options, adjust);
    });
}

}  // namespace ringside::engine
