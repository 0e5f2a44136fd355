#include "botkit/sweep_worker.hpp"

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <optional>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>
#include <sys/prctl.h>
#include <unistd.h>

#include "botkit/in_process_link.hpp"
#include "botkit/lockstep.hpp"
#include "core/error.hpp"

namespace ringside::botkit {

namespace {

using Json = nlohmann::ordered_json;
using Trade = std::function<void(Context&, Recorder&)>;

/// How often the sweep is told how far this is.
constexpr auto kNewsInterval = std::chrono::milliseconds(100);

/// One parameter set.
struct Run {
    std::uint64_t set = 0;
    std::filesystem::path folder{};  ///< for its record and orders; empty: they are not kept
    Trade trade{};
    bool alone = false;  ///< has to be run with a venue of its own
};

/// Lines of JSON to whoever asked for the sweep.
class Answers {
  public:
    explicit Answers(int fd) : fd_(fd) {}

    void write(const Json& line) const {
        const std::string text = line.dump() + "\n";
        for (std::size_t at = 0; at < text.size();) {
            const ssize_t written = ::write(fd_, text.data() + at, text.size() - at);
            if (written < 0 && errno == EINTR) continue;
            if (written <= 0) {
                fail(ExitCode::Io, "the sweep does not listen any more: {}", std::strerror(errno));
            }
            at += static_cast<std::size_t>(written);
        }
    }

  private:
    int fd_;
};

Json totals_json(const RunTotals& totals, std::uint64_t events) {
    double fee = 0.0, volume = 0.0, value = 0.0;
    std::int64_t trades = 0;
    Json positions = Json::array(), balances = Json::array();
    for (const RecordRow& row : totals.last()) {
        fee += row.fee;
        volume += row.trading_volume;
        value += row.trading_value;
        trades += row.num_trades;
        positions.push_back(row.position);
        balances.push_back(row.balance);
    }
    return {{"events", events},          {"records", totals.records()},
            {"equity", totals.equity()}, {"max_drawdown", totals.max_drawdown()},
            {"sharpe", totals.sharpe()}, {"fee", fee},
            {"num_trades", trades},      {"trading_volume", volume},
            {"trading_value", value},    {"position", positions},
            {"balance", balances},       {"record_crc32", totals.crc32()}};
}

/// Trades with a way to a venue, and tells what came of it.
void trade(const Run& run, std::unique_ptr<Link> link, const Answers& answers) {
    Context context(std::move(link));
    std::optional<OrderLog> orders;
    if (!run.folder.empty()) {
        orders.emplace(run.folder / "orders.npy");
        context.set_order_log(&*orders);
    }
    RunTotals totals(context.venue().instruments);
    Recorder recorder(totals, !run.folder.empty());
    run.trade(context, recorder);
    context.disconnect();
    if (orders) {
        recorder.write_npz(run.folder / "record.npz");
        orders->finish();
    }
    answers.write({{"set", run.set}, {"totals", totals_json(totals, context.events_processed())}});
}

void trade_or_tell(Run& run, std::unique_ptr<Link> link, const Answers& answers) noexcept {
    try {
        try {
            trade(run, std::move(link), answers);
        } catch (const NeedsVenueOfItsOwn&) {
            run.alone = true;
        } catch (const std::exception& error) {
            answers.write({{"set", run.set}, {"error", error.what()}});
        }
    } catch (...) {
        // Nobody listens, or what was thrown says nothing: the sweep finds the set without answer.
    }
}

/// Tells how far the data are, now and then.
class News {
  public:
    explicit News(const Answers& answers) : answers_(answers) {}
    void tell(std::uint64_t rows) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_) return;
        next_ = now + kNewsInterval;
        answers_.write({{"rows", rows}});
    }

  private:
    const Answers& answers_;
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + kNewsInterval;
};

void trade_together(std::vector<Run>& runs, const engine::VenueConfig& config, Decoding decoding,
                    const Answers& answers) {
    SharedVenue venue(config, decoding);
    std::vector<LockstepBot> bots;
    for (Run& run : runs) {
        bots.push_back([&run, &answers](std::unique_ptr<Link> link) {
            trade_or_tell(run, std::move(link), answers);
        });
    }
    News news(answers);
    run_in_lockstep(venue, std::move(bots), [&] { news.tell(venue.rows_passed()); });
}

/// Answers that come before they were made are known to a venue at the bot's pace only.
bool hears_early_answers(const engine::VenueConfig& config) {
    return std::any_of(config.assets.begin(), config.assets.end(), [](const auto& asset) {
        return asset.latency_data.empty() && asset.latency.constant.response_ns < 0;
    });
}

std::vector<Run> read_runs(const Bot& bot, const std::string& config, const Json& sets) {
    const Config file = Config::load(config);
    std::vector<Run> runs;
    for (const Json& set : sets) {
        const Parameters parameters(file, set.at("parameters"));
        Run run{.set = set.at("set"), .folder = set.at("folder").get<std::string>()};
        try {
            run.trade = bot.make(parameters);
            parameters.finish();
        } catch (const Error& error) {
            throw Error(error.code(), fmt::format("set {}: {}", run.set, error.what()));
        }
        runs.push_back(std::move(run));
    }
    return runs;
}

}  // namespace

void run_sweep_job(const Bot& bot, const std::string& config, const std::filesystem::path& job) {
    const pid_t sweep = getppid();
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != sweep) return;

    std::ifstream file(job);
    const Json order = Json::parse(file);
    const Answers answers(order.at("results_fd"));
    std::vector<Run> runs = read_runs(bot, config, order.at("sets"));
    const engine::VenueConfig venue = read_venue(config, bot);
    if (order.at("check_only").get<bool>()) return;

    const Decoding decoding =
        order.at("decode_ahead").get<bool>() ? Decoding::Ahead : Decoding::InTurn;
    if (runs.size() == 1 || hears_early_answers(venue)) {
        for (Run& run : runs) run.alone = true;
    } else {
        trade_together(runs, venue, decoding, answers);
    }
    for (Run& run : runs) {
        if (run.alone) {
            trade_or_tell(run, std::make_unique<InProcessLink>(venue, decoding), answers);
        }
    }
}

}  // namespace ringside::botkit
