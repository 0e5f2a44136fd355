#include "tools/ringside/binance_parser.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tools/ringside/raw_lines.hpp"

namespace ringside {
namespace {

using Outcome = BinanceParser::Outcome;

constexpr const char* kTime = "1723161255030314667 ";
constexpr Nanos kLocal = 1723161255030314667;

struct Row {
    std::uint64_t ev;
    Nanos exch_ts;
    double px;
    double qty;
    bool operator==(const Row&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Row& row) {
    return out << fmt::format("({:#x} at {}: {} x {})", row.ev, row.exch_ts, row.px, row.qty);
}

struct Parsed {
    Outcome outcome = Outcome::Rows;
    std::string detail;
    std::vector<Row> rows;
};

Parsed parse_line(std::string line, BinanceParser::Options options = {}) {
    BinanceParser parser(options);
    RowStore store;
    const std::size_t size = line.size();
    line.append(RawLines::kPadding, '#');
    Parsed parsed;
    parsed.outcome = parser.parse(std::string_view(line).substr(0, size), store);
    if (parsed.outcome == Outcome::Malformed || parsed.outcome == Outcome::VenueError) {
        parsed.detail = parser.detail();
    }
    for (std::size_t r = 0; r < store.run_count(); ++r) {
        const RowStore::Run& run = store.run(r);
        EXPECT_EQ(run.local_ts, kLocal);
        for (std::uint32_t k = 0; k < run.count; ++k) {
            const auto& level = store.level(run.first_level + k);
            parsed.rows.push_back({run.ev, run.exch_ts, level.px, level.qty});
        }
    }
    EXPECT_EQ(parsed.rows.size(), store.row_count());
    return parsed;
}

Parsed parse(const std::string& json, BinanceParser::Options options = {}) {
    return parse_line(kTime + json, options);
}
std::string stream(const std::string& data) { return R"({"stream":"s","data":)" + data + "}"; }

const std::string kTrade =
    R"({"e":"trade","E":12,"T":11,"s":"X","t":1,"p":"61800.20","q":"0.015","X":"MARKET","m":true})";

TEST(BinanceFutures, TradeBecomesARowWithTheAggressorsSide) {
    const auto sell = parse(stream(kTrade));
    EXPECT_EQ(sell.outcome, Outcome::Rows);
    EXPECT_EQ(sell.rows, (std::vector<Row>{{kSellEvent | 2, 11'000'000, 61800.20, 0.015}}));
    std::string buy = kTrade;
    buy.replace(buy.find("true"), 4, "false");
    EXPECT_EQ(parse(stream(buy)).rows,
              (std::vector<Row>{{kBuyEvent | 2, 11'000'000, 61800.20, 0.015}}));
}

TEST(BinanceFutures, TradeThatDidNotMeetTheBookIsIgnored) {
    std::string other = kTrade;
    other.replace(other.find("MARKET"), 6, "INSURANCE_FUND");
    const auto parsed = parse(stream(other));
    EXPECT_EQ(parsed.outcome, Outcome::Ignored);
    EXPECT_TRUE(parsed.rows.empty());
}

TEST(BinanceFutures, DepthUpdateBecomesBidsThenAsksInTheirOrder) {
    const auto parsed =
        parse(stream(R"({"e":"depthUpdate","E":9,"T":8,"s":"X","U":1,"u":2,"pu":0,)"
                     R"("b":[["10.0","0.000"],["9.5","1.25"]],"a":[["11.1","3"],["12","0"]]})"));
    EXPECT_EQ(parsed.outcome, Outcome::Rows);
    EXPECT_EQ(parsed.rows, (std::vector<Row>{{kBuyEvent | 1, 8'000'000, 10.0, 0.0},
                                             {kBuyEvent | 1, 8'000'000, 9.5, 1.25},
                                             {kSellEvent | 1, 8'000'000, 11.1, 3.0},
                                             {kSellEvent | 1, 8'000'000, 12.0, 0.0}}));
}

TEST(BinanceFutures, DepthUpdateMayBeEmptyAndItsFieldsInAnyOrder) {
    EXPECT_EQ(parse(stream(R"({"e":"depthUpdate","T":8,"b":[],"a":[]})")).outcome, Outcome::Rows);
    const auto parsed =
        parse(R"({"data":{"a":[["2","1"]],"b":[["1","1"]],"T":8,"e":"depthUpdate"},"stream":"s"})");
    EXPECT_EQ(parsed.rows, (std::vector<Row>{{kBuyEvent | 1, 8'000'000, 1.0, 1.0},
                                             {kSellEvent | 1, 8'000'000, 2.0, 1.0}}));
}

TEST(BinanceFutures, RestSnapshotClearsEachSideUpToItsLastLevel) {
    const auto parsed = parse(
        R"({"lastUpdateId":5,"E":7,"T":6,"bids":[["10","1"],["9","2"]],"asks":[["11","3"]]})");
    EXPECT_EQ(parsed.outcome, Outcome::Rows);
    EXPECT_EQ(parsed.rows, (std::vector<Row>{{kBuyEvent | 3, 6'000'000, 9.0, 0.0},
                                             {kBuyEvent | 4, 6'000'000, 10.0, 1.0},
                                             {kBuyEvent | 4, 6'000'000, 9.0, 2.0},
                                             {kSellEvent | 3, 6'000'000, 11.0, 0.0},
                                             {kSellEvent | 4, 6'000'000, 11.0, 3.0}}));
}

TEST(BinanceFutures, RestSnapshotWithoutASideDoesNotClearIt) {
    const auto parsed = parse(R"({"T":6,"bids":[],"asks":[["11","3"]]})");
    EXPECT_EQ(parsed.rows, (std::vector<Row>{{kSellEvent | 3, 6'000'000, 11.0, 0.0},
                                             {kSellEvent | 4, 6'000'000, 11.0, 3.0}}));
}

TEST(BinanceFutures, MarkPriceIsIgnoredUnlessAskedForAndDatedByItsEvent) {
    const std::string mark = stream(
        R"({"e":"markPriceUpdate","E":20,"s":"X","p":"11185.87","i":"11784.62","P":"1","r":"-0.0003","T":99})");
    EXPECT_EQ(parse(mark).outcome, Outcome::Ignored);
    EXPECT_EQ(parse(mark, {.mark_price = true}).rows,
              (std::vector<Row>{{100, 20'000'000, 11784.62, 0.0},
                                {101, 20'000'000, 11185.87, 0.0},
                                {102, 20'000'000, -0.0003, 0.0}}));
    EXPECT_EQ(parse(mark, {.mark_price = true, .funding_time = true}).rows[0],
              (Row{100, 99'000'000, 11784.62, 0.0}));
}

TEST(BinanceFutures, BookTickerIsIgnoredUnlessAskedFor) {
    const std::string ticker = stream(
        R"({"e":"bookTicker","u":4,"s":"X","b":"1.5","B":"50","a":"1.6","A":"3","T":7,"E":8})");
    EXPECT_EQ(parse(ticker).outcome, Outcome::Ignored);
    EXPECT_EQ(parse(ticker, {.book_ticker = true}).rows,
              (std::vector<Row>{{103, 7'000'000, 1.5, 50.0}, {104, 7'000'000, 1.6, 3.0}}));
}

TEST(BinanceFutures, OtherEventsAndSubscriptionRepliesAreIgnored) {
    EXPECT_EQ(parse(stream(R"({"e":"forceOrder","o":{"s":[1,{"x":2}]}})")).outcome,
              Outcome::Ignored);
    EXPECT_EQ(parse(R"({"result":null,"id":1})").outcome, Outcome::Ignored);
}

TEST(BinanceFutures, EventWithoutTheEnvelopeOfACombinedStreamIsTheSame) {
    EXPECT_EQ(parse(kTrade).rows, parse(stream(kTrade)).rows);
}

TEST(BinanceFutures, RefusalOfARestRequestIsToldInTheVenuesWords) {
    const auto parsed = parse(R"({"code":-1003,"msg":"Too many requests"})");
    EXPECT_EQ(parsed.outcome, Outcome::VenueError);
    EXPECT_EQ(parsed.detail, "the venue answered -1003: Too many requests");
}

TEST(BinanceFutures, NumbersAreTheNearestDoublesOfTheirText) {
    const char* const texts[] = {"0.1",
                                 "61659.70",
                                 "58710.20",
                                 "9007199254740993",
                                 "0.30000000000000004",
                                 "123456789.123456789",
                                 "0",
                                 "0.000",
                                 "999999999999999",
                                 "0.00000000000007",
                                 "12345678901.2345",
                                 "123456789012.3456",
                                 "1e-7",
                                 "2.2250738585072014E-308",
                                 "179769313486231570000.0"};
    for (const char* text : texts) {
        const auto parsed = parse(stream(
            fmt::format(R"({{"e":"depthUpdate","T":1,"b":[["{}",{}]],"a":[]}})", text, text)));
        ASSERT_EQ(parsed.rows.size(), 1u) << text;
        EXPECT_EQ(parsed.rows[0].px, std::strtod(text, nullptr)) << text;
        EXPECT_EQ(parsed.rows[0].qty, parsed.rows[0].px) << text;
    }
}

TEST(BinanceFutures, NumbersThatJsonDoesNotKnowAreRefused) {
    for (const char* text : {"01.5", "1.", ".5", "+1", "1,5", "1.5x", ""}) {
        const auto parsed = parse(
            stream(fmt::format(R"({{"e":"depthUpdate","T":1,"b":[["{}","1"]],"a":[]}})", text)));
        EXPECT_EQ(parsed.outcome, Outcome::Malformed) << text;
        EXPECT_TRUE(parsed.rows.empty()) << text;
    }
}

TEST(BinanceFutures, TimesMayBeQuoted) {
    const auto parsed = parse(stream(R"({"e":"depthUpdate","T":"8","b":[["1","1"]],"a":[]})"));
    EXPECT_EQ(parsed.rows, (std::vector<Row>{{kBuyEvent | 1, 8'000'000, 1.0, 1.0}}));
}

TEST(BinanceFutures, MalformedMessageLeavesNoRowsAndNamesTheField) {
    const auto depth = [](const std::string& b, const std::string& a) {
        return stream(R"({"e":"depthUpdate","T":8,"b":)" + b + R"(,"a":)" + a + "}");
    };
    const struct {
        std::string json;
        const char* field;
    } cases[] = {
        {depth(R"([["1","2"]])", R"([["x","2"]])"), "\"a\""},
        {depth(R"([["1","2"],["1"]])", "[]"), "\"b\""},
        {depth(R"([["1","2","3"]])", "[]"), "\"b\""},
        {depth(R"([["1",null]])", "[]"), "\"b\""},
        {depth(R"([["1","nan"]])", "[]"), "\"b\""},
        {depth(R"([["1",""]])", "[]"), "\"b\""},
        {depth(R"({"1":"2"})", "[]"), "\"b\""},
        {depth(R"(["1","2"])", "[]"), "\"b\""},
        {stream(R"({"e":"depthUpdate","T":8,"b":[["1","2"]]})"), "\"a\""},
        {stream(R"({"e":"depthUpdate","b":[],"a":[]})"), "\"T\""},
        {stream(R"({"e":"depthUpdate","T":"x","b":[],"a":[]})"), "\"T\""},
        {stream(R"({"e":"depthUpdate","T":-1,"b":[],"a":[]})"), "\"T\""},
        {stream(R"({"e":"depthUpdate","T":9300000000000,"b":[],"a":[]})"), "\"T\""},
        {stream(R"({"e":7})"), "\"e\""},
        {stream(R"({"x":"trade"})"), "\"e\""},
        {stream(R"({"e":"trade","T":1,"p":"1","q":"1","m":true})"), "\"X\""},
        {stream(R"({"e":"trade","T":1,"p":"1","q":"1","X":"MARKET","m":1})"), "\"m\""},
        {R"({"stream":"s","data":[1]})", "\"data\""},
        {R"({"T":1,"bids":[["1","2"]]})", "\"asks\""},
        {R"({"code":"x","msg":"y"})", "\"code\""},
    };
    for (const auto& [json, field] : cases) {
        const auto parsed = parse(json);
        EXPECT_EQ(parsed.outcome, Outcome::Malformed) << json;
        EXPECT_TRUE(parsed.rows.empty()) << json;
        EXPECT_NE(parsed.detail.find(field), std::string::npos) << json << " -> " << parsed.detail;
    }
}

TEST(BinanceFutures, TextThatIsNotJsonIsMalformed) {
    const std::string whole = stream(kTrade);
    for (const auto& json :
         {std::string("{"), std::string("[]"), std::string("null"), std::string("7"), whole + "}",
          whole + whole, whole + " x", "{\"stream\":\"\xff\"}" + std::string(),
          R"({"stream" "x"})" + whole}) {
        const auto parsed = parse(json);
        EXPECT_EQ(parsed.outcome, Outcome::Malformed) << json;
        EXPECT_TRUE(parsed.rows.empty()) << json;
    }
}

TEST(BinanceFutures, LineCutAnywhereIsMalformed) {
    const std::string ticker =
        stream(R"({"e":"bookTicker","u":4,"b":"1.5","B":"50","a":"1.6","A":"3","T":7})");
    for (const std::string& json : {stream(kTrade), ticker}) {
        for (std::size_t size = 0; size < json.size(); ++size) {
            const auto parsed = parse(json.substr(0, size));
            EXPECT_EQ(parsed.outcome, Outcome::Malformed) << json.substr(0, size);
            EXPECT_TRUE(parsed.rows.empty());
        }
        // The recorder died in the middle of a line and began anew behind it.
        for (std::size_t size = 1; size < json.size(); ++size) {
            EXPECT_EQ(parse(json.substr(0, size) + kTime + json).outcome, Outcome::Malformed)
                << json.substr(0, size);
        }
    }
}

TEST(BinanceFutures, ReceiveTimeMustBe19DigitsAndASpace) {
    const std::string json = stream(kTrade);
    for (const std::string start :
         {"", "172316125503031466 ", "17231612550303146670 ", "1723161255030314667", " ",
          "172316125503031466x ", "-723161255030314667 ", "9923161255030314667 ",
          "+723161255030314667 ", "0000000000000000000 "}) {
        const auto parsed = parse_line(start + json);
        EXPECT_EQ(parsed.outcome, Outcome::Malformed) << start;
        EXPECT_NE(parsed.detail.find("receive time"), std::string::npos);
    }
    EXPECT_EQ(parse_line("").outcome, Outcome::Malformed);
    EXPECT_EQ(parse_line("1723161255030314667 ").outcome, Outcome::Malformed);
}

/// Lines of a recording one after the other, a second apart.
struct Recording {
    explicit Recording(const BinanceParser::Options& options) : parser(options) {}

    Parsed parse(const std::string& json) {
        const std::size_t before = store.run_count();
        std::string line = fmt::format("{} {}", kLocal + lines++ * kSecond, json);
        const std::size_t size = line.size();
        line.append(RawLines::kPadding, '#');
        Parsed parsed;
        parsed.outcome = parser.parse(std::string_view(line).substr(0, size), store);
        if (parsed.outcome == Outcome::Malformed) parsed.detail = parser.detail();
        for (std::size_t r = before; r < store.run_count(); ++r) {
            const RowStore::Run& run = store.run(r);
            for (std::uint32_t k = 0; k < run.count; ++k) {
                const auto& level = store.level(run.first_level + k);
                parsed.rows.push_back({run.ev, run.exch_ts, level.px, level.qty});
            }
        }
        return parsed;
    }
    Parsed depth(Nanos millis, int first, int last, const std::string& bids,
                 const std::string& asks = "[]") {
        return parse(stream(
            fmt::format(R"({{"e":"depthUpdate","E":{},"s":"X","U":{},"u":{},"b":{},"a":{}}})",
                        millis, first, last, bids, asks)));
    }

    BinanceParser parser;
    RowStore store;
    Nanos lines = 0;
};
struct Spot : Recording {
    explicit Spot(bool ticker = false)
        : Recording({.market = BinanceMarket::Spot, .book_ticker = ticker}) {}
};

TEST(BinanceSpot, DatesBookChangesByEventTimeAndTradesByTradeTime) {
    Spot spot;
    EXPECT_EQ(spot.depth(9, 1, 2, R"([["10.00000000","0.50000000"]])", R"([["11","0.0"]])").rows,
              (std::vector<Row>{{kBuyEvent | 1, 9'000'000, 10.0, 0.5},
                                {kSellEvent | 1, 9'000'000, 11.0, 0.0}}));
    const auto trade = spot.parse(stream(
        R"({"e":"trade","E":12,"s":"X","t":1,"p":"10.5","q":"2","T":11,"m":true,"M":true})"));
    EXPECT_EQ(trade.rows, (std::vector<Row>{{kSellEvent | 2, 11'000'000, 10.5, 2.0}}));
}

TEST(BinanceSpot, BestPricesHaveTheFeedLatencyOfTheLastMessageWithATime) {
    Spot spot(true);
    const std::string ticker = stream(R"({"u":3,"s":"X","b":"10","B":"1","a":"11","A":"2"})");
    EXPECT_EQ(spot.parse(ticker).outcome, Outcome::Ignored);
    spot.depth(1'723'161'256'000, 1, 2, R"([["10","1"]])");
    const auto parsed = spot.parse(ticker);
    const Nanos exch_ts = 1'723'161'257'000 * kMillisecond;
    EXPECT_EQ(parsed.rows, (std::vector<Row>{{kTickerBidKind, exch_ts, 10.0, 1.0},
                                             {kTickerAskKind, exch_ts, 11.0, 2.0}}));
    EXPECT_EQ(Spot().parse(ticker).outcome, Outcome::Ignored);
}

TEST(BinanceSpot, ASnapshotIsBroughtUpToTheLastBookChangeReceived) {
    Spot spot;
    spot.depth(10, 1, 4, R"([["9","1"]])");
    spot.depth(20, 5, 8, R"([["9","2"]])", R"([["12","3"]])");
    spot.depth(30, 9, 9, R"([["8","0"]])");
    const auto snapshot = spot.parse(
        R"({"lastUpdateId":6,"bids":[["10","1"],["9","7"],["8","4"]],"asks":[["11","5"]]})");
    EXPECT_EQ(snapshot.rows, (std::vector<Row>{{kBuyEvent | 3, 30'000'000, 8.0, 0.0},
                                               {kBuyEvent | 4, 30'000'000, 10.0, 1.0},
                                               {kBuyEvent | 4, 30'000'000, 9.0, 7.0},
                                               {kBuyEvent | 4, 30'000'000, 8.0, 4.0},
                                               {kSellEvent | 3, 30'000'000, 11.0, 0.0},
                                               {kSellEvent | 4, 30'000'000, 11.0, 5.0},
                                               {kBuyEvent | 1, 30'000'000, 9.0, 2.0},
                                               {kSellEvent | 1, 30'000'000, 12.0, 3.0},
                                               {kBuyEvent | 1, 30'000'000, 8.0, 0.0}}));
}

TEST(BinanceSpot, LeavesOutChangesThatASnapshotContains) {
    Spot spot;
    spot.depth(10, 1, 4, R"([["9","1"]])");
    spot.parse(R"({"lastUpdateId":9,"bids":[["10","1"]],"asks":[["11","5"]]})");
    EXPECT_EQ(spot.depth(20, 5, 9, R"([["10","3"]])").outcome, Outcome::Ignored);
    EXPECT_EQ(spot.depth(30, 10, 12, R"([["10","4"]])").rows,
              (std::vector<Row>{{kBuyEvent | 1, 30'000'000, 10.0, 4.0}}));
}

TEST(BinanceSpot, ASnapshotWithNothingToDateItIsMalformed) {
    Spot spot;
    const auto parsed = spot.parse(R"({"lastUpdateId":9,"bids":[["10","1"]],"asks":[]})");
    EXPECT_EQ(parsed.outcome, Outcome::Malformed);
    EXPECT_NE(parsed.detail.find("before the first book change"), std::string::npos);
}

TEST(BinanceFutures, ASnapshotIsJoinedToTheChangesAroundItWhereThatIsAskedFor) {
    const auto change = [](Nanos millis, int last, const char* bids) {
        return stream(fmt::format(
            R"({{"e":"depthUpdate","E":9,"T":{},"s":"X","U":1,"u":{},"pu":0,"b":{},"a":[]}})",
            millis, last, bids));
    };
    const char* const snapshot =
        R"({"lastUpdateId":6,"E":9,"T":20,"bids":[["10","1"],["8","4"]],"asks":[]})";
    const std::vector<Row> whole{{kBuyEvent | 3, 20'000'000, 8.0, 0.0},
                                 {kBuyEvent | 4, 20'000'000, 10.0, 1.0},
                                 {kBuyEvent | 4, 20'000'000, 8.0, 4.0}};
    std::vector<Row> joined = whole;
    joined.push_back({kBuyEvent | 1, 20'000'000, 9.0, 2.0});  // of the same time, and behind it
    joined.push_back({kBuyEvent | 1, 30'000'000, 8.0, 0.0});
    for (const bool joins : {false, true}) {
        Recording futures({.join_snapshots = joins});
        futures.parse(change(10, 6, R"([["9","1"]])"));
        futures.parse(change(20, 8, R"([["9","2"]])"));
        futures.parse(change(30, 9, R"([["8","0"]])"));
        EXPECT_EQ(futures.parse(snapshot).rows, joins ? joined : whole);
        EXPECT_EQ(futures.parse(change(15, 5, R"([["10","3"]])")).outcome,
                  joins ? Outcome::Ignored : Outcome::Rows);
        EXPECT_EQ(futures.parse(change(40, 10, R"([["10","5"]])")).rows,
                  (std::vector<Row>{{kBuyEvent | 1, 40'000'000, 10.0, 5.0}}));
    }
}

TEST(BinanceFutures, GivesTheIdsThatItIsAskedFor) {
    using Of = BinanceParser::Ids::Of;
    BinanceParser parser({.ids = true});
    RowStore store;
    const auto ids = [&](const std::string& json) {
        std::string line = kTime + json;
        const std::size_t size = line.size();
        line.append(RawLines::kPadding, '#');
        parser.parse(std::string_view(line).substr(0, size), store);
        return parser.ids();
    };
    const auto depth =
        ids(stream(R"({"e":"depthUpdate","T":8,"U":5,"u":7,"pu":3,"b":[["1","1"]],"a":[]})"));
    EXPECT_EQ(depth.of, Of::Depth);
    EXPECT_EQ(depth.first, 5);
    EXPECT_EQ(depth.last, 7);
    EXPECT_EQ(depth.previous_last, 3);
    EXPECT_EQ(ids(stream(kTrade)).of, Of::Trade);
    EXPECT_EQ(ids(stream(kTrade)).last, 1);
    EXPECT_EQ(ids(R"({"lastUpdateId":6,"T":6,"bids":[],"asks":[["11","3"]]})").last, 6);
    EXPECT_EQ(ids(stream(R"({"e":"other"})")).of, Of::Nothing);
}

}  // namespace
}  // namespace ringside
