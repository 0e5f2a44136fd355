#include <list>

#include "tests/e2e/replay.hpp"

namespace ringside {
namespace {

using test::on_bus;
using test::Process;
using test::Replay;

class Determinism : public ::testing::Test {
  protected:
    explicit Determinism(std::uint64_t events = 20'000) : replay_(events) {}
    void SetUp() override {
        if (!Replay::has_programs()) {
            GTEST_SKIP() << "RINGSIDE_TEST_REPLAYD and RINGSIDE_TEST_GRID_BOT name no programs";
        }
    }

    /// What the bot writes when bot and venue share a process.
    std::string in_process(const std::string& config,
                           const std::vector<std::string>& parameters = {}) {
        Process bot = replay_.bot("alone", {"--in-process", config}, parameters);
        EXPECT_EQ(bot.wait(), 0) << replay_.log("alone");
        EXPECT_GT(replay_.order_log_bytes("alone"), 20'000u);  // hundreds of responses
        return replay_.results("alone");
    }
    std::string across(const std::string& config, std::optional<int> cpu = {},
                       const std::vector<std::string>& waiting = {}) {
        Process server = replay_.serve(config, "replay", 1, cpu);
        std::vector<std::string> where = on_bus("replay", config);
        where.insert(where.end(), waiting.begin(), waiting.end());
        Process bot = replay_.bot("across", where, {}, cpu);
        EXPECT_EQ(bot.wait(), 0) << replay_.log("across");
        EXPECT_EQ(server.wait(), 0) << replay_.log("replayd");
        return replay_.results("across");
    }

    Replay replay_;
};

TEST_F(Determinism, HoldsAcrossProcesses) {
    for (const char* latency : {"0ns", "1ns", "10ms"}) {
        for (const char* rules : {"strict", "compat"}) {
            SCOPED_TRACE(std::string(latency) + " " + rules);
            const std::string config = replay_.config(latency, rules);
            EXPECT_TRUE(across(config) == in_process(config));
        }
    }
}

TEST_F(Determinism, HoldsHoweverEachEndWaits) {
    const std::string alone = in_process(replay_.config("1ns"));
    for (const char* server : {"yield", "spin", "futex"}) {
        const std::string config = replay_.config("1ns", "strict", server);
        EXPECT_TRUE(across(config) == alone) << server;
        for (const char* bot : {"yield", "spin", "futex"}) {
            EXPECT_TRUE(across(config, {}, {"--waiting", bot}) == alone) << server << ", " << bot;
        }
    }
}

/// A market short enough to wait for when others have the processors.
class DeterminismUnderLoad : public Determinism {
  protected:
    DeterminismUnderLoad() : Determinism(4'000) {}
};

TEST_F(DeterminismUnderLoad, HoldsOnBusyProcessors) {
    const std::string slow = replay_.config("10ms");
    const std::string fast = replay_.config("0ns");
    const std::string slow_results = in_process(slow);
    const std::string fast_results = in_process(fast);
    ASSERT_FALSE(slow_results == fast_results);
    const Process one = Process::spinning();
    const Process other = Process::spinning();
    for (int i = 0; i < 10; ++i) {
        SCOPED_TRACE(i);
        ASSERT_TRUE(across(slow) == slow_results);
        ASSERT_TRUE(across(fast) == fast_results);
    }
}

TEST_F(Determinism, HoldsOnOneProcessor) {
    const std::string config = replay_.config("1ns");
    const std::string alone = in_process(config);
    for (int i = 0; i < 2; ++i) ASSERT_TRUE(across(config, 0) == alone);
}

TEST_F(Determinism, HoldsForEachOfManyBotsInAnyOrder) {
    const std::string config = replay_.config("10ms");
    const std::vector<std::vector<std::string>> parameters{
        {"interval=0.3"}, {"interval=0.5"}, {"half_spread=0.4"}, {"step=7ms"}};
    std::vector<std::string> alone;
    for (const auto& p : parameters) alone.push_back(in_process(config, p));
    for (const auto& order : {std::vector{0, 1, 2, 3}, {3, 1, 0, 2}, {2, 3, 1, 0}}) {
        Process server = replay_.serve(config, "many", 4);
        std::list<std::pair<int, Process>> bots;
        for (const int b : order) {
            bots.emplace_back(b, replay_.bot("bot" + std::to_string(b), on_bus("many", config),
                                             parameters[static_cast<std::size_t>(b)]));
        }
        for (auto& [b, bot] : bots) {
            const std::string name = "bot" + std::to_string(b);
            ASSERT_EQ(bot.wait(), 0) << replay_.log(name);
            EXPECT_TRUE(replay_.results(name) == alone[static_cast<std::size_t>(b)]) << name;
        }
        ASSERT_EQ(server.wait(), 0) << replay_.log("replayd");
    }
}

}  // namespace
}  // namespace ringside
