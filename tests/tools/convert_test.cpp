#include "tools/ringside/convert.hpp"

#include <array>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/raw_file.hpp"

namespace ringside {
namespace {

using test::expect_error;
using test::gzipped;
using test::TempDir;

class Sha256 {
  public:
    Sha256() : context_(EVP_MD_CTX_new(), EVP_MD_CTX_free) {
        EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr);
    }
    void update(std::span<const Event> rows) {
        EVP_DigestUpdate(context_.get(), rows.data(), rows.size_bytes());
    }
    std::string hex() {
        std::array<unsigned char, 32> digest{};
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr);
        std::string text;
        for (const unsigned char byte : digest) text += fmt::format("{:02x}", byte);
        return text;
    }

  private:
    std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context_;
};

constexpr const char* kBook =
    R"(1700000000000000100 {"stream":"s","data":{"e":"depthUpdate","T":1700000000000,"b":[["10","1"]],"a":[["11","1"]]}})"
    "\n";
constexpr const char* kLateTrade =
    R"(1700000000001000000 {"stream":"s","data":{"e":"trade","T":1699999999999,"p":"11","q":"1","X":"MARKET","m":false}})"
    "\n";

std::vector<Event> convert(const ConvertOptions& options, ConvertSummary* summary = nullptr,
                           const ConvertHooks& hooks = {}) {
    std::vector<Event> rows;
    const auto result = convert_binance(
        options,
        [&](std::span<const Event> block) { rows.insert(rows.end(), block.begin(), block.end()); },
        hooks);
    EXPECT_EQ(result.rows, rows.size());
    if (summary != nullptr) *summary = result;
    return rows;
}

TEST(Convert, OrdersRowsOfBothTimelines) {
    const TempDir dir;
    const auto path = dir.write("a.gz", gzipped(std::string(kBook) + kLateTrade));
    ConvertSummary summary;
    const auto rows = convert({.inputs = {path}}, &summary);
    ASSERT_EQ(rows.size(), 4u);
    EXPECT_EQ(rows[0].ev, kExchEvent | kBuyEvent | 2);
    EXPECT_EQ(rows[1].ev, kExchEvent | kLocalEvent | kBuyEvent | 1);
    EXPECT_EQ(rows[2].ev, kExchEvent | kLocalEvent | kSellEvent | 1);
    EXPECT_EQ(rows[3].ev, kLocalEvent | kBuyEvent | 2);
    EXPECT_EQ(summary.clock_shift, 0);
    EXPECT_EQ(summary.message_rows, 3u);
    EXPECT_EQ(summary.first_exch_ts, 1'699'999'999'999 * kMillisecond);
    EXPECT_EQ(summary.last_exch_ts, 1'700'000'000'000 * kMillisecond);
}

TEST(Convert, ShiftsLocalTimesOfAllInputsAlike) {
    const TempDir dir;
    const auto first = dir.write("a.gz", gzipped(kBook));
    const auto second = dir.write(
        "b.gz",
        gzipped(
            R"(1700000001000000000 {"stream":"s","data":{"e":"depthUpdate","T":1700000001002,"b":[["10","2"]],"a":[]}})"));
    ConvertSummary summary;
    const auto rows = convert({.inputs = {first, second}, .base_latency = 50}, &summary);
    ASSERT_EQ(rows.size(), 3u);
    EXPECT_EQ(summary.clock_shift, 2 * kMillisecond + 50);
    EXPECT_EQ(rows[0].local_ts, 1'700'000'000'000'000'100 + 2 * kMillisecond + 50);
    EXPECT_EQ(rows[2].local_ts - rows[2].exch_ts, 50);
    EXPECT_EQ(summary.lines, 2u);
}

TEST(Convert, GoesOnBehindMalformedLinesAndNamesThem) {
    const TempDir dir;
    const auto path = dir.write(
        "a.gz", gzipped(std::string(kBook) + "junk\n" + kLateTrade +
                        "1700000000001000001 {\"code\":-1,\"msg\":\"no\"}\n"
                        "1700000000001000002 {\"stream\":\"s\",\"data\":{\"e\":\"trade\"}}\n"));
    std::vector<std::string> words;
    ConvertHooks hooks;
    hooks.on_line = [&](BinanceParser::Outcome, const std::string& text) {
        words.push_back(text);
    };
    ConvertSummary summary;
    const auto rows = convert({.inputs = {path}}, &summary, hooks);
    EXPECT_EQ(rows.size(), 4u);
    EXPECT_EQ(summary.lines, 5u);
    EXPECT_EQ(summary.malformed, 2u);
    EXPECT_EQ(summary.venue_errors, 1u);
    ASSERT_EQ(words.size(), 3u);
    EXPECT_EQ(words[0].rfind(path.string() + ":2: does not start", 0), 0u) << words[0];
    EXPECT_EQ(words[1], path.string() + ":4: the venue answered -1: no");
    EXPECT_EQ(words[2].rfind(path.string() + ":5: field \"T\"", 0), 0u) << words[2];
}

TEST(Convert, StrictStopsAtTheFirstMalformedLineBeforeAnyRowIsHandedOver) {
    const TempDir dir;
    const auto path = dir.write("a.gz", gzipped(std::string(kBook) + "junk\n"));
    bool handed_over = false;
    expect_error(
        [&] {
            convert_binance({.inputs = {path}, .strict = true},
                                    [&](std::span<const Event>) { handed_over = true; });
        },
        ExitCode::Data, "a.gz:2: ");
    EXPECT_FALSE(handed_over);
}

TEST(Convert, RefusesInputsWithoutARow) {
    const TempDir dir;
    const auto path = dir.write("a.gz", gzipped("1700000000001000001 {\"result\":null}\nx\n"));
    expect_error([&] { convert({.inputs = {path}}); }, ExitCode::Data,
                 "no rows in 2 lines (1 of other kinds, 1 malformed)");
}

TEST(Convert, TruncatedInputIsRefusedOrCounted) {
    const TempDir dir;
    std::string text;
    for (int i = 0; i < 500; ++i) text += kBook;
    const std::string whole = gzipped(text, 0);
    const auto path = dir.write("a.gz", whole.substr(0, whole.size() / 2));
    expect_error([&] { convert({.inputs = {path}}); }, ExitCode::Data, "--allow-truncated");
    ConvertSummary summary;
    convert({.inputs = {path}, .truncation = Truncation::Accept}, &summary);
    EXPECT_EQ(summary.truncated_files, 1u);
    EXPECT_GT(summary.lines, 200u);
    EXPECT_EQ(summary.malformed, 0u);
}

/// Rows and SHA-256 of the rows that HftBacktest 2.4.4 makes of the recordings.
struct Golden {
    const char* file;
    bool tickers;
    std::uint64_t rows;
    Nanos shift;
    const char* sha256;
};

class ConvertRecording : public testing::TestWithParam<Golden> {};

TEST_P(ConvertRecording, GivesTheSameBytesAsHftBacktest) {
    const Golden& golden = GetParam();
    const auto path = test::recording(golden.file);
    if (path.empty()) GTEST_SKIP() << golden.file << " is not there; set RINGSIDE_SHARED_DATA";
    Sha256 sha;
    ConvertOptions options{.inputs = {path}};
    options.streams.book_ticker = golden.tickers;
    options.streams.mark_price = golden.tickers;
    const auto summary =
        convert_binance(options, [&](std::span<const Event> rows) { sha.update(rows); });
    EXPECT_EQ(summary.rows, golden.rows);
    EXPECT_EQ(summary.clock_shift, golden.shift);
    EXPECT_EQ(summary.malformed, 0u);
    EXPECT_EQ(sha.hex(), golden.sha256);
}

INSTANTIATE_TEST_SUITE_P(
    BinanceFutures, ConvertRecording,
    testing::Values(Golden{"usdm/btcusdt_20240808.gz", false, 491'973, 1'272'156'851,
                           "239b41a6168b4f6833bbf552d215c672cfdd046a0847bfc5f288171e80995598"},
                    Golden{"usdm/btcusdt_20240808.gz", true, 661'379, 1'272'402'468,
                           "0c9fe51ae8162d5442b82f766bb49a6e67b29d3ac0434150f0f5d5260a56305b"},
                    Golden{"cm/ethusd_perp_20240808.gz", false, 199'836, 1'267'669'040,
                           "55be675d1f4abf18c338b9526db40c1521788a4fd6fe66458595ac28a7b82621"},
                    Golden{"cm/ethusd_perp_20240808.gz", true, 231'554, 1'267'952'772,
                           "647b4f923bbfafb42fba1653165525e3f28cafbe1306de7c43138432eb4ecbcf"}));

TEST(ConvertRecording, HasTheRowsOfEachKind) {
    const auto path = test::recording("usdm/btcusdt_20240808.gz");
    if (path.empty()) GTEST_SKIP() << "no recordings; set RINGSIDE_SHARED_DATA";
    const auto summary = convert_binance({.inputs = {path}}, [](std::span<const Event>) {});
    const std::map<std::uint64_t, std::uint64_t> expected{
        {0xe0000001, 217'738}, {0xd0000001, 202'811}, {0xa0000001, 12'471}, {0x60000001, 12'471},
        {0x90000001, 10'501},  {0x50000001, 10'501},  {0xd0000002, 11'640}, {0xe0000002, 9'510},
        {0xa0000004, 1'000},   {0x60000004, 1'000},   {0x90000004, 1'000},  {0x50000004, 1'000},
        {0xa0000002, 106},     {0x60000002, 106},     {0x90000002, 57},     {0x50000002, 57},
        {0xa0000003, 1},       {0x60000003, 1},       {0x90000003, 1},      {0x50000003, 1}};
    EXPECT_EQ(summary.rows_by_ev, expected);
    EXPECT_EQ(summary.lines, 93'954u);
}

}  // namespace
}  // namespace ringside
