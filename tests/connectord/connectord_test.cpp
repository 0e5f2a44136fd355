#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "botkit/bus_link.hpp"
#include "botkit/context.hpp"
#include "ipc/bus_observer.hpp"
#include "ipc/bus_service.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/process.hpp"
#include "tests/support/small_venue.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/unique_bus.hpp"

namespace ringside {
namespace {

using botkit::Context;
using test::Process;

constexpr const char* kSymbol = "BTCUSDT";
constexpr const char* kBus = "live";

/// connectord against a venue that sends market data only.
class Connectord : public ::testing::Test {
  protected:
    std::string config(const std::string& more = "") const {
        return fmt::format(R"(bus = "{}"
venue = "binance-usdm"
environment = "sim"
trades = "single"
{}
[[instrument]]
symbol = "{}"
[network]
stream_url = "{}"
rest_url = "{}"
ca_file = "authority.pem"
retry_first = "5ms"
retry_most = "20ms"
snapshot_spacing = "5ms"
)",
                           kBus, more, kSymbol, venue_.server().address("wss"),
                           venue_.server().address("https"));
    }
    Process start(const std::string& text, const std::vector<std::string>& options = {}) {
        dir_.write("authority.pem", authority_.pem());
        std::vector<std::string> arguments{std::getenv("RINGSIDE_TEST_CONNECTORD"),
                                           dir_.write("connectord.toml", text).string()};
        arguments.insert(arguments.end(), options.begin(), options.end());
        return Process(arguments, dir_ / "log");
    }
    std::string log() const { return test::read_file(dir_ / "log"); }

    void wait_until(const char* what, const std::function<bool()>& holds) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!holds()) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << what << "\n" << log();
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
    }
    std::unique_ptr<Context> attach(const char* name = "bot") const {
        std::unique_ptr<Context> context;
        wait_until("the bus", [&] {
            try {
                context = std::make_unique<Context>(botkit::connect_bus(kBus, name));
                return true;
            } catch (const Error&) {
                return false;
            }
        });
        return context;
    }
    /// Lets the bot hear until it knows so much; the venue goes on as long as it does not.
    void hear(Context& bot, const char* what, const std::function<bool()>& holds,
              bool trade = false) {
        wait_until(what, [&] {
            if (trade) venue_.trade(kSymbol, 1);
            bot.elapse(kMillisecond);
            return holds();
        });
    }
    void sync(Context& bot) {
        wait_until("both connections", [this] { return venue_.opened() >= 2; });
        hear(
            bot, "a fresh book", [&] { return bot.is_fresh(0); }, true);
    }
    static std::int64_t counter(const std::string& name) {
        for (const auto& one : ipc::BusObserver(kBus).counters()) {
            if (one.name == name) return one.value;
        }
        return -1;
    }
    static double best_bid_qty(const Context& bot) {
        return bot.depth(0).bid_qty(bot.depth(0).best_bid());
    }

    test::UniqueBusRoot root_;
    test::TempDir dir_;
    test::Authority authority_;
    test::SmallVenue venue_{authority_};
};

TEST_F(Connectord, ShowsBotsTheVenuesBookTradesAndInstruments) {
    Process connectord = start(config());
    const auto bot = attach();
    EXPECT_EQ(bot->venue().clock, ClockMode::RealTime);
    ASSERT_EQ(bot->num_assets(), 1U);
    EXPECT_EQ(bot->instrument(0).symbol, kSymbol);
    EXPECT_EQ(bot->instrument(0).grid.tick_size, 0.1);
    EXPECT_EQ(bot->instrument(0).order_rules.min_value, 5.0);
    bot->keep_last_trades(0, 100);
    sync(*bot);
    bot->clear_last_trades(0);
    venue_.trade(kSymbol, 7);
    hear(*bot, "seven changes", [&] { return best_bid_qty(*bot) == 7.0; });
    EXPECT_EQ(bot->depth(0).best_bid_price(), 100.0);
    EXPECT_EQ(bot->depth(0).best_ask(), 1001);
    EXPECT_EQ(bot->depth(0).bid_qty(999), 3.0);  // from the snapshot
    hear(*bot, "seven trades", [&] { return bot->last_trades(0).size() >= 7; });
    EXPECT_TRUE(bot->last_trades(0)[0].has(kSellEvent));
    EXPECT_GT(bot->feed_latency(0)->local_ts, bot->feed_latency(0)->exch_ts);
}

TEST_F(Connectord, TakesABrokenBookFromBotsAtOnceAndGivesItBackWhole) {
    Process connectord = start(config());
    const auto bot = attach();
    sync(*bot);
    venue_.answer_snapshots(503);
    venue_.lose(kSymbol, 1);
    venue_.trade(kSymbol, 1);
    hear(*bot, "a stale book", [&] { return !bot->is_fresh(0); });
    EXPECT_EQ(bot->depth(0).best_bid(), kNoBid);
    EXPECT_EQ(bot->depth(0).best_ask(), kNoAsk);
    // Changes go on meanwhile, and are not taken for a book.
    venue_.trade(kSymbol, 3);
    bot->elapse(20 * kMillisecond);
    EXPECT_EQ(bot->depth(0).best_bid(), kNoBid);
    venue_.answer_snapshots(200);
    hear(*bot, "the book again", [&] { return bot->is_fresh(0); });
    venue_.trade(kSymbol, 9);
    hear(*bot, "nine changes", [&] { return best_bid_qty(*bot) == 9.0; });
    wait_until("the counter", [] { return counter("book gaps") >= 1; });
}

TEST_F(Connectord, AsksAgainForASnapshotThatIsTooOld) {
    venue_.age_snapshots(1000);
    Process connectord = start(config());
    const auto bot = attach();
    wait_until("both connections", [this] { return venue_.opened() >= 2; });
    venue_.trade(kSymbol, 3);
    wait_until("two snapshots", [this] { return venue_.snapshots() >= 2; });
    bot->elapse(kMillisecond);
    EXPECT_FALSE(bot->is_fresh(0));
    venue_.age_snapshots(0);
    hear(*bot, "a fresh book", [&] { return bot->is_fresh(0); });
}

TEST_F(Connectord, GivesTheBookToBotsThatComeLate) {
    Process connectord = start(config());
    const auto first = attach("first");
    sync(*first);
    venue_.trade(kSymbol, 4);
    hear(*first, "four changes", [&] { return best_bid_qty(*first) == 4.0; });
    const auto second = attach("second");
    hear(*second, "the book", [&] { return second->is_fresh(0); });
    EXPECT_EQ(best_bid_qty(*second), 4.0);
    EXPECT_EQ(second->depth(0).bid_qty(999), 3.0);
    // Who had it keeps it.
    first->elapse(kMillisecond);
    EXPECT_TRUE(first->is_fresh(0));
}

TEST_F(Connectord, ComesBackWithTheBookAfterALostConnection) {
    Process connectord = start(config());
    const auto bot = attach();
    sync(*bot);
    venue_.answer_snapshots(503);
    venue_.server().cut();
    hear(*bot, "a stale book", [&] { return !bot->is_fresh(0); });
    venue_.answer_snapshots(200);
    wait_until("new connections", [this] { return venue_.opened() >= 4; });
    hear(
        *bot, "the book again", [&] { return bot->is_fresh(0); }, true);
}

TEST_F(Connectord, RenewsItsConnectionsWithoutLosingTheBookOrATrade) {
    std::string text = config();
    text.replace(text.find("retry_first"), 0, "renew_after = \"300ms\"\n");
    Process connectord = start(text);
    const auto bot = attach();
    bot->keep_last_trades(0, 10000);
    sync(*bot);
    // What the venue sent before has been heard once its last change has.
    venue_.trade(kSymbol, 9);
    hear(*bot, "nine changes", [&] { return best_bid_qty(*bot) == 9.0; });
    bot->clear_last_trades(0);
    const std::uint64_t before = venue_.opened();
    std::size_t sent = 0;
    wait_until("a renewal", [&] {
        venue_.trade(kSymbol, 1);
        ++sent;
        bot->elapse(kMillisecond);
        EXPECT_TRUE(bot->is_fresh(0));
        return venue_.opened() >= before + 2;
    });
    hear(*bot, "every trade", [&] { return bot->last_trades(0).size() >= sent; });
    venue_.trade(kSymbol, 8);
    hear(*bot, "eight more", [&] { return bot->last_trades(0).size() >= sent + 8; });
    EXPECT_EQ(bot->last_trades(0).size(), sent + 8);
}

TEST_F(Connectord, CountsAndPassesOverMessagesThatCannotBeRead) {
    Process connectord = start(config());
    const auto bot = attach();
    sync(*bot);
    for (const char* bad : {"nonsense", "{}", "[1,2", R"({"stream":"btcusdt@trade","data":{}})",
                            R"({"stream":"btcusdt@depth@0ms","data":{"T":"x"}})"}) {
        venue_.send_raw(bad);
    }
    wait_until("the counter", [] { return counter("md malformed") >= 4; });
    venue_.trade(kSymbol, 6);
    hear(*bot, "six changes", [&] { return best_bid_qty(*bot) == 6.0; });
}

TEST_F(Connectord, RefusesOrdersWhereNobodyTrades) {
    Process connectord = start(config());
    const auto bot = attach();
    sync(*bot);
    EXPECT_EQ(bot->submit_buy_order(0, 1, 90.0, 1.0, TimeInForce::Gtx, OrderType::Limit, false),
              Code::Ok);
    hear(*bot, "the refusal", [&] { return bot->orders(0).find(1)->req == Status::None; });
    EXPECT_EQ(bot->orders(0).find(1)->status, Status::Expired);
}

TEST_F(Connectord, FillsOnPaperWhatTheLiveMarketReaches) {
    const std::string text = config() + R"([paper]
entry_latency = "0ms"
response_latency = "0ms"
maker_fee = 0.0002
)";
    Process connectord = start(text, {"--paper"});
    const auto bot = attach();
    sync(*bot);
    // Rests above the best bid, in front of every queue: the next sale at 100.10 goes to it.
    const auto submit = [&](OrderId id, double price) {
        return bot->submit_buy_order(0, id, price, 0.5, TimeInForce::Gtc, OrderType::Limit, false);
    };
    OrderId id = 1;
    hear(*bot, "an order that is taken", [&] {
        const auto* order = bot->orders(0).find(id);
        if (order != nullptr && order->status == Status::New) return true;
        if (order == nullptr || !order->pending()) {
            if (order != nullptr) ++id;
            submit(id, 99.9);
        }
        return false;
    });
    EXPECT_EQ(bot->cancel(0, id, false), Code::Ok);
    hear(*bot, "the cancel", [&] { return bot->orders(0).find(id)->status == Status::Canceled; });
    ++id;
    submit(id, 100.1);  // takes
    hear(*bot, "a fill", [&] { return bot->position(0) > 0.0; });
    EXPECT_NEAR(bot->position(0), 0.5, 1e-9);
    EXPECT_EQ(bot->orders(0).find(id)->status, Status::Filled);
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << log();
}

TEST_F(Connectord, StopsTakingOrdersWhenItsBusIsKilled) {
    Process connectord = start(config(), {"--paper"});
    const auto bot = attach();
    sync(*bot);
    OrderId id = 1;
    const auto submit = [&] {
        bot->submit_buy_order(0, id, 99.9, 0.5, TimeInForce::Gtc, OrderType::Limit, false);
    };
    hear(*bot, "an order that rests", [&] {
        const auto* order = bot->orders(0).find(id);
        if (order != nullptr && order->status == Status::New) return true;
        if (order == nullptr || !order->pending()) {
            if (order != nullptr) ++id;
            submit();
        }
        return false;
    });
    ipc::kill_bus(kBus);
    hear(*bot, "the cancel", [&] { return bot->orders(0).find(id)->status == Status::Canceled; });
    ++id;
    submit();
    hear(*bot, "the refusal", [&] { return !bot->orders(0).find(id)->pending(); });
    EXPECT_EQ(bot->orders(0).find(id)->status, Status::Expired);
    wait_until("the counter", [] { return counter("kill switch") == 1; });
    ipc::revive_bus(kBus);
    wait_until("the counter", [] { return counter("kill switch") == 0; });
}

TEST_F(Connectord, EndsWhenToldAndBotsHearOfIt) {
    Process connectord = start(config());
    const auto bot = attach();
    sync(*bot);
    connectord.kill(SIGTERM);
    EXPECT_EQ(connectord.wait(), 0) << log();
    test::expect_error([&] { bot->elapse(60 * kSecond); }, ExitCode::VenueLost, "has ended");
}

TEST_F(Connectord, TellsBotsThatItDied) {
    Process connectord = start(config());
    const auto bot = attach();
    sync(*bot);
    connectord.kill(SIGKILL);
    connectord.wait();
    test::expect_error([&] { bot->elapse(60 * kSecond); }, ExitCode::VenueLost, "has died");
}

TEST_F(Connectord, RefusesAVenueWhoseCertificateIsNotTrusted) {
    const test::Authority other;
    dir_.write("other.pem", other.pem());
    std::string text = config();
    text.replace(text.find("authority.pem"), 13, "other.pem");
    Process connectord = start(text);
    EXPECT_EQ(connectord.wait(), 2);
    EXPECT_NE(log().find("certificate"), std::string::npos) << log();
    EXPECT_EQ(venue_.opened(), 0U);
}

TEST_F(Connectord, RefusesAVenueWhoseCertificateIsForAnotherHost) {
    std::string text = config();
    for (std::size_t at = 0; (at = text.find("localhost")) != text.npos;) {
        text.replace(at, 9, "127.0.0.1");  // the certificate names the host only
    }
    Process connectord = start(text);
    EXPECT_EQ(connectord.wait(), 2);
    EXPECT_NE(log().find("certificate"), std::string::npos) << log();
    EXPECT_EQ(venue_.opened(), 0U);
}

TEST_F(Connectord, RefusesAnInstrumentThatTheVenueHasNot) {
    std::string text = config();
    text.replace(text.find(kSymbol), 7, "NONEUSDT");
    Process connectord = start(text);
    EXPECT_EQ(connectord.wait(), 2);
    EXPECT_NE(log().find("no instrument NONEUSDT"), std::string::npos) << log();
}

TEST_F(Connectord, ChecksAConfigurationWithoutAskingAnybody) {
    Process good = start(config(), {"--check-config"});
    EXPECT_EQ(good.wait(), 0) << log();
    Process bad = start(config("colour = \"red\""), {"--check-config"});
    EXPECT_EQ(bad.wait(), 2);
    EXPECT_NE(log().find("colour"), std::string::npos) << log();
    EXPECT_EQ(venue_.server().accepted(), 0U);
}

/// An account whose key is in a variable, and whose secret in the file "secret".
std::string trading(std::string_view key_env) {
    return fmt::format(R"([trading]
key_env = "{}"
secret_file = "secret"
journal = "orders.journal"
orders = "rest"
)",
                       key_env);
}

TEST_F(Connectord, SendsNothingWithoutTheKeysOfItsAccount) {
    Process connectord = start(config() + trading("RINGSIDE_TEST_NO_SUCH_KEY"));
    EXPECT_EQ(connectord.wait(), 2);
    EXPECT_NE(log().find("RINGSIDE_TEST_NO_SUCH_KEY"), std::string::npos) << log();
    EXPECT_EQ(venue_.opened(), 0U);
    EXPECT_EQ(venue_.server().accepted(), 0U);
}

TEST_F(Connectord, SendsNothingWhileOthersMayReadItsSecret) {
    ::setenv("RINGSIDE_TEST_KEY_OF_OPEN_SECRET", "the-key", 1);
    std::filesystem::permissions(
        dir_.write("secret", "the-secret"),
        std::filesystem::perms::owner_read | std::filesystem::perms::group_read);
    Process connectord = start(config() + trading("RINGSIDE_TEST_KEY_OF_OPEN_SECRET"));
    EXPECT_EQ(connectord.wait(), 2);
    EXPECT_NE(log().find("chmod 600"), std::string::npos) << log();
    EXPECT_EQ(log().find("the-secret"), std::string::npos);
    EXPECT_EQ(venue_.server().accepted(), 0U);
}

}  // namespace
}  // namespace ringside
