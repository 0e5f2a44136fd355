// A live run beside the replay of its own recording: the same bot makes the same decisions.

#include <csignal>

#include "core/row_writer.hpp"
#include "tests/e2e/live_rig.hpp"
#include "tools/ringside/convert.hpp"
#include "tools/ringside/logged_orders.hpp"
#include "tools/ringside/quality_rule.hpp"

namespace ringside {
namespace {

using test::LiveRig;
using test::Process;

constexpr Nanos kStep = 200 * kMillisecond;
constexpr int kOrders = 80;

class RecordedRun : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!LiveRig::has_programs() || std::getenv("RINGSIDE_TEST_COLLECTORD") == nullptr) {
            GTEST_SKIP() << "RINGSIDE_TEST_* name no programs";
        }
    }

    static std::string collector_config(const LiveRig& rig) {
        std::string port;
        std::ifstream(rig.file("ports")) >> port;
        return fmt::format(R"(venue = "binance-usdm"
symbols = ["BTCUSDT"]
directory = "raw"
flush_interval = "100ms"
compression = "zstd"
[network]
stream_url = "wss://localhost:{0}"
rest_url = "https://localhost:{0}"
ca_file = "authority.pem"
)",
                           port);
    }
    static Process start_collectord(const LiveRig& rig) {
        std::ofstream(rig.file("collectord.toml")) << collector_config(rig);
        Process collectord(
            {std::getenv("RINGSIDE_TEST_COLLECTORD"), rig.file("collectord.toml").string()},
            rig.file("collectord.log"));
        rig.wait_until("a recorded snapshot", [&] {
            const auto raw = recording(rig);
            if (raw.empty()) return false;
            RawQuality quality(BinanceMarket::Futures);
            quality.read(raw, {});
            return quality.snapshots() > quality.unjoined_snapshots();
        });
        return collectord;
    }
    static std::filesystem::path recording(const LiveRig& rig) {
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(rig.file("raw"), none)) {
            return entry.path();
        }
        return {};
    }
    static std::vector<std::string> bot(const LiveRig& rig, const std::string& name,
                                        std::vector<std::string> where) {
        std::vector<std::string> arguments{std::getenv("RINGSIDE_TEST_GRID_BOT"), "--orders",
                                           rig.file(name + ".npy").string()};
        arguments.insert(arguments.end(), where.begin(), where.end());
        for (const char* const set : {"aligned=true", "step=\"200ms\"", "order_qty=0.01",
                                      "half_spread=0.3", "interval=0.3", "levels=4", "skew=0"}) {
            arguments.insert(arguments.end(), {"--set", set});
        }
        return arguments;
    }
    /// Returns what was added to local times.
    static Nanos convert(const LiveRig& rig) {
        EventWriter writer(rig.file("events.rsev"), kFastLevel);
        const auto summary =
            convert_binance({.inputs = {recording(rig)}, .strict = true},
                            [&](std::span<const Event> rows) { writer.append(rows); });
        writer.finish();
        return summary.clock_shift;
    }
    static void replay(const LiveRig& rig, Nanos begin) {
        std::ofstream(rig.file("backtest.toml")) << R"([venue]
name = "replay"
[[asset]]
symbol = "BTCUSDT"
data = ["events.rsev"]
tick_size = 0.1
lot_size = 0.001
latency = { data = ["latency.npy"] }
fee = { maker = 0.0002, taker = 0.0005 }
)";
        Process run(bot(rig, "replay",
                        {"--in-process", rig.file("backtest.toml").string(), "--set",
                         fmt::format("begin={}", begin)}),
                    rig.file("replay.log"));
        EXPECT_EQ(run.wait(), 0) << rig.log("replay");
    }
    /// A machine that is busy lets the live bot wake late, and then it sees another market. Counted
    /// are the decisions made within a tenth of a step, and the identical ones of those.
    static std::pair<int, int> punctual_decisions(const nlohmann::json& orders) {
        int punctual = 0;
        int identical = 0;
        for (const auto& order : orders) {
            if (order["live"].is_null()) continue;
            if (order["live"]["submit_ts"].get<Nanos>() % kStep > kStep / 10) continue;
            ++punctual;
            if (order["replay"].is_null()) continue;
            identical += order["live"]["price"] == order["replay"]["price"] &&
                                 order["live"]["qty"] == order["replay"]["qty"]
                             ? 1
                             : 0;
        }
        return {punctual, identical};
    }
    static nlohmann::json compare(const LiveRig& rig, Nanos shift) {
        Process run({std::getenv("RINGSIDE_EXE"), "compare", rig.file("live.npy").string(),
                     rig.file("replay.npy").string(), "--json", "--window", "150ms", "--shift",
                     std::to_string(shift), "--require", "0"},
                    rig.file("compare.log"));
        EXPECT_EQ(run.wait(), 0) << rig.log("compare");
        return nlohmann::json::parse(rig.log("compare"));
    }
};

TEST_F(RecordedRun, DecidesAlikeInTheReplayOfItsRecording) {
    LiveRig rig;
    Process collectord = start_collectord(rig);
    Process connectord = rig.connectord(rig.config());
    rig.wait_until("the bus", [&] { return rig.figure("bots") >= 0; });
    Process live(bot(rig, "live", {"--bus", "live"}), rig.file("live.log"));
    rig.wait_until("orders", [&] { return rig.state()["ordersAccepted"].get<int>() >= kOrders; });
    live.kill(SIGTERM);
    EXPECT_EQ(live.wait(), 0) << rig.log("live");
    collectord.kill(SIGTERM);
    EXPECT_EQ(collectord.wait(), 0) << rig.log("collectord");
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");

    RawQuality quality(BinanceMarket::Futures);
    quality.read(recording(rig), {});
    quality.finish();
    EXPECT_EQ(quality.depth().gaps, 0u);
    EXPECT_EQ(quality.malformed(), 0u);
    EXPECT_EQ(quality.truncated_files(), 0u);

    const Nanos shift = convert(rig);
    const LoggedOrders log = read_logged_orders(rig.file("live.npy"));
    ASSERT_GE(log.orders.size(), static_cast<std::size_t>(kOrders)) << rig.log("live");
    // The first decision was made at a multiple of the step, or a little later.
    replay(rig, log.first_ts + shift - kStep / 2);
    auto result = compare(rig, shift);
    const auto [punctual, identical] = punctual_decisions(result["orders"]);
    result.erase("orders");
    fmt::print("{}\n{} decisions were punctual, {} of them identical\n", result.dump(1), punctual,
               identical);
    EXPECT_GT(punctual, kOrders / 4);
    EXPECT_GE(identical, punctual * 8 / 10);
}

}  // namespace
}  // namespace ringside
