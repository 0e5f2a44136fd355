#include "connectord/config.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace ringside::connectord {
namespace {

constexpr const char* kHead = R"(bus = "live"
venue = "binance-usdm"
)";
constexpr const char* kInstrument = R"([[instrument]]
symbol = "btcusdt"
)";

ConnectorConfig read(const std::string& text, bool paper = false) {
    const Config file = Config::parse(text, "connectord.toml");
    auto config = ConnectorConfig::read(file, paper);
    file.finish();
    return config;
}

void expect_refusal(const std::string& text, const std::string& part) {
    test::expect_error([&] { read(text); }, ExitCode::Usage, part);
}

TEST(ConnectorConfig, KnowsTheVenuesAddresses) {
    const auto config = read(std::string(kHead) + "environment = \"mainnet\"\n" + kInstrument);
    EXPECT_EQ(config.network.rest_url, "https://fapi.binance.com");
    EXPECT_EQ(config.network.stream_url, "wss://fstream.binance.com");
    EXPECT_EQ(config.network.order_url, "wss://ws-fapi.binance.com/ws-fapi/v1");
    EXPECT_EQ(config.instruments[0].symbol, "BTCUSDT");
    EXPECT_FALSE(config.trading.enabled);
}

TEST(ConnectorConfig, WantsAnEnvironmentAndItsAddresses) {
    expect_refusal(std::string(kHead) + kInstrument, "has no environment");
    expect_refusal(std::string(kHead) + "environment = \"live\"\n" + kInstrument,
                   "none of: mainnet, testnet, demo, sim");
    expect_refusal(std::string(kHead) + "environment = \"sim\"\n" + kInstrument,
                   "has no network.rest_url");
    expect_refusal(std::string(kHead) + "environment = \"mainnet\"\n", "[[instrument]]");
}

TEST(ConnectorConfig, TradesOnMainnetOnlyWhereThatIsSaid) {
    const std::string trading = R"([trading]
key_env = "KEY"
secret_file = "secret.pem"
journal = "orders.journal"
)";
    const std::string mainnet =
        std::string(kHead) + "environment = \"mainnet\"\n" + kInstrument + trading;
    expect_refusal(mainnet, "allow_live = true");
    EXPECT_TRUE(read(mainnet + "allow_live = true\n").trading.enabled);
    const std::string testnet =
        std::string(kHead) + "environment = \"testnet\"\n" + kInstrument + trading;
    EXPECT_TRUE(read(testnet).trading.enabled);
    // The same file on paper needs no keys, and has none.
    const auto paper = read(mainnet, true);
    EXPECT_FALSE(paper.trading.enabled);
    EXPECT_FALSE(paper.trading.secret.is_set());
}

TEST(ConnectorConfig, LimitsThatStopTradingAreOffUnlessTheyAreSet) {
    const std::string text = std::string(kHead) + "environment = \"mainnet\"\n" + kInstrument;
    EXPECT_FALSE(read(text).kill_when.any());
    const ConnectorConfig config = read(text + R"([kill_when]
rejects = 20
loss = 500.0
answer_latency = "250ms"
)");
    EXPECT_EQ(config.kill_when.rejects, 20U);
    EXPECT_EQ(config.kill_when.rejects_within, 10 * kSecond);
    EXPECT_EQ(config.kill_when.loss, 500.0);
    EXPECT_EQ(config.kill_when.drawdown, 0.0);
    EXPECT_EQ(config.kill_when.answer_latency, 250 * kMillisecond);
    expect_refusal(text + "[kill_when]\nloss = -1.0\n", "above 0");
    expect_refusal(text + "[kill_when]\nslow_answers = 0\n", "1 at least");
    expect_refusal(text + "[kill_when]\nstale_book = \"-1s\"\n", "kill_when.stale_book");
    expect_refusal("instruments_every = \"1ms\"\n" + text, "less than 100 ms");
}

TEST(ConnectorConfig, RefusesKeysInTheFileAndUnknownWords) {
    const std::string testnet =
        std::string(kHead) + "environment = \"testnet\"\n" + kInstrument + "[trading]\n";
    expect_refusal(testnet + "journal = \"j\"\nkey = \"abc\"\n", "neither key_env nor key_file");
    expect_refusal(testnet + "journal = \"j\"\nkey_env = \"K\"\nsecret_env = \"S\"\nsekret = 1\n",
                   "sekret");
    expect_refusal(testnet + "key_env = \"K\"\nsecret_env = \"S\"\n", "journal");
    expect_refusal(testnet + "journal = \"j\"\nkey_env = \"K\"\nkey_file = \"f\"\n",
                   "one place only");
    expect_refusal(std::string(kHead) + "environment = \"testnet\"\n" + kInstrument +
                       "limit = { max_order_qty = 1.0 }\n",
                   "limit");
    expect_refusal(std::string(kHead) + "environment = \"testnet\"\n" + kInstrument +
                       "limits = { max_order_qty = -1.0 }\n",
                   "limit is above 0");
}

}  // namespace
}  // namespace ringside::connectord
