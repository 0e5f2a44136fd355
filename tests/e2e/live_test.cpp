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
    Process bot = rig.bot("bot", "5min");
    rig.wait_until("fills", [&] { return rig.fills() > 5; });
    rig.retire({&bot});
    expect_agreement(rig, {"bot"});
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");
    // Round trips, ready for a backtest: times of request, venue and answer in this order.
    EXPECT_GT(std::filesystem::file_size(rig.file("latency.npy")), 128U + 32U);
}

TEST_F(Live, TwoBotsShareAnAccountWithoutHearingOfEachOther) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config());
    Process first = rig.bot("first", "5min");
    Process second = rig.bot("second", "5min");
    rig.wait_until("fills", [&] { return rig.fills() > 10; });
    rig.retire({&first, &second});
    expect_agreement(rig, {"first", "second"});
    EXPECT_GT(rig.heard("first").fills, 0);
    EXPECT_GT(rig.heard("second").fills, 0);
}

TEST_F(Live, OrdersGoByRestWhereThatIsAskedFor) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config("orders = \"rest\"\n"));
    Process bot = rig.bot("bot", "5min");
    rig.wait_until("fills", [&] { return rig.fills() > 2; });
    rig.retire({&bot});
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

TEST_F(Live, NothingHappensToOrdersWhenSomebodySetsTheClock) {
    if (std::getenv("RINGSIDE_TEST_STEPPED_CLOCK") == nullptr) GTEST_SKIP() << "nothing sets it";
    LiveRig rig;
    std::string config = rig.config();
    // So long that only the clock could end it.
    const std::string timeout = "answer_timeout = \"1s\"";
    config.replace(config.find(timeout), timeout.size(), "answer_timeout = \"10min\"");
    const LiveRig::SteppedClock clock(rig.file("clock"));
    Process connectord = rig.connectord(config);
    Process bot = rig.bot("bot", "5min");
    long seen = 0;
    for (const Nanos step : {Nanos{0}, 3600 * kSecond, -3600 * kSecond}) {
        clock.set(step);
        rig.wait_until("the step", [&] {
            return std::abs(rig.figure("clock step us") - step / kMicrosecond) < 1000;
        });
        rig.wait_until("fills", [&] { return rig.fills() > seen + 2; });
        seen = rig.fills();
        const auto lists = rig.figure("reconciliations");
        rig.wait_until("a list", [&] { return rig.figure("reconciliations") > lists + 1; });
    }
    EXPECT_EQ(rig.figure("unanswered"), 0);
    EXPECT_EQ(rig.figure("venue rejected"), 0);
    EXPECT_LT(rig.figure("round trip ns p99.9"), 600 * kSecond);
    rig.retire({&bot});
    expect_agreement(rig, {"bot"});
}

TEST_F(Live, ALimitThatIsPassedStopsTradingUntilTheOperatorResetsIt) {
    LiveRig rig;
    Process connectord = rig.connectord(rig.config() + "[kill_when]\nanswer_latency = \"5s\"\n");
    Process bot = rig.bot("bot", "5min");
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    EXPECT_EQ(rig.figure("kill switch"), 0);
    rig.fault(R"({"kind": "slow", "target": "order_api", "lasts": "1min", "delay": "6s"})");
    rig.wait_until("the kill switch", [&] { return rig.figure("kill switch") == 7; });
    rig.calm();
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
    EXPECT_NE(rig.log("connectord").find("answers in a row took more than 5.0 s"),
              std::string::npos)
        << rig.log("connectord");
    const auto submits = rig.figure("submits");
    const auto refused = rig.figure("requests refused");
    rig.wait_until("refusals", [&] { return rig.figure("requests refused") > refused; });
    EXPECT_EQ(rig.figure("submits"), submits);
    rig.operate({"kill", "live", "--reset"});
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    rig.wait_until("trading", [&] { return rig.figure("kill switch") == 0; });
}

TEST_F(Live, APositionOfSomebodyElseIsToldUntilTheOperatorAcceptsIt) {
    LiveRig rig;
    {
        Process other = rig.connectord(rig.config("order_prefix = \"ot\"\n"));
        Process bot = rig.bot("bot", "5min");
        rig.wait_until("a position", [&] { return rig.fills() > 3; });
        rig.retire({&bot});
        other.kill(SIGTERM);
        EXPECT_EQ(other.wait(), 0);
    }
    // Its journal forgets what the other one did: as if somebody had traded by hand.
    std::filesystem::remove(rig.file("orders.journal"));
    Process connectord = rig.connectord(rig.config() + "[kill_when]\nmismatch = \"1s\"\n");
    rig.wait_until("the account", [&] { return rig.figure("reconciliations") >= 2; });
    EXPECT_EQ(rig.figure("position drift lots"), 0);  // what was there at the start is no drift
    const long before = rig.position_lots();
    rig.trade_by_hand(10);
    rig.wait_until("the drift", [&] { return rig.figure("position drift lots") == 10; });
    EXPECT_EQ(rig.position_lots(), before + 10);
    rig.wait_until("the kill switch", [&] { return rig.figure("kill switch") == 6; });
    EXPECT_NE(rig.operate({"account", "live"}).find("position drift lots  10"), std::string::npos);
    rig.operate({"account", "live", "--accept-position"});
    rig.wait_until("no drift", [&] { return rig.figure("position drift lots") == 0; });
    rig.operate({"kill", "live", "--reset"});
    rig.wait_until("trading", [&] { return rig.figure("kill switch") == 0; });
}

TEST_F(Live, AnInstrumentThatChangesIsHaltedOrTakenAsItIs) {
    LiveRig rig;
    Process connectord = rig.connectord("instruments_every = \"200ms\"\n" + rig.config());
    Process bot = rig.bot("bot", "5min");
    rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
    const auto said = [&](const char* words) {
        return rig.log("connectord").find(words) != std::string::npos;
    };
    rig.announce(R"({"symbol": "BTCUSDT", "minNotional": "7"})");
    rig.wait_until("the new rule", [&] { return said("worth 7 at least"); });

    rig.announce(R"({"symbol": "BTCUSDT", "status": "SETTLING"})");
    rig.wait_until("the halt",
                   [&] { return said("its status is SETTLING; new orders are refused"); });
    const auto refused = rig.figure("requests refused");
    const auto submits = rig.figure("submits");
    rig.wait_until("books go on", [&] { return rig.figure("books fresh") == 1; });
    rig.announce(R"({"symbol": "BTCUSDT", "status": "TRADING"})");
    rig.wait_until("the end of it", [&] { return said("BTCUSDT is traded again"); });
    rig.wait_until("orders", [&] { return rig.figure("submits") > submits; });
    EXPECT_GE(rig.figure("requests refused"), refused);

    rig.announce(R"({"symbol": "BTCUSDT", "tickSize": "0.01"})");
    rig.wait_until("the end", [&] { return said("tick size 0.1 and lot size 0.001 became 0.01"); });
    rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
    rig.wait_until("no book", [&] { return rig.figure("books fresh") == 0; });
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");
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
    // So many starts would use up what the venue allows of requests in a minute.
    LiveRig rig("[limits]\nweight_per_minute = 100000\n");
    for (int i = 0; i < kills; ++i) {
        SCOPED_TRACE(i);
        Process connectord = rig.connectord(rig.config());
        Process bot = rig.bot("bot", "5min");
        // Those of the connector before are not this bot's.
        rig.wait_until("the bot", [&] { return rig.figure("bots") == 1; });
        rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
        std::this_thread::sleep_for(std::chrono::milliseconds(dice() % 1500));
        connectord.kill(SIGKILL);
        connectord.wait();
        EXPECT_EQ(bot.wait(), 6) << rig.log("bot");
        if (HasFailure()) return;
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

/// RINGSIDE_LIVE_KILLS times (4), from RINGSIDE_SEED (1).
TEST_F(Live, BotsThatAreKilledAgainAndAgainLeaveNoOrderAndNoDoubt) {
    const int kills = number("RINGSIDE_LIVE_KILLS", 4);
    std::mt19937_64 dice(static_cast<std::uint64_t>(number("RINGSIDE_SEED", 1)));
    LiveRig rig;
    Process connectord = rig.connectord(rig.config());
    for (int i = 0; i < kills; ++i) {
        SCOPED_TRACE(i);
        Process bot = rig.bot("bot", "5min");
        rig.wait_until("open orders", [&] { return rig.open_orders() > 0; });
        std::this_thread::sleep_for(std::chrono::milliseconds(dice() % 1000));
        bot.kill(SIGKILL);
        bot.wait();
        rig.wait_until("no open orders", [&] { return rig.open_orders() == 0; });
        if (HasFailure()) return;
    }
    rig.wait_until("no doubt", [&] { return rig.figure("orders live") == 0; });
    rig.wait_until("all fills", [&] { return rig.figure("fills") == rig.fills(); });
    const auto lists = rig.figure("reconciliations");
    rig.wait_until("a list", [&] { return rig.figure("reconciliations") > lists + 1; });
    EXPECT_EQ(rig.figure("position drift lots"), 0);
    EXPECT_EQ(rig.figure("bots lost"), kills);
    EXPECT_EQ(rig.state()["reusedClientIds"], 0);
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << rig.log("connectord");
}

}  // namespace
}  // namespace ringside
