#include "tools/ringside/hyperliquid_parser.hpp"

#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/event.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace ringside {
namespace {

using Outcome = RawParser::Outcome;
using Row = std::tuple<std::uint64_t, Nanos, double, double>;  // ev, exch_ts, px, qty

constexpr std::uint64_t kBid = kBuyEvent | 1;
constexpr std::uint64_t kAsk = kSellEvent | 1;

struct Recording {
    explicit Recording(bool remove_beyond = true) : parser({.remove_beyond = remove_beyond}) {}

    std::vector<Row> parse(const std::string& json) {
        std::string line = "1737918843893903000 " + json;
        const std::size_t size = line.size();
        line.append(RawLines::kPadding, '#');
        const std::size_t before = store.run_count();
        outcome = parser.parse(std::string_view(line).substr(0, size), store);
        std::vector<Row> rows;
        for (std::size_t r = before; r < store.run_count(); ++r) {
            const RowStore::Run& run = store.run(r);
            for (std::uint32_t k = 0; k < run.count; ++k) {
                const auto& level = store.level(run.first_level + k);
                rows.emplace_back(run.ev, run.exch_ts, level.px, level.qty);
            }
        }
        return rows;
    }
    /// Levels are "px:sz" texts.
    std::vector<Row> book(Nanos millis, const std::vector<std::string>& bids,
                          const std::vector<std::string>& asks) {
        return parse(fmt::format(
            R"({{"channel":"l2Book","data":{{"coin":"BTC","time":{},"levels":[[{}],[{}]]}}}})",
            millis, levels(bids), levels(asks)));
    }
    static std::string levels(const std::vector<std::string>& list) {
        std::string text;
        for (const std::string& one : list) {
            const std::size_t colon = one.find(':');
            text += fmt::format(R"({}{{"px":"{}","sz":"{}","n":1}})", text.empty() ? "" : ",",
                                one.substr(0, colon), one.substr(colon + 1));
        }
        return text;
    }

    HyperliquidParser parser;
    RowStore store;
    Outcome outcome = Outcome::Rows;
};

TEST(Hyperliquid, BooksBecomeTheirDifferencesBidsAsksThenWhatIsGone) {
    Recording recording;
    EXPECT_EQ(recording.book(1, {"10:1", "9:2"}, {"11:1", "12.5:2"}),
              (std::vector<Row>{{kBid, 1'000'000, 10, 1},
                                {kBid, 1'000'000, 9, 2},
                                {kAsk, 1'000'000, 11, 1},
                                {kAsk, 1'000'000, 12.5, 2}}));
    EXPECT_EQ(recording.book(2, {"10.5:1", "9:3"}, {"11:1", "12.5:2"}),
              (std::vector<Row>{
                  {kBid, 2'000'000, 10.5, 1}, {kBid, 2'000'000, 9, 3}, {kBid, 2'000'000, 10, 0}}));
    EXPECT_TRUE(recording.book(3, {"10.5:1", "9:3"}, {"11:1", "12.5:2"}).empty());
    EXPECT_EQ(recording.outcome, Outcome::Rows);
    // Fewer levels than before leave nothing behind.
    EXPECT_EQ(recording.book(4, {}, {"11:1"}), (std::vector<Row>{{kBid, 4'000'000, 10.5, 0},
                                                                 {kBid, 4'000'000, 9, 0},
                                                                 {kAsk, 4'000'000, 12.5, 0}}));
}

TEST(Hyperliquid, LevelsBeyondTheBestTwentyMayBeKept) {
    Recording recording(false);
    recording.book(1, {"10:1", "9:2", "8:1"}, {});
    EXPECT_EQ(recording.book(2, {"11:1", "10:1", "8.5:1"}, {}),
              (std::vector<Row>{
                  {kBid, 2'000'000, 11, 1}, {kBid, 2'000'000, 8.5, 1}, {kBid, 2'000'000, 9, 0}}));
}

TEST(Hyperliquid, TradesHaveTheirOwnTimesAndTheAggressorsSide) {
    Recording recording;
    EXPECT_EQ(
        recording.parse(
            R"({"channel":"trades","data":[{"coin":"BTC","side":"A","px":"10.5","sz":"2","time":5},)"
            R"({"coin":"BTC","side":"B","px":"11","sz":"0.1","time":6},)"
            R"({"coin":"BTC","side":"B","px":"11","sz":"0.2","time":7}]})"),
        (std::vector<Row>{{kSellEvent | 2, 5'000'000, 10.5, 2},
                          {kBuyEvent | 2, 6'000'000, 11, 0.1},
                          {kBuyEvent | 2, 7'000'000, 11, 0.2}}));
}

TEST(Hyperliquid, OtherChannelsAreIgnoredAndDamageIsMalformedAndLeavesNothing) {
    Recording recording;
    recording.parse(R"({"channel":"subscriptionResponse","data":{}})");
    EXPECT_EQ(recording.outcome, Outcome::Ignored);
    for (const char* const bad :
         {"junk", "{}", R"({"channel":"trades","data":[{"side":"A","px":"1","sz":"2"}]})",
          R"({"channel":"trades","data":[{"side":"A","px":"1","sz":"2","time":5},{"side":"A"}]})",
          R"({"channel":"l2Book","data":{"time":1,"levels":[[{"px":"1","sz":"x"}],[]]}})",
          R"({"channel":"l2Book","data":{"time":1,"levels":[[]]}})",
          R"({"channel":"l2Book","data":{"time":1,"levels":[[],[]])"}) {
        EXPECT_TRUE(recording.parse(bad).empty()) << bad;
        EXPECT_EQ(recording.outcome, Outcome::Malformed) << bad;
        EXPECT_FALSE(recording.parser.detail().empty());
    }
}

}  // namespace
}  // namespace ringside
