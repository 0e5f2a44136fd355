#include <cstring>
#include <filesystem>

#include "botkit/order_log.hpp"
#include "botkit/recorder.hpp"
#include "core/row_file.hpp"
#include "tests/e2e/replay.hpp"
#include "tools/ringside/convert.hpp"

namespace ringside {
namespace {

using botkit::OrderLogRow;
using botkit::RecordRow;
using test::Replay;

/// The recorded five minutes of BTCUSDT, empty where the recordings are not at hand.
std::filesystem::path recording() {
    const char* named = std::getenv("RINGSIDE_SHARED_DATA");
    const std::filesystem::path folder =
        named != nullptr ? named : RINGSIDE_SOURCE_ROOT "/../shared/data";
    const auto file = folder / "usdm" / "btcusdt_20240808.gz";
    return std::filesystem::exists(file) ? file : std::filesystem::path();
}

struct Results {
    std::vector<RecordRow> record;
    std::vector<OrderLogRow> orders;
};

class RecordedMarket : public ::testing::Test {
  protected:
    void SetUp() override {
        if (!Replay::has_programs()) GTEST_SKIP() << "nobody said where the programs are";
        if (recording().empty()) GTEST_SKIP() << "no recordings; name them in RINGSIDE_SHARED_DATA";
        EventWriter writer(dir_ / "market.npy");
        ConvertOptions options;
        options.inputs = {recording()};
        convert_binance(options, [&](std::span<const Event> rows) { writer.append(rows); });
        writer.finish();
    }

    /// `exchange`: as in a configuration.
    Results run(const std::string& rules, const std::string& exchange = "no_partial_fill") {
        const auto config = dir_.write(rules + ".toml", "[venue]\nrules = \"" + rules + R"("
[[asset]]
symbol = "BTCUSDT"
data = ["market.npy"]
tick_size = 0.1
lot_size = 0.001
latency = { entry = "10ms", response = "10ms" }
queue = { model = "power_prob", n = 2.0 }
fee = { maker = -0.00005, taker = 0.0007 }
exchange = ")" + exchange + "\"\n");
        const auto record = dir_ / (rules + ".npz");
        const auto orders = dir_ / (rules + ".npy");
        test::Process bot({std::getenv("RINGSIDE_TEST_GRID_BOT"), "--in-process", config.string(),
                           "--record", record.string(), "--orders", orders.string()},
                          dir_ / "bot.log");
        EXPECT_EQ(bot.wait(), 0) << test::read_file(dir_ / "bot.log");
        return {read_rows<RecordRow>(record, botkit::record_dtype(), "0"),
                order_rows(test::read_file(orders))};
    }

  private:
    static std::vector<OrderLogRow> order_rows(const std::string& npy) {
        std::uint16_t header_bytes = 0;
        std::memcpy(&header_bytes, npy.data() + 8, sizeof(header_bytes));
        const std::size_t begin = 10U + header_bytes;
        std::vector<OrderLogRow> rows((npy.size() - begin) / sizeof(OrderLogRow));
        std::memcpy(rows.data(), npy.data() + begin, rows.size() * sizeof(OrderLogRow));
        return rows;
    }

    test::TempDir dir_;
};

void expect_near(double is, double ought) { EXPECT_NEAR(is, ought, 1e-9 * std::abs(ought)); }

// The figures are HftBacktest 2.4.4's for the same strategy and the same recording.
TEST_F(RecordedMarket, GivesTheGridStrategyTheReferencesResultInCompat) {
    const Results compat = run("compat");
    ASSERT_EQ(compat.record.size(), 3448u);
    const RecordRow& last = compat.record.back();
    EXPECT_EQ(last.timestamp, 1723161601098000000);
    expect_near(last.price, 61659.75);
    expect_near(last.position, -1.1);
    expect_near(last.balance, 66983.7999999998);
    expect_near(last.fee, -290.31215);
    EXPECT_EQ(last.num_trades, 941);
    expect_near(last.trading_volume, 94.1);
    expect_near(last.trading_value, 5806243.0);
}

// Little that strict does otherwise can occur in this run: the bot sends no modify and no market
// order, waits for no answer, and asks nothing of orders that it knows to be over. If neither a
// crossed level nor a clear comes to meet its orders, which this test finds out, strict gives the
// same responses, apart from the time of the request that a cancel's answer carries.
TEST_F(RecordedMarket, GivesTheGridStrategyTheSameFillsInStrict) {
    const Results compat = run("compat");
    const Results strict = run("strict");
    ASSERT_EQ(strict.orders.size(), compat.orders.size());
    std::size_t cancels = 0;
    for (std::size_t i = 0; i < strict.orders.size(); ++i) {
        OrderLogRow is = strict.orders[i];
        const OrderLogRow& ought = compat.orders[i];
        if (is.status == static_cast<std::uint8_t>(Status::Canceled) && is.req_seq != 0) {
            EXPECT_GT(is.req_ts, ought.req_ts) << i;  // the cancel's time, not the submit's
            EXPECT_EQ(is.exch_ts - is.req_ts, 10 * kMillisecond) << i;
            is.req_ts = ought.req_ts;
            ++cancels;
        }
        ASSERT_EQ(std::memcmp(&is, &ought, sizeof(is)), 0) << "response " << i;
    }
    EXPECT_GT(cancels, 1000u);
    ASSERT_EQ(strict.record.size(), compat.record.size());
    ASSERT_EQ(std::memcmp(strict.record.data(), compat.record.data(),
                          strict.record.size() * sizeof(RecordRow)),
              0);
}

// HftBacktest's run of this kind stops with code 14 within a minute.
TEST_F(RecordedMarket, IsPlayedToItsEndWithPartialFillsInStrictAndThePositionIsTheirSum) {
    const Results strict = run("strict", "partial_fill");
    ASSERT_EQ(strict.record.size(), 3448u);
    double position = 0.0;
    std::int64_t fills = 0;
    std::size_t partial = 0;
    for (const OrderLogRow& row : strict.orders) {
        if (row.exec_qty == 0.0) continue;
        position += row.side * row.exec_qty;
        ++fills;
        partial += row.status == static_cast<std::uint8_t>(Status::PartiallyFilled) ? 1 : 0;
    }
    EXPECT_GT(partial, 50u);
    EXPECT_EQ(strict.record.back().num_trades, fills);
    EXPECT_NEAR(strict.record.back().position, position, 1e-9);
}

}  // namespace
}  // namespace ringside
