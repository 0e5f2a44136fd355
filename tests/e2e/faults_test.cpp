#include "core/error.hpp"
#include "ipc/codec.hpp"
#include "ipc/journal_reader.hpp"
#include "tests/e2e/replay.hpp"

namespace ringside {
namespace {

using test::on_bus;
using test::Process;
using test::Replay;
using namespace std::chrono_literals;

constexpr int kBus = static_cast<int>(ExitCode::Bus);
constexpr int kVenueLost = static_cast<int>(ExitCode::VenueLost);
constexpr int kBotLost = static_cast<int>(ExitCode::BotLost);

class Faults : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!Replay::has_programs()) {
            GTEST_SKIP() << "RINGSIDE_TEST_REPLAYD and RINGSIDE_TEST_GRID_BOT name no programs";
        }
        config_ = replay_.config("10ms");
    }
    /// Waits until the replay has said something.
    void wait_for_log(const std::string& text) {
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (replay_.log("replayd").find(text) == std::string::npos) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << replay_.log("replayd");
            std::this_thread::sleep_for(1ms);
        }
    }
    void expect_in_log(const std::string& name, const std::string& text) {
        EXPECT_NE(replay_.log(name).find(text), std::string::npos) << replay_.log(name);
    }

    // Steps of a microsecond make the run last: a stopped bot cannot be done before it is killed.
    const std::vector<std::string> kLong{"step=1us"};
    Replay replay_{20'000};
    std::string config_;
};

TEST_F(Faults, ABotThatDiesIsNamedAndTheOthersAreServed) {
    Process server = replay_.serve(config_, "replay", 2);
    Process victim = replay_.bot("victim", on_bus("replay", config_), kLong);
    Process other = replay_.bot("other", on_bus("replay", config_));
    wait_for_log("attached");
    std::this_thread::sleep_for(100ms);
    victim.kill(SIGKILL);
    EXPECT_EQ(victim.wait(), -SIGKILL);
    EXPECT_EQ(other.wait(), 0) << replay_.log("other");
    EXPECT_EQ(server.wait(), kBotLost) << replay_.log("replayd");
    expect_in_log("replayd", "died");
    Process alone = replay_.bot("alone", {"--in-process", config_});
    EXPECT_EQ(alone.wait(), 0);
    EXPECT_TRUE(replay_.results("other") == replay_.results("alone"));
}

TEST_F(Faults, ABotLearnsOfADeadVenueWithinASecond) {
    Process server = replay_.serve(config_);
    Process bot = replay_.bot("bot", on_bus("replay", config_), kLong);
    wait_for_log("attached");
    std::this_thread::sleep_for(50ms);
    server.kill(SIGKILL);
    EXPECT_EQ(server.wait(), -SIGKILL);
    EXPECT_EQ(bot.wait(1s), kVenueLost) << replay_.log("bot");
    expect_in_log("bot", "replay");
}

TEST_F(Faults, AVenueThatIsToldToStopSaysSoAndItsBotsHear) {
    Process server = replay_.serve(config_);
    Process bot = replay_.bot("bot", on_bus("replay", config_), kLong);
    wait_for_log("attached");
    std::this_thread::sleep_for(50ms);
    server.kill(SIGTERM);
    EXPECT_EQ(server.wait(2s), kBotLost) << replay_.log("replayd");
    EXPECT_EQ(bot.wait(1s), kVenueLost) << replay_.log("bot");
}

TEST_F(Faults, ANameInUseIsRefusedAndTheFirstServiceUnharmed) {
    Process server = replay_.serve(config_);
    Process second({std::getenv("RINGSIDE_TEST_REPLAYD"), config_, "--bus", "replay"},
                   replay_.file("second.log"));
    EXPECT_EQ(second.wait(), kBus) << replay_.log("second");
    expect_in_log("second", "replay");
    Process bot = replay_.bot("bot", on_bus("replay", config_));
    EXPECT_EQ(bot.wait(), 0) << replay_.log("bot");
    EXPECT_EQ(server.wait(), 0);
}

TEST_F(Faults, AnUnknownBusIsNamed) {
    Process bot = replay_.bot("bot", on_bus("nowhere", config_));
    EXPECT_EQ(bot.wait(), kBus);
    expect_in_log("bot", "nowhere");
}

TEST_F(Faults, ANameIsFreeAgainAfterItsServiceWasKilled) {
    {
        const Process killed = replay_.serve(config_);
        killed.kill(SIGKILL);
    }
    Process server = replay_.serve(config_);
    Process bot = replay_.bot("bot", on_bus("replay", config_));
    EXPECT_EQ(bot.wait(), 0) << replay_.log("bot");
    EXPECT_EQ(server.wait(), 0) << replay_.log("replayd");
}

TEST_F(Faults, ABotTooManyIsToldSo) {
    Process server = replay_.serve(config_);
    Process first = replay_.bot("first", on_bus("replay", config_), kLong);
    wait_for_log("attached");
    Process second = replay_.bot("second", on_bus("replay", config_));
    const auto code = second.wait(10s);
    EXPECT_EQ(code, kBus) << replay_.log("second");
    expect_in_log("second", "takes no more");
    expect_in_log("replayd", "takes no more");
    EXPECT_EQ(first.wait(0ms), std::nullopt) << "the bot that was served was harmed";
}

TEST_F(Faults, ABotTooManyThatIsStoppedHoldsNobody) {
    Process server = replay_.serve(config_);
    Process first = replay_.bot("first", on_bus("replay", config_), {"step=100us"});
    wait_for_log("attached");
    Process second = replay_.bot("second", on_bus("replay", config_));
    second.kill(SIGSTOP);  // before or after it has heard that it is refused
    EXPECT_EQ(first.wait(), 0) << replay_.log("first");
    EXPECT_EQ(server.wait(), 0) << replay_.log("replayd");
    second.kill(SIGCONT);
    EXPECT_EQ(second.wait(10s), kBus) << replay_.log("second");
}

TEST_F(Faults, ARecordingOfAReplayHoldsAllOfItOrSaysWhatItMissed) {
    if (std::getenv("RINGSIDE_EXE") == nullptr) GTEST_SKIP() << "RINGSIDE_EXE names no program";
    Process server = replay_.serve(config_);
    Process recorder({std::getenv("RINGSIDE_EXE"), "bus", "record", "replay", "-o",
                      replay_.file("journal").string()},
                     replay_.file("recorder.log"));
    while (!std::filesystem::exists(replay_.file("journal"))) std::this_thread::sleep_for(1ms);
    Process bot = replay_.bot("bot", on_bus("replay", config_));
    EXPECT_EQ(bot.wait(), 0) << replay_.log("bot");
    EXPECT_EQ(server.wait(), 0) << replay_.log("replayd");
    EXPECT_EQ(recorder.wait(), 0) << replay_.log("recorder");
    ipc::JournalReader journal(replay_.file("journal"));
    std::uint64_t events = 0;
    std::uint64_t requests = 0;
    std::uint64_t responses = 0;
    std::uint64_t missed = 0;
    const ipc::JournalState state = journal.read([&](const ipc::BusRecord& record) {
        ipc::MarketDataView data;
        ipc::GapNote gap;
        if (read_note(record, gap)) missed += gap.count;
        if (record.type == ipc::FrameType::MarketData && decode(record.payload, data)) {
            events += data.events.size();
        }
        requests += record.type == ipc::FrameType::OrderRequest ? 1 : 0;
        responses += record.type == ipc::FrameType::OrderResponse ? 1 : 0;
    });
    EXPECT_TRUE(state.complete);
    EXPECT_EQ(state.damaged_blocks, 0U);
    EXPECT_GT(requests, 0U);
    // A recorder holds nobody back: what it did not get, it says.
    EXPECT_TRUE(missed > 0 || responses >= requests) << responses << " of " << requests;
    EXPECT_TRUE(missed > 0 || events >= 20'000) << events;
}

}  // namespace
}  // namespace ringside
