#include <charconv>
#include <random>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "connectord/binance_usdm/parse.hpp"
#include "core/net/web_socket.hpp"

namespace ringside::connectord::binance_usdm {
namespace {

using Kind = MarketMessage::Kind;

class UsdmParse : public ::testing::Test {
  protected:
    MarketMessage parse(std::string text) {
        const std::size_t size = text.size();
        text_ = std::move(text);
        text_.resize(size + net::WebSocket::kPadding);
        return parser_.parse({text_.data(), size}, 1'000'000'007);
    }
    static std::string in(const char* stream, const std::string& event) {
        return fmt::format(R"({{"stream":"{}","data":{}}})", stream, event);
    }
    static std::string depth(const std::string& bids, const std::string& asks) {
        return in("btcusdt@depth@0ms",
                  R"({"e":"depthUpdate","E":1723161256299,"T":1723161256298,"s":"BTCUSDT",)"
                  R"("U":5123107832006,"u":5123107837557,"pu":5123107831937,"b":)" +
                      bids + R"(,"a":)" + asks + "}");
    }

    const std::vector<StreamName> streams_{{"btcusdt@depth@0ms", StreamKind::Depth, 0},
                                           {"btcusdt@trade", StreamKind::Trade, 0},
                                           {"btcusdt@aggTrade", StreamKind::AggTrade, 0},
                                           {"btcusdt@bookTicker", StreamKind::BookTicker, 0},
                                           {"btcusdt@markPrice@1s", StreamKind::MarkPrice, 0}};
    MarketParser parser_{streams_};
    std::string text_;
};

TEST_F(UsdmParse, ReadsAChangeOfTheBook) {
    const auto m =
        parse(depth(R"([["58710.20","0.014"],["61510.90","0.000"]])", R"([["61800.30","2.510"]])"));
    ASSERT_EQ(m.kind, Kind::Change);
    EXPECT_EQ(m.stream, 0U);
    EXPECT_EQ(m.ids.first, 5123107832006);
    EXPECT_EQ(m.ids.last, 5123107837557);
    EXPECT_EQ(m.ids.previous_last, 5123107831937);
    ASSERT_EQ(m.rows.size(), 3U);
    EXPECT_EQ(m.rows[0].kind(), EventKind::Depth);
    EXPECT_TRUE(m.rows[0].has(kBuyEvent | kLocalEvent | kExchEvent));
    EXPECT_EQ(m.rows[0].px, 58710.20);
    EXPECT_EQ(m.rows[0].qty, 0.014);
    EXPECT_EQ(m.rows[0].exch_ts, 1723161256298 * kMillisecond);
    EXPECT_EQ(m.rows[0].local_ts, 1'000'000'007);
    EXPECT_EQ(m.rows[1].qty, 0.0);
    EXPECT_TRUE(m.rows[2].has(kSellEvent));
    EXPECT_EQ(m.rows[2].px, 61800.30);
}

TEST_F(UsdmParse, ReadsAChangeOfOneSideOnly) {
    const auto m = parse(depth("[]", R"([["61800.30","2.510"]])"));
    ASSERT_EQ(m.kind, Kind::Change);
    EXPECT_EQ(m.rows.size(), 1U);
}

TEST_F(UsdmParse, ReadsATradeWithItsAggressor) {
    const auto sold = parse(
        in("btcusdt@trade", R"({"e":"trade","E":1723161256322,"T":1723161256321,"s":"BTCUSDT",)"
                            R"("t":5266583935,"p":"61800.30","q":"0.006","X":"MARKET","m":true})"));
    ASSERT_EQ(sold.kind, Kind::Rows);
    ASSERT_EQ(sold.rows.size(), 1U);
    EXPECT_EQ(sold.rows[0].kind(), EventKind::Trade);
    EXPECT_TRUE(sold.rows[0].has(kSellEvent));
    EXPECT_FALSE(sold.rows[0].has(kBuyEvent));
    EXPECT_EQ(sold.rows[0].exch_ts, 1723161256321 * kMillisecond);
    EXPECT_EQ(sold.id, 5266583935);
}

TEST_F(UsdmParse, PassesOverTradesThatNeverMetTheBook) {
    const auto m = parse(in("btcusdt@trade",
                            R"({"e":"trade","E":1,"T":1,"s":"BTCUSDT","t":5,"p":"1.0","q":"2",)"
                            R"("X":"INSURANCE_FUND","m":true})"));
    EXPECT_EQ(m.kind, Kind::Passed);
    EXPECT_EQ(m.rows.size(), 0U);
}

TEST_F(UsdmParse, ReadsAnAggregatedTradeWithFieldsOfLaterYears) {
    const auto m =
        parse(in("btcusdt@aggTrade", R"({"e":"aggTrade","E":1723161256400,"a":77,"s":"BTCUSDT",)"
                                     R"("p":"61800.30","q":"0.250","nq":"0.250","f":1,"l":3,)"
                                     R"("T":1723161256322,"m":false,"st":1})"));
    ASSERT_EQ(m.kind, Kind::Rows);
    EXPECT_TRUE(m.rows[0].has(kBuyEvent));
    EXPECT_EQ(m.rows[0].qty, 0.25);
    EXPECT_EQ(m.id, 77);
}

TEST_F(UsdmParse, ReadsTheBestPrices) {
    const auto m = parse(in("btcusdt@bookTicker",
                            R"({"e":"bookTicker","u":5123107839020,"s":"BTCUSDT","b":"61800.20",)"
                            R"("B":"2.507","a":"61800.30","A":"2.510","T":1723161256313,)"
                            R"("E":1723161256314})"));
    ASSERT_EQ(m.kind, Kind::Rows);
    ASSERT_EQ(m.rows.size(), 2U);
    EXPECT_EQ(m.rows[0].kind(), EventKind::TickerBid);
    EXPECT_EQ(m.rows[1].kind(), EventKind::TickerAsk);
    EXPECT_EQ(m.rows[1].px, 61800.30);
    EXPECT_EQ(m.rows[1].qty, 2.510);
}

TEST_F(UsdmParse, DatesTheMarkPriceByItsEventAndNotByTheNextFunding) {
    const auto m = parse(in("btcusdt@markPrice@1s",
                            R"({"e":"markPriceUpdate","E":1723161257000,"s":"BTCUSDT",)"
                            R"("p":"61801.55","P":"61755.1","i":"61799.1","r":"-0.00010000",)"
                            R"("T":1723190400000})"));
    ASSERT_EQ(m.kind, Kind::Rows);
    ASSERT_EQ(m.rows.size(), 3U);
    EXPECT_EQ(m.rows[0].exch_ts, 1723161257000 * kMillisecond);
    EXPECT_EQ(m.rows[1].px, 61801.55);
    EXPECT_EQ(m.rows[2].px, -0.0001);
}

TEST_F(UsdmParse, FindsFieldsInAnyOrderAndPassesOverUnknownOnes) {
    const auto m = parse(R"({"extra":[1,{"x":null}],"data":{"m":false,"q":"1.5","new":{"a":[]},)"
                         R"("p":"10.5","t":9,"X":"MARKET","T":12,"s":"BTCUSDT","e":"trade"},)"
                         R"("stream":"btcusdt@trade"})");
    ASSERT_EQ(m.kind, Kind::Rows);
    EXPECT_EQ(m.rows[0].px, 10.5);
}

TEST_F(UsdmParse, TellsMessagesOfNoStreamFromBadOnes) {
    EXPECT_EQ(parse(R"({"result":null,"id":1})").kind, Kind::Foreign);
    EXPECT_EQ(parse(in("ethusdt@trade", "{}")).kind, Kind::Foreign);
    for (const char* bad :
         {"", "{", "nonsense", "[]", "null", "{\"stream\":", "{\"stream\":7}",
          "{\"stream\":\"btcusdt@trade\"}", "{\"stream\":\"btcusdt@trade\",\"data\":null}",
          "{\"stream\":\"btcusdt@trade\",\"data\":[]}", "\xff\xfe"}) {
        EXPECT_EQ(parse(bad).kind, Kind::Malformed) << bad;
    }
}

TEST_F(UsdmParse, RefusesWrongTypesAndNumbersThatAreNone) {
    for (const char* level :
         {R"(["1.0"])", R"(["1.0","2","3"])", R"([1.0,2.0])", R"(["NaN","1"])", R"(["-1","1"])",
          R"(["1e5","1"])", R"(["","1"])", R"([".5","1"])", R"(["5.","1"])", R"(["1.2.3","1"])",
          R"(["inf","1"])", R"(["1\u0030","1"])", R"({"p":"1"})", "null", "7"}) {
        EXPECT_EQ(parse(depth(fmt::format("[{}]", level), "[]")).kind, Kind::Malformed) << level;
    }
    const std::string good = depth("[]", "[]");
    for (const char* field : {"\"T\":1723161256298", "\"U\":5123107832006", "\"u\":5123107837557",
                              "\"pu\":5123107831937"}) {
        std::string text = good;
        const std::string name(field, std::string(field).find(':') + 1);
        text.replace(text.find(field), std::string(field).size(), name + "\"text\"");
        EXPECT_EQ(parse(text).kind, Kind::Malformed) << field;
        text = good;
        text.replace(text.find(field), std::string(field).size(), "\"other\":1");
        EXPECT_EQ(parse(text).kind, Kind::Malformed) << field;
    }
    EXPECT_EQ(parse(good).kind, Kind::Change);
}

TEST_F(UsdmParse, RefusesAMessageThatWasCutAnywhereBeforeItsEnd) {
    const std::string whole = depth(R"([["58710.20","0.014"]])", R"([["61800.30","2.510"]])");
    // Behind the last level only brackets are missing, and nothing is lost with them.
    const std::size_t last_level = whole.rfind("]]");
    for (std::size_t size = 0; size <= last_level; ++size) {
        EXPECT_EQ(parse(whole.substr(0, size)).kind, Kind::Malformed) << size;
    }
}

TEST_F(UsdmParse, ReadsAMessageOfManyThousandLevels) {
    std::string bids = "[";
    for (int i = 0; i < 200'000; ++i) {
        bids += fmt::format("{}[\"{}.{}\",\"0.5\"]", i == 0 ? "" : ",", 1000 + i, i % 10);
    }
    const auto m = parse(depth(bids + "]", "[]"));
    ASSERT_EQ(m.kind, Kind::Change);
    ASSERT_EQ(m.rows.size(), 200'000U);
    EXPECT_EQ(m.rows.back().px, 200999.9);
}

TEST_F(UsdmParse, ReadsASnapshot) {
    BookSnapshot snapshot;
    ASSERT_TRUE(parser_.parse_snapshot(
        R"({"lastUpdateId":5123107900000,"E":1723161257000,"T":1723161256990,)"
        R"("bids":[["61800.20","2.5"],["61800.10","1"]],"asks":[["61800.30","2.6"]]})",
        17, snapshot));
    EXPECT_EQ(snapshot.id, 5123107900000);
    EXPECT_EQ(snapshot.exch_ts, 1723161256990 * kMillisecond);
    ASSERT_EQ(snapshot.rows.size(), 3U);
    EXPECT_EQ(snapshot.rows[1].kind(), EventKind::DepthSnapshot);
    EXPECT_FALSE(parser_.parse_snapshot(R"({"code":-1121,"msg":"Invalid symbol."})", 17, snapshot));
    EXPECT_FALSE(parser_.parse_snapshot("<html></html>", 17, snapshot));
}

TEST(QuotedDecimal, IsTheDoubleNearestToTheText) {
    std::mt19937_64 dice(20240808);
    for (int i = 0; i < 200'000; ++i) {
        const std::uint64_t units = dice() >> (dice() % 60);
        std::string text = std::to_string(units);
        const std::size_t decimals = dice() % 10;
        if (decimals > 0 && text.size() > decimals) {
            const std::size_t point = text.size() - decimals;
            text = fmt::format("{}.{}", text.substr(0, point), text.substr(point));
        }
        double expected = 0.0;
        std::from_chars(text.data(), text.data() + text.size(), expected);
        const std::string quoted = text + "\"";
        const char* at = quoted.c_str();
        double number = 0.0;
        ASSERT_TRUE(read_quoted_decimal(at, number)) << text;
        ASSERT_EQ(number, expected) << text;
        ASSERT_EQ(at, quoted.c_str() + quoted.size());
    }
}

}  // namespace
}  // namespace ringside::connectord::binance_usdm
