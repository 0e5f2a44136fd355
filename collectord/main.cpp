#include <csignal>
#include <random>

#include <CLI/CLI.hpp>

#include "collectord/collector.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/program.hpp"

namespace {

int collect(const std::string& file, bool check_only) {
    using namespace ringside;
    const Config text = Config::load(file);
    const auto config = collectord::CollectorConfig::read(text);
    text.finish();
    if (check_only) return static_cast<int>(ExitCode::Ok);

    collectord::Collector collector(config, std::random_device()());
    collector.loop().on_signal({SIGINT, SIGTERM}, [&](int) { collector.stop(); });
    collector.run();
    return static_cast<int>(ExitCode::Ok);
}

}  // namespace

int main(int argc, char** argv) {
    using namespace ringside;
    CLI::App app("Records a venue's market data streams as they come.", "collectord");
    std::string file;
    bool check_only = false;
    bool quiet = false;
    app.add_option("config", file, "Venue, symbols and streams (TOML)")->required();
    app.add_flag("--check-config", check_only, "Read the configuration and end");
    app.add_flag("--quiet", quiet, "Report only what went wrong");
    return run_program(app, argc, argv, [&] {
        set_up_log("collectord", quiet);
        return collect(file, check_only);
    });
}
