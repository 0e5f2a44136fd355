#include <atomic>
#include <chrono>
#include <csignal>
#include <exception>
#include <fstream>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "botkit/bot.hpp"
#include "botkit/bus_link.hpp"
#include "botkit/in_process_link.hpp"
#include "botkit/sweep_worker.hpp"
#include "core/atomic_file.hpp"
#include "core/duration.hpp"
#include "core/error.hpp"
#include "core/program.hpp"
#include "core/progress.hpp"
#include "engine/venue_config.hpp"

namespace ringside::botkit {

namespace {

struct Options {
    std::string bus;
    std::string waiting;
    std::string in_process;
    std::string config;
    std::vector<std::string> overrides;
    std::string record;
    std::string orders;
    std::string summary;
    std::string run_for;
    bool stop_on_error = false;
    std::string sweep_job;
    bool progress = false;
};

std::atomic<bool> g_stop{false};
static_assert(std::atomic<bool>::is_always_lock_free);

/// A live bot has no end of data: it ends by a signal or after a time, and then completes its
/// record like any other.
void stop_live_bot(Context& context, const std::string& run_for) {
    const std::optional<Nanos> most = run_for.empty() ? kNever : parse_duration(run_for);
    if (!most) fail(ExitCode::Usage, "--for {}: write a number and a unit, such as 10min", run_for);
    std::signal(SIGINT, [](int) { g_stop.store(true, std::memory_order_relaxed); });
    std::signal(SIGTERM, [](int) { g_stop.store(true, std::memory_order_relaxed); });
    context.stop_after(&g_stop, *most);
}

std::vector<std::string> waiting_names() {
    std::vector<std::string> names;
    for (const auto& [name, value] : ipc::kWaitings) names.emplace_back(name);
    return names;
}

void describe(CLI::App& app, Options& options) {
    auto* venue = app.add_option_group("venue", "Where to trade");
    venue->add_option("--bus", options.bus, "Bus of a running venue service, live or replaying");
    venue->add_option("--in-process", options.in_process,
                      "Backtest configuration to simulate in this process (TOML)");
    venue->require_option(1);
    app.add_option("--waiting", options.waiting,
                   "How to wait on a bus: spin, yield or futex (default: futex if the service does "
                   "so, otherwise yield)")
        ->check(CLI::IsMember(waiting_names()))
        ->needs("--bus");
    app.add_option(
        "--config", options.config,
        "File whose [bot] holds the parameters (TOML; default: the file of --in-process)");
    app.add_option("--set", options.overrides, "Override one parameter: key=value; repeatable");
    app.add_option("--record", options.record, "Write the samples of the run here (.npz)");
    app.add_option("--orders", options.orders, "Write every response and fill here (.npy)");
    app.add_option("--summary", options.summary, "Write counts and speed of the run here (JSON)");
    app.add_option("--for", options.run_for, "Leave a live venue after so long, such as 10min");
    app.add_flag("--stop-on-error", options.stop_on_error,
                 "Leave a live venue when a book breaks, orders are not taken or one is refused");
    app.add_flag("--progress", options.progress, "Show how far the run is, on a terminal");
    // What `ringside sweep` calls; no group hides it from the help.
    app.add_option("--sweep-job", options.sweep_job)->group("")->needs("--in-process");
}

std::optional<ipc::Waiting> waiting(const Options& options) {
    for (const auto& [name, value] : ipc::kWaitings) {
        if (name == options.waiting) return value;
    }
    return std::nullopt;
}

Config parameters_file(const Options& options) {
    const std::string& file = options.config.empty() ? options.in_process : options.config;
    return file.empty() ? Config::parse("", "") : Config::load(file);
}

std::unique_ptr<Link> connect(const Options& options, const Bot& bot) {
    if (!options.bus.empty()) {
        auto link = connect_bus(options.bus, bot.name, waiting(options));
        if (bot.adjust_venue && link->info().clock == ClockMode::Simulated) {
            fmt::print(stderr,
                       "{}: the models of this program count with --in-process; bus {} simulates "
                       "with those of its replay server\n",
                       bot.name, options.bus);
        }
        return link;
    }
    return std::make_unique<InProcessLink>(read_venue(options.in_process, bot));
}

void write_summary(const std::string& path, const Bot& bot, const Context& context,
                   double seconds) {
    nlohmann::ordered_json json;
    json["bot"] = bot.name;
    for (AssetNo a = 0; a < context.num_assets(); ++a) {
        json["symbols"].push_back(context.instrument(a).symbol);
    }
    json["events"] = context.events_processed();
    json["seconds"] = seconds;
    json["events_per_second"] = static_cast<double>(context.events_processed()) / seconds;
    AtomicFile file(path);
    const std::string text = json.dump(2) + "\n";
    file.append(std::as_bytes(std::span(text)));
    file.commit();
}

void run(const Bot& bot, const Options& options) {
    const Parameters parameters(parameters_file(options), options.overrides);
    auto trade = bot.make(parameters);
    parameters.finish();

    std::optional<OrderLog> orders;
    if (!options.orders.empty()) orders.emplace(options.orders);
    Context context(connect(options, bot));
    if (orders) context.set_order_log(&*orders);
    Recorder recorder;
    Progress progress(bot.name, context.venue().recorded_rows, "events");
    if (options.progress) {
        context.set_on_batch([&progress](const Context& c) {
            progress.update(c.events_processed(), c.events_processed());
        });
    }

    if (context.venue().clock == ClockMode::RealTime) stop_live_bot(context, options.run_for);
    if (options.stop_on_error) context.on_error(OnError::Stop);
    const auto began = std::chrono::steady_clock::now();
    std::exception_ptr failure;
    try {
        trade(context, recorder);
    } catch (const Error& error) {
        // A lost venue cannot take back what happened before: that is written down all the same.
        if (error.code() != ExitCode::VenueLost || context.venue().clock != ClockMode::RealTime) {
            throw;
        }
        failure = std::current_exception();
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
    progress.clear();

    if (!options.record.empty()) recorder.write_npz(options.record);
    if (orders) orders->finish();
    if (!options.summary.empty()) write_summary(options.summary, bot, context, took.count());
    if (failure) std::rethrow_exception(failure);
    if (const LiveError* const error = context.stopped_by()) {
        fail(ExitCode::VenueLost, "stopped by --stop-on-error: {}", error->words);
    }
}

}  // namespace

engine::VenueConfig read_venue(const std::string& file, const Bot& bot) {
    const Config config = Config::load(file);
    auto venue = engine::VenueConfig::read(config);
    for (const char* other : {"bot", "backtest", "sweep"}) config.ignore(other);
    config.finish();
    if (bot.adjust_venue) bot.adjust_venue(venue);
    return venue;
}

int bot_main(int argc, char** argv, const Bot& bot) {
    CLI::App app(bot.description, bot.name);
    Options options;
    describe(app, options);
    return run_program(app, argc, argv, [&] {
        if (options.sweep_job.empty())
            run(bot, options);
        else
            run_sweep_job(bot, options.in_process, options.sweep_job);
        return static_cast<int>(ExitCode::Ok);
    });
}

}  // namespace ringside::botkit
