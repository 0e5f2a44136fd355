#include "core/config.hpp"

#include <gtest/gtest.h>

#include "core/duration.hpp"
#include "core/spelling.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside {
namespace {

using test::expect_error;

constexpr std::string_view kText = R"(name = "demo"
seed = 42

[venue]
tick_size = 0.1
lot_size = 1
paper = true
timeout = "100ms"
files = ["a.npz", "/data/b.npz"]
weights = [1, 2.5]

[[asset]]
symbol = "BTCUSDT"

[[asset]]
symbol = "ETHUSDT"
depth = 5
)";

Config sample() { return Config::parse(kText, "conf/bot.toml"); }

void refuses(const std::function<void()>& action, const std::string& part) {
    expect_error(action, ExitCode::Usage, part);
}

TEST(Config, ReadsEveryType) {
    const Config config = sample();
    EXPECT_EQ(config.get<std::string>("name"), "demo");
    EXPECT_EQ(config.get<std::int64_t>("seed"), 42);
    EXPECT_EQ(config.get<std::uint8_t>("seed"), 42);
    EXPECT_EQ(config.get<double>("venue.tick_size"), 0.1);
    EXPECT_EQ(config.get<double>("venue.lot_size"), 1.0);
    EXPECT_TRUE(config.get<bool>("venue.paper"));
    EXPECT_EQ(config.duration("venue.timeout"), 100 * kMillisecond);
    EXPECT_EQ(config.get<std::vector<std::string>>("venue.files"),
              (std::vector<std::string>{"a.npz", "/data/b.npz"}));
    EXPECT_EQ(config.get<std::vector<std::filesystem::path>>("venue.files"),
              (std::vector<std::filesystem::path>{"conf/a.npz", "/data/b.npz"}));
    EXPECT_EQ(config.get<std::vector<double>>("venue.weights"), (std::vector<double>{1.0, 2.5}));
    const std::vector<Config> assets = config.tables("asset");
    ASSERT_EQ(assets.size(), 2U);
    EXPECT_EQ(assets[0].get<std::string>("symbol"), "BTCUSDT");
    EXPECT_EQ(assets[0].get_or("depth", 10), 10);
    EXPECT_EQ(assets[1].get_or("depth", 10), 5);
    EXPECT_EQ(assets[1].get<std::string>("symbol"), "ETHUSDT");
    EXPECT_TRUE(config.tables("absent").empty());
    EXPECT_EQ(config.table("venue").keys(),
              (std::vector<std::string>{"files", "lot_size", "paper", "tick_size", "timeout",
                                        "weights"}));
    config.finish();
}

TEST(Config, TellsWhereAKeyIsMissing) {
    const Config config = sample();
    refuses([&] { config.get<double>("venue.fee"); }, "conf/bot.toml:4: [venue] has no key 'fee'");
    refuses([&] { config.get<double>("sed"); },
            "the top level has no key 'sed'; is 'seed' on line 2 meant to be it?");
    refuses([&] { config.table("asset.x"); }, "asset: expected a table, found an array");
    refuses([&] { config.tables("asset")[0].get<int>("depth"); },
            "conf/bot.toml:12: [asset[0]] has no key 'depth'");
    refuses([&] { config.get<int>("nowhere.at.all"); }, "has no key 'nowhere'");
}

TEST(Config, TellsWhichTypeItWanted) {
    const Config config = sample();
    refuses([&] { config.get<double>("name"); },
            "conf/bot.toml:1: name: expected a number, found a text");
    refuses([&] { config.get<std::int64_t>("venue.tick_size"); },
            "conf/bot.toml:5: venue.tick_size: expected an integer, found a number");
    refuses([&] { config.get<bool>("seed"); }, "expected true or false, found an integer");
    refuses([&] { config.get<std::string>("venue.paper"); }, "expected a text in quotes");
    refuses([&] { config.get<std::vector<double>>("venue.files"); },
            "venue.files[0]: expected a number, found a text");
    refuses([&] { config.get<std::vector<double>>("seed"); }, "expected an array");
    refuses([&] { config.table("seed"); }, "expected a table");
    refuses([&] { config.tables("venue.files"); }, "venue.files[0]: expected a table");
    refuses([&] { config.duration("seed"); }, "a time with its unit");
    refuses([&] { config.duration("name"); }, "'demo' is not a time");
    refuses([&] { config.get<std::int8_t>("seed.x"); }, "seed: expected a table");
}

TEST(Config, RefusesValuesOutOfRange) {
    const Config config = Config::parse("a = 300\nb = -1\nc = nan\nd = \"\"", "x.toml");
    refuses([&] { config.get<std::uint8_t>("a"); }, "x.toml:1: a: 300 is not between 0 and 255");
    refuses([&] { config.get<std::uint64_t>("b"); }, "-1 is not between 0 and");
    refuses([&] { config.get<double>("c"); }, "finite");
    refuses([&] { config.get<std::filesystem::path>("d"); }, "empty");
    refuses([&] { config.refuse("a", "{} is odd", 300); }, "x.toml:1: a: 300 is odd");
}

TEST(Config, RefusesKeysThatNobodyRead) {
    const Config config = Config::parse(
        "sed = 1\n[venue]\ntick_sise = 0.1\nlot_size = 1\n[[asset]]\nsymbol = \"A\"\nzzz = 1\n"
        "[extra]\nx = 1\n",
        "x.toml");
    EXPECT_EQ(config.get_or("seed", 7), 7);
    EXPECT_EQ(config.get_or("venue.tick_size", 0.5), 0.5);
    EXPECT_EQ(config.get<double>("venue.lot_size"), 1.0);
    config.tables("asset")[0].get<std::string>("symbol");
    refuses([&] { config.finish(); },
            "x.toml:1: unknown key 'sed' in the top level; did you mean 'seed'?\n"
            "x.toml:3: unknown key 'tick_sise' in [venue]; did you mean 'tick_size'?\n"
            "x.toml:7: unknown key 'zzz' in [asset[0]]\n"
            "x.toml:8: unknown key 'extra' in the top level");
}

TEST(Config, TellsWhereTheTextIsNotToml) {
    refuses([] { Config::parse("a = 1\nb = = 2\n", "x.toml"); }, "x.toml:2: not valid TOML: ");
    refuses([] { Config::parse("a = 1\na = 2\n", "x.toml"); }, "x.toml:2: not valid TOML: ");
}

TEST(Config, LoadsAFileAndPathsBesideIt) {
    const test::TempDir dir;
    const Config config = Config::load(dir.write("bot.toml", "data = \"day/1.npz\"\n"));
    EXPECT_EQ(config.get<std::filesystem::path>("data"), dir / "day/1.npz");
    refuses([&] { Config::load(dir / "absent.toml"); }, "absent.toml: cannot open");
}

TEST(Duration, ReadsNumbersWithUnits) {
    EXPECT_EQ(parse_duration("0ns"), 0);
    EXPECT_EQ(parse_duration("10us"), 10'000);
    EXPECT_EQ(parse_duration("1.5 ms"), 1'500'000);
    EXPECT_EQ(parse_duration("-2s"), -2 * kSecond);
    EXPECT_EQ(parse_duration("0.000000001s"), 1);
    EXPECT_EQ(parse_duration("12.340s"), 12'340 * kMillisecond);
    EXPECT_EQ(parse_duration("1min"), 60 * kSecond);
    EXPECT_EQ(parse_duration("24h"), 86'400 * kSecond);
    EXPECT_EQ(parse_duration("9223372036854775807ns"), kNever);
}

TEST(Duration, RefusesEverythingElse) {
    for (const char* text :
         {"", "1", "ms", "1 minute", "1.2.3s", ".5s", "5.s", "1e3s", "0.5ns", "1.0000000001s",
          "--1s", "1ms ", " 1ms", "1  ms", "300000h0", "9223372036854775808ns", "9999999999999h"}) {
        EXPECT_FALSE(parse_duration(text).has_value()) << text;
    }
}

TEST(Spelling, FindsTheWordThatWasMeant) {
    const std::vector<std::string> words = {"tick_size", "lot_size", "fee", "a"};
    EXPECT_EQ(closest_word("tick_sise", words), "tick_size");
    EXPECT_EQ(closest_word("ticksize", words), "tick_size");
    EXPECT_EQ(closest_word("lot_szie", words), "lot_size");
    EXPECT_EQ(closest_word("fees", words), "fee");
    EXPECT_EQ(closest_word("symbol", words), "");
    EXPECT_EQ(closest_word("b", words), "");
    EXPECT_EQ(closest_word("", words), "");
    EXPECT_EQ(did_you_mean("feee", words), "; did you mean 'fee'?");
    EXPECT_EQ(did_you_mean("symbol", words), "");
}

}  // namespace
}  // namespace ringside
