#include <cmath>
#include <csignal>
#include <random>

#include "tests/e2e/live_rig.hpp"

namespace ringside {
namespace {

using test::LiveRig;
using test::Process;

class Live : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!LiveRig::has_programs()) {
            GTEST_SKIP() << "RINGSIDE_TEST_SIMULATOR, _CONNECTORD and _GRID_BOT name no programs";
        }
    }
    static int number(const char* variable, int otherwise) {
        const char* const text = std::getenv(variable);
        return text == nullptr ? otherwise : std::atoi(text);
    }
    /// Nothing of ours is open, and the venue's position and fills are what bots have heard of.
    static void expect_agreement(LiveRig& rig, const std::vector<std::string>& bots) {
        rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
        LiveRig::Heard all;
        for (const std::string& bot : bots) {
            const LiveRig::Heard one = rig.heard(bot);
            all.fills += one.fills;
            all.position_lots += one.position_lots;
        }
        EXPECT_EQ(rig.fills(), all.fills) << rig.log("connectord");
        EXPECT_EQ(rig.position_lots(), all.position_lots) << rig.log("connectord");
        EXPECT_EQ(rig.state()["reusedClientIds"], 0);
    }
};

TEST_F(Live, ABotAndTheVenueAgreeOnEveryFillAndTheOrdersGoWithTheBot) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config());
    Process bot = rig.bot("bot", "8s");
    EXPECT_EQ(bot.wait(), 0) << rig.log("bot");
    expect_agreement(rig, {"bot"});
    EXPECT_GT(rig.fills(), 0);
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");
    // Round trips, ready for a backtest: times of request, venue and answer in this order.
    EXPECT_GT(std::filesystem::file_size(rig.file("latency.npy")), 128U + 32U);
}

TEST_F(Live, TwoBotsShareAnAccountWithoutHearingOfEachOther) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config());
    Process first = rig.bot("first", "7s");
    Process second = rig.bot("second", "5s");
    EXPECT_EQ(second.wait(), 0) << rig.log("second");
    EXPECT_EQ(first.wait(), 0) << rig.log("first");
    expect_agreement(rig, {"first", "second"});
    EXPECT_GT(rig.heard("first").fills, 0);
    EXPECT_GT(rig.heard("second").fills, 0);
}

TEST_F(Live, OrdersGoByRestWhereThatIsAskedFor) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config("orders = \"rest\"\n"));
    Process bot = rig.bot("bot", "5s");
    EXPECT_EQ(bot.wait(), 0) << rig.log("bot");
    expect_agreement(rig, {"bot"});
    EXPECT_EQ(rig.state()["orderApiRequests"], 0);
}

TEST_F(Live, OrdersOfABotThatDiesAreCancelled) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config());
    Process bot = rig.bot("bot", "1min");
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    bot.kill(SIGKILL);
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
}

TEST_F(Live, OrdersAreKeptWhereThatIsThePolicy) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config("on_bot_gone = \"keep\"\non_end = \"keep\"\n"));
    Process bot = rig.bot("bot", "1min");
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    bot.kill(SIGTERM);
    EXPECT_EQ(bot.wait(), 0) << rig.log("bot");
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");
    EXPECT_GT(rig.open_orders(), 0U);
    // The next one finds them in its journal and, told so, cancels them.
    Process next = rig.connectord(rig.config());
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
}

TEST_F(Live, AKilledConnectorLeavesOrdersThatTheNextOneCancels) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config());
    Process bot = rig.bot("bot", "1min");
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    connectord.kill(SIGKILL);
    connectord.wait();
    EXPECT_EQ(bot.wait(), 6) << rig.log("bot");
    EXPECT_GT(rig.open_orders(), 0U);
    Process next = rig.connectord(rig.config());
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
    EXPECT_EQ(rig.state()["reusedClientIds"], 0);
}

TEST_F(Live, TheVenueCancelsWhenNobodyRenewsTheDeadMansSwitch) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config("dead_man_after = \"3s\"\n"));
    Process bot = rig.bot("bot", "1min");
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    connectord.kill(SIGKILL);
    connectord.wait();
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
}

TEST_F(Live, AKeyThatTheVenueRefusesEndsTheConnector) {
    LiveRig rig;
    setenv("RINGSIDE_TEST_API_SECRET", "another-secret", 1);
    Process connectord = rig.connectord(rig.config());
    EXPECT_EQ(connectord.wait(), 2);
    EXPECT_NE(rig.log("connectord").find("refuses this account"), std::string::npos)
        << rig.log("connectord");
    EXPECT_EQ(rig.log("connectord").find("another-secret"), std::string::npos);
    EXPECT_EQ(rig.log("connectord").find("the-key"), std::string::npos);
}

TEST_F(Live, PaperSendsNothingToTheVenuesOrderApi) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config(), {"--paper"});
    Process bot = rig.bot("bot", "6s");
    EXPECT_EQ(bot.wait(), 0) << rig.log("bot");
    EXPECT_GT(rig.heard("bot").fills, 0);
    EXPECT_EQ(rig.state()["ordersAccepted"], 0);
    EXPECT_EQ(rig.state()["orderApiRequests"], 0);
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");
}

/// RINGSIDE_LIVE_KILLS times (4), from RINGSIDE_SEED (1).
TEST_F(Live, AConnectorThatIsKilledAgainAndAgainMissesNoFill) {
    const int kills = number("RINGSIDE_LIVE_KILLS", 4);
    std::mt19937_64 dice(static_cast<std::uint64_t>(number("RINGSIDE_SEED", 1)));
    LiveRig rig;
    for (int i = 0; i < kills; ++i) {
        SCOPED_TRACE(i);
        Process connectord = rig.connectord(rig.config());
        Process bot = rig.bot("bot", "1min");
        rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
        std::this_thread::sleep_for(std::chrono::milliseconds(dice() % 1500));
        connectord.kill(SIGKILL);
        connectord.wait();
        EXPECT_EQ(bot.wait(), 6) << rig.log("bot");
    }
    Process last = rig.connectord(rig.config());
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
    // The journal's fills and those repaired explain the venue's position.
    rig.wait_until("the account", [&] { return rig.figure("reconciliations") >= 2; });
    rig.wait_until("all fills", [&] { return rig.figure("position drift lots") == 0; });
    rig.wait_until("no doubt", [&] { return rig.figure("orders live") == 0; });
    EXPECT_EQ(rig.state()["reusedClientIds"], 0);
    EXPECT_GT(rig.fills(), 0);
}

/// Faults of all kinds for a while, then calm: RINGSIDE_LIVE_STORMS of them (3), from
/// RINGSIDE_SEED (1).
TEST_F(Live, AgreesWithTheVenueAfterEveryStorm) {
    const int rounds = number("RINGSIDE_LIVE_STORMS", 3);
    const int first_seed = number("RINGSIDE_SEED", 1);
    for (int seed = first_seed; seed < first_seed + rounds; ++seed) {
        SCOPED_TRACE(seed);
        LiveRig rig(fmt::format(R"([fault_mix]
seed = {}
kinds = ["disconnect", "slow", "server_error", "timeout", "no_answer", "drop", "duplicate", "reorder", "gap", "malformed", "stale_snapshot", "expire_listen_key", "rate_limit", "silence", "huge"]
every = "600ms"
lasts = "300ms"
from = "2s"
until = "8s"
probability = 0.3
)",
                                seed));
        Process connectord = rig.connectord(rig.config());
        // The bot stays for the calm that follows, and hears what it missed.
        Process bot = rig.bot("bot", "15s");
        EXPECT_EQ(bot.wait(), 0) << rig.log("bot");
        expect_agreement(rig, {"bot"});
        if (HasFailure()) break;
    }
}

}  // namespace
}  // namespace ringside
