#include <cmath>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/tools/raw_file.hpp"
#include "tools/ringside/quality_rule.hpp"
#include "tools/ringside/random.hpp"

namespace ringside {
namespace {

using test::expect_error;
using test::gzipped;
using test::TempDir;
using test::zstd_packed;

constexpr Nanos kStart = 1'700'000'000 * kSecond;
constexpr std::uint64_t kBoth = kExchEvent | kLocalEvent;

Event depth(Nanos ts, std::uint64_t side, double px, double qty, Nanos latency = kMillisecond) {
    return {.ev = kBoth | side | static_cast<std::uint64_t>(EventKind::Depth),
            .exch_ts = kStart + ts,
            .local_ts = kStart + ts + latency,
            .px = px,
            .qty = qty};
}

FeedQuality quality_of(const std::vector<Event>& rows) {
    FeedQuality feed;
    // In pieces, as a file is read.
    for (std::size_t i = 0; i < rows.size(); i += 3) {
        feed.add(std::span(rows).subspan(i, std::min<std::size_t>(3, rows.size() - i)));
    }
    feed.finish();
    return feed;
}

double measure(const std::vector<Measure>& measures, std::string_view name) {
    for (const Measure& one : measures) {
        if (one.name == name) return one.value;
    }
    ADD_FAILURE() << name;
    return 0.0;
}

TEST(FeedQuality, FindsNothingWrongWithAGoodFeed) {
    std::vector<Event> rows;
    for (int i = 0; i < 100; ++i) {
        rows.push_back(depth(i * kSecond, kBuyEvent, 100 - i % 3, 1 + i));
        rows.push_back(depth(i * kSecond, kSellEvent, 101 + i % 3, 1 + i));
    }
    const auto feed = quality_of(rows);
    const auto measures = measures_of(feed);
    EXPECT_EQ(grade_of(measures), Grade::Good);
    EXPECT_EQ(feed.rows(), 200u);
    EXPECT_EQ(feed.messages(), 100u);
    EXPECT_EQ(feed.local_span().length(), 99 * kSecond);
    EXPECT_EQ(feed.least_latency(), kMillisecond);
    EXPECT_EQ(feed.silences().front().length, kSecond);
    EXPECT_EQ(feed.exch_resolution(), kSecond);
}

TEST(FeedQuality, CountsRowsThatGoBackOnEachSideAloneAndNamesTheFirst) {
    std::vector<Event> rows{depth(5, kBuyEvent, 1, 1), depth(9, kBuyEvent, 1, 2),
                            depth(7, kBuyEvent, 1, 3), depth(8, kBuyEvent, 1, 4)};
    rows[2].ev &= ~kLocalEvent;
    auto feed = quality_of(rows);
    EXPECT_EQ(feed.exch_back().count, 1u);
    EXPECT_EQ(feed.exch_back().first_row, 2u);
    EXPECT_EQ(feed.exch_back().worst, 2);
    EXPECT_EQ(feed.local_back().count, 1u);
    EXPECT_EQ(feed.local_back().first_row, 3u);
    EXPECT_EQ(grade_of(measures_of(feed)), Grade::Bad);
}

TEST(FeedQuality, NamesRowsThatAreNoNumbersAndLeavesThemOut) {
    std::vector<Event> rows{depth(1, kBuyEvent, 1, 1), depth(2, kBuyEvent, NAN, 1),
                            depth(3, kBuyEvent, 1, INFINITY)};
    rows.push_back(depth(4, kBuyEvent, NAN, 0));
    rows.back().ev = kBoth | kBuyEvent | static_cast<std::uint64_t>(EventKind::DepthClear);
    const auto feed = quality_of(rows);
    EXPECT_EQ(feed.not_finite().count, 2u);
    EXPECT_EQ(feed.not_finite().first_row, 1u);
    EXPECT_EQ(feed.messages(), 2u);
    EXPECT_EQ(grade_of(measures_of(feed)), Grade::Bad);
}

TEST(FeedQuality, MeasuresHowLongTheBookIsCrossedBetweenMessagesAndNotWithinThem) {
    const auto feed = quality_of({
        depth(0, kBuyEvent, 10, 1),
        depth(0, kSellEvent, 11, 1),
        // The bid moves through the ask, which goes with the same message.
        depth(10, kBuyEvent, 12, 1),
        depth(10, kSellEvent, 11, 0),
        depth(10, kSellEvent, 13, 1),
        depth(20, kBuyEvent, 13, 1),  // locked
        depth(25, kBuyEvent, 14, 1),  // crossed
        depth(40, kSellEvent, 13, 0),
        depth(40, kSellEvent, 15, 1),  // apart
        depth(50, kSellEvent, 14, 1),  // locked until the end
        depth(53, kBuyEvent, 1, 1),
    });
    EXPECT_EQ(feed.book().crossed().count, 1u);
    EXPECT_EQ(feed.book().crossed().total, 15);
    EXPECT_EQ(feed.book().crossed().longest_at, kStart + 25 + kMillisecond);
    EXPECT_EQ(feed.book().locked().count, 2u);
    EXPECT_EQ(feed.book().locked().total, 5 + 3);
    EXPECT_EQ(feed.book().locked().longest, 5);
}

TEST(FeedQuality, ClearsUpToAPriceAndTakesBestLevelsAsTheBest) {
    auto clear = depth(20, kBuyEvent, 9, 0);
    clear.ev = kBoth | kBuyEvent | static_cast<std::uint64_t>(EventKind::DepthClear);
    auto best = depth(40, kSellEvent, 8.5, 1);
    best.ev = kBoth | kSellEvent | static_cast<std::uint64_t>(EventKind::DepthBbo);
    const auto feed = quality_of({depth(0, kBuyEvent, 10, 1), depth(0, kBuyEvent, 9, 1),
                                  depth(0, kBuyEvent, 8, 1), depth(0, kSellEvent, 9.5, 1), clear,
                                  depth(30, kBuyEvent, 9, 1), best});
    EXPECT_EQ(feed.book().crossed().count, 2u);
    EXPECT_EQ(feed.book().crossed().total, 20);
}

TEST(FeedQuality, SidePricesAgreeWithASetOverRandomChanges) {
    Random random(5);
    SidePrices<true> bids;
    std::set<int> levels;
    for (int i = 0; i < 20'000; ++i) {
        const int tick = static_cast<int>(random.below(3'000));
        const double px = tick * 0.1 + 0.1;
        if (random.percent(2)) {
            bids.clear_to(px);
            levels.erase(levels.lower_bound(tick), levels.end());
        } else if (random.percent(60)) {
            bids.set(px, true);
            levels.insert(tick);
        } else {
            bids.set(px, false);
            levels.erase(tick);
        }
        ASSERT_EQ(bids.empty(), levels.empty());
        if (levels.empty()) continue;
        ASSERT_DOUBLE_EQ(bids.best(), *levels.rbegin() * 0.1 + 0.1);
    }
}

TEST(FeedQuality, FindsRowsThatAreThereTwiceButLetsTradesBeAlike) {
    auto trade = depth(2, kBuyEvent, 10, 1);
    trade.ev = kBoth | kBuyEvent | static_cast<std::uint64_t>(EventKind::Trade);
    auto another = trade;
    another.local_ts += 1;
    auto late = depth(1, kBuyEvent, 10, 1);
    late.local_ts += 10;
    const auto feed =
        quality_of({depth(1, kBuyEvent, 10, 1), depth(1, kBuyEvent, 10, 2), trade, another, late});
    EXPECT_EQ(feed.duplicates().count, 1u);
    EXPECT_EQ(feed.duplicates().first_row, 4u);
}

TEST(FeedQuality, FindsTheClocksOffsetAndDriftUnderLatenciesThatOnlyAdd) {
    Random random(11);
    FeedQuality feed;
    constexpr double kDrift = 37e-6;
    constexpr Nanos kOffset = -1'250 * kMillisecond;
    Nanos now = 0;
    for (int i = 0; i < 200'000; ++i) {
        now += 1 + random.below(20) * kMillisecond;
        const Nanos truth = kOffset + std::llround(kDrift * static_cast<double>(now));
        // Heavy delays for a third of the time, as in a busy market.
        const Nanos delay = random.below(3'000'000) + (i % 3'000 < 1'000 ? 40 * kMillisecond : 0);
        const Event row = depth(now, kBuyEvent, 10, 1 + i % 7, truth + delay);
        feed.add({&row, 1});
    }
    const auto fit = feed.clock();
    ASSERT_TRUE(fit);
    EXPECT_NEAR(fit->drift_ppm, 37.0, 0.1);
    EXPECT_NEAR(static_cast<double>(fit->offset), static_cast<double>(kOffset), 50'000.0);
    EXPECT_EQ(feed.messages(), feed.negative_latencies());
}

TEST(QualityRule, ALimitCanBeSetAndItsNameMustBeRight) {
    auto measures =
        measures_of(quality_of({depth(0, kBuyEvent, 1, 1), depth(90 * kSecond, kBuyEvent, 1, 2)}));
    EXPECT_EQ(measure(measures, "silence"), 90.0);
    EXPECT_EQ(grade_of(measures), Grade::Usable);
    set_limits(measures, {"silence=100"});
    EXPECT_EQ(grade_of(measures), Grade::Good);
    expect_error([&] { set_limits(measures, {"silense=1"}); }, ExitCode::Usage,
                 "there are no_rows");
    expect_error([&] { set_limits(measures, {"silence=soon"}); }, ExitCode::Usage, "silence=5");
    EXPECT_EQ(grade_of(measures_of(FeedQuality())), Grade::Bad);
}

/// Lines of a futures recording, 10 ms apart.
struct Lines {
    std::string text;
    Nanos now = kStart;

    Lines& add(const std::string& json) {
        text += fmt::format("{} {}\n", now += 10 * kMillisecond, json);
        return *this;
    }
    Lines& change(int first, int last, int previous) {
        return add(fmt::format(
            R"({{"stream":"s","data":{{"e":"depthUpdate","T":{},"U":{},"u":{},"pu":{},"b":[["10","{}"]],"a":[]}}}})",
            now / kMillisecond, first, last, previous, last));
    }
    Lines& trade(int id) {
        return add(fmt::format(
            R"({{"stream":"s","data":{{"e":"trade","T":{},"t":{},"p":"10","q":"1","X":"MARKET","m":true}}}})",
            now / kMillisecond, id));
    }
    Lines& snapshot(int id) {
        return add(
            fmt::format(R"({{"lastUpdateId":{},"T":{},"bids":[["9","1"]],"asks":[["11","3"]]}})",
                        id, now / kMillisecond));
    }
};

RawQuality raw_quality(const std::filesystem::path& path) {
    RawQuality raw(RawQuality::market_of(path));
    raw.read(path, {});
    raw.finish();
    return raw;
}

TEST(RawQuality, FollowsTheVenuesSequencesAndSaysWhereTheyBreak) {
    const TempDir dir;
    Lines lines;
    lines.change(1, 2, 0).snapshot(2).trade(7).change(3, 5, 2).trade(8);
    const auto good = raw_quality(dir.write("a.gz", gzipped(lines.text)));
    EXPECT_EQ(grade_of(measures_of(good)), Grade::Good);
    lines.change(9, 9, 8).trade(11).change(9, 9, 8).snapshot(7).trade(11);
    const auto bad = raw_quality(dir.write("b.gz", gzipped(lines.text)));
    EXPECT_EQ(bad.depth().gaps, 1u);
    EXPECT_EQ(bad.depth().missing, 3u);
    EXPECT_EQ(bad.depth().first_gap.line, 6u);
    EXPECT_EQ(bad.depth().repeated, 1u);
    EXPECT_EQ(bad.trades().gaps, 1u);
    EXPECT_EQ(bad.trades().missing, 2u);
    EXPECT_EQ(bad.trades().repeated, 1u);
    EXPECT_EQ(bad.snapshots(), 2u);
    EXPECT_EQ(bad.unjoined_snapshots(), 1u);
    EXPECT_EQ(grade_of(measures_of(bad)), Grade::Usable);
}

TEST(RawQuality, CountsMalformedLinesMarksAndReceiveTimesThatGoBackAndReadsZstandard) {
    const TempDir dir;
    Lines lines;
    lines.change(1, 2, 0).add(
        R"({"stream":"s@ringside","data":{"e":"ringside","what":"gap","expected":1,"got":2}})");
    lines.add("junk");
    lines.now -= kSecond;
    lines.change(3, 3, 2);
    const std::string whole = zstd_packed(lines.text);
    const auto path = dir.write("a.zst", whole.substr(0, whole.size() - 2));
    const auto raw = raw_quality(path);
    EXPECT_EQ(raw.lines(), 4u);
    EXPECT_EQ(raw.malformed(), 1u);
    EXPECT_NE(raw.first_malformed().find("a.zst:3: "), std::string::npos);
    EXPECT_EQ(raw.receive_back(), 1u);
    EXPECT_EQ(raw.marks(), (std::map<std::string, std::uint64_t>{{"gap", 1}}));
    EXPECT_EQ(raw.truncated_files(), 1u);
    EXPECT_EQ(measure(measures_of(raw), "no_snapshot"), 1.0);
}

TEST(RawQuality, FindsTheRecordingsWhole) {
    for (const char* const name :
         {"usdm/btcusdt_20240808.gz", "cm/ethusd_perp_20240808.gz", "spot/btcusdt_20240808.gz"}) {
        const auto path = test::recording(name);
        if (path.empty()) GTEST_SKIP() << "no recordings; set RINGSIDE_SHARED_DATA";
        SCOPED_TRACE(name);
        const auto raw = raw_quality(path);
        EXPECT_EQ(raw.malformed(), 0u);
        EXPECT_GT(raw.depth().messages, 3'000u);
        EXPECT_EQ(raw.depth().gaps, 0u);
        EXPECT_EQ(raw.depth().repeated, 0u);
        EXPECT_EQ(raw.unjoined_snapshots(), 0u);
        // The recorder's clock was behind the venue's by so much.
        ASSERT_TRUE(raw.feed().clock());
        EXPECT_NEAR(static_cast<double>(raw.feed().clock()->offset), -1.27e9, 0.01e9);
    }
}

}  // namespace
}  // namespace ringside
