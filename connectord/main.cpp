#include <random>

#include <CLI/CLI.hpp>

#include "connectord/connector.hpp"
#include "core/config.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/program.hpp"

namespace {

int connect(const std::string& file, bool paper, bool check_only) {
    using namespace ringside;
    const Config text = Config::load(file);
    const auto config = connectord::ConnectorConfig::read(text, paper);
    text.finish();
    if (check_only) return static_cast<int>(ExitCode::Ok);
    connectord::Connector connector(config, std::random_device()());
    return static_cast<int>(connector.run());
}

}  // namespace

int main(int argc, char** argv) {
    using namespace ringside;
    CLI::App app("Serves one venue account to bots: market data, orders, fills.", "connectord");
    std::string file;
    bool paper = false;
    bool check_only = false;
    bool quiet = false;
    app.add_option("config", file, "Venue, instruments, account (TOML)")->required();
    app.add_flag("--paper", paper, "Live market data, simulated fills; no keys are needed");
    app.add_flag("--check-config", check_only, "Read the configuration and end");
    app.add_flag("--quiet", quiet, "Report only what went wrong");
    return run_program(app, argc, argv, [&] {
        set_up_log("connectord", quiet);
        return connect(file, paper, check_only);
    });
}
