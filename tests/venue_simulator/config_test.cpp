#include "tools/venue_simulator/config.hpp"

#include <gtest/gtest.h>

#include "core/row_writer.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/scripted_market.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/venue_simulator/market_rows.hpp"

namespace ringside::venue_simulator {
namespace {

const std::string kServer = "[server]\nca_file = \"ca.pem\"\n";
const std::string kAsset =
    "[[asset]]\nsymbol = \"BTCUSDT\"\ntick_size = 0.1\nlot_size = 0.001\n"
    "fee = { maker = 0.0002, taker = 0.0005 }\n";
const std::string kSynth = "synth = { seed = 4, mid = 60000.0 }\n";
const std::string kAccount =
    "[[account]]\nname = \"one\"\napi_key = \"key\"\nsecret = \"secret\"\n";

SimulatorConfig read(const std::string& text) {
    const Config file = Config::parse(text, "simulator.toml");
    auto config = SimulatorConfig::read(file);
    file.finish();
    return config;
}

void refuses(const std::string& text, const std::string& part) {
    test::expect_error([&] { read(text); }, ExitCode::Usage, part);
}

TEST(SimulatorConfig, ReadsWhatItIsGiven) {
    const SimulatorConfig config =
        read(kServer + kAsset + kSynth + kAccount +
             "[limits]\norders_per_10s = 5\n"
             "[[fault]]\nkind = \"slow\"\ntarget = \"rest\"\nat = \"3s\"\ndelay = \"20ms\"\n");
    ASSERT_EQ(config.assets.size(), 1U);
    EXPECT_EQ(config.assets[0].market.synth->seed, 4U);
    EXPECT_EQ(config.assets[0].engine.fee.taker, 0.0005);
    EXPECT_EQ(config.accounts[0].api_key, "key");
    EXPECT_EQ(config.limits.orders_per_10s, 5);
    ASSERT_EQ(config.faults.size(), 1U);
    EXPECT_EQ(config.faults[0].kind, FaultKind::Slow);
    EXPECT_EQ(config.faults[0].targets, kRest);
    EXPECT_EQ(config.faults[0].delay, 20 * kMillisecond);
}

TEST(SimulatorConfig, RefusesWhatItCannotUse) {
    const std::string good = kServer + kAsset + kSynth + kAccount;
    refuses(good + "[limits]\nweihgt = 1\n", "weihgt");
    refuses(kServer + kAsset + kSynth, "[[account]]");
    refuses(kServer + kAsset + kAccount, "synth");
    refuses(kServer + kAsset + kSynth + "data = [\"a.npz\"]\n" + kAccount, "either");
    refuses(kServer + kAsset + kSynth + "latency = { entry = \"1ms\" }\n" + kAccount, "latency");
    refuses(kServer + kAsset + kSynth + "queue = { model = \"l3_fifo\" }\n" + kAccount,
            "aggregated");
    refuses(kServer + kAsset + kSynth + "[[account]]\nname = \"one\"\n", "no key");
    refuses(good + "[[fault]]\nkind = \"bad\"\n", "none of: disconnect");
    refuses(good + "[[fault]]\nkind = \"gap\"\ntarget = \"bad\"\n", "none of: market");
    refuses(good + "[[fault]]\nkind = \"gap\"\nprobability = 1.5\n", "probability");
    refuses(good + "[market]\nspeed = 0.0\n", "above zero");
}

class MarketRowsTest : public ::testing::Test {
  protected:
    static std::vector<Event> all(RowReader& reader, std::size_t most = 1'000'000) {
        std::vector<Event> rows;
        std::vector<Event> storage(7);
        while (rows.size() < most) {
            const auto part = reader.read(storage);
            if (part.empty()) break;
            rows.insert(rows.end(), part.begin(), part.end());
        }
        return rows;
    }
    static constexpr Grid kGrid{0.1, 0.001};
};

TEST_F(MarketRowsTest, PlaysFilesSeveralTimesEachTimeLater) {
    test::ScriptedMarket market;
    for (int i = 1; i <= 20; ++i) market.bid(i * kSecond, 100.0 + i, 1.0);
    const test::TempDir dir;
    EventWriter writer(dir / "rows.npy");
    writer.append(market.rows());
    writer.finish();
    MarketChoice choice;
    choice.files = {dir / "rows.npy"};
    choice.rounds = 3;
    const auto rows = all(*open_market_rows(choice, kGrid));
    ASSERT_EQ(rows.size(), 60U);
    for (std::size_t i = 1; i < rows.size(); ++i) {
        EXPECT_LE(rows[i - 1].exch_ts, rows[i].exch_ts);
        EXPECT_EQ(rows[i].px, rows[i % 20].px);
    }
    EXPECT_EQ(rows[20].exch_ts - rows[19].local_ts, 100 * kMillisecond);
    EXPECT_EQ(first_event_ts(choice, kGrid), kSecond);
    choice.rounds = 0;
    EXPECT_GE(all(*open_market_rows(choice, kGrid), 1'000).size(), 1'000U);
    choice.files.push_back(dir / "raw.gz");
    test::expect_error([&] { open_market_rows(choice, kGrid); }, ExitCode::Usage, "mixed");
}

TEST_F(MarketRowsTest, MakesTheSameMarketOfTheSameSeed) {
    MarketChoice choice;
    choice.synth = SynthChoice{.seed = 9};
    const auto first = all(*open_market_rows(choice, kGrid), 5'000);
    const auto second = all(*open_market_rows(choice, kGrid), 5'000);
    ASSERT_EQ(first.size(), second.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        ASSERT_EQ(first[i].px, second[i].px);
        ASSERT_EQ(first[i].exch_ts, second[i].exch_ts);
    }
    choice.synth->seed = 10;
    const auto other = all(*open_market_rows(choice, kGrid), 5'000);
    EXPECT_FALSE(std::equal(first.begin(), first.end(), other.begin(),
                            [](const Event& a, const Event& b) { return a.qty == b.qty; }));
}

}  // namespace
}  // namespace ringside::venue_simulator
