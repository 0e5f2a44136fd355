#include "tools/ringside/synth.hpp"

#include <cmath>
#include <cstring>
#include <map>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "core/row_check.hpp"
#include "tests/support/expect_error.hpp"
#include "tools/ringside/random.hpp"
#include "tools/ringside/synthetic_market.hpp"

namespace ringside {
namespace {

using test::expect_error;

std::vector<Event> market(const SynthOptions& options, SynthSummary* summary = nullptr) {
    std::vector<Event> rows;
    const auto result = synthesize(options, [&](std::span<const Event> block) {
        rows.insert(rows.end(), block.begin(), block.end());
    });
    EXPECT_EQ(result.rows, rows.size());
    if (summary != nullptr) *summary = result;
    return rows;
}

bool same(const std::vector<Event>& a, const std::vector<Event>& b) {
    return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(Event)) == 0;
}

/// FNV-1a over the bytes.
std::uint64_t hash(const std::vector<Event>& rows) {
    std::uint64_t value = 0xcbf29ce484222325;
    for (const std::byte byte : std::as_bytes(std::span(rows))) {
        value = (value ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3;
    }
    return value;
}

/// Levels by price, from the rows that one side of time sees.
struct Book {
    std::map<double, double> bids;
    std::map<double, double> asks;

    void apply(const Event& row) {
        const bool buy = row.has(kBuyEvent);
        auto& side = buy ? bids : asks;
        if (row.kind() == EventKind::DepthClear) {
            side.clear();
        } else if (row.kind() == EventKind::Depth || row.kind() == EventKind::DepthSnapshot) {
            if (row.qty == 0.0) {
                side.erase(row.px);
            } else {
                side[row.px] = row.qty;
            }
        }
    }
    double best_bid() const { return bids.rbegin()->first; }
    double best_ask() const { return asks.begin()->first; }
};

TEST(Random, MatchesThePublishedGenerator) {
    // First outputs of xoshiro256** seeded with splitmix64 from 0.
    Random random(0);
    EXPECT_EQ(random.next(), 0x99ec5f36cb75f2b4u);
    EXPECT_EQ(random.next(), 0xbf6e1f784956452au);
    EXPECT_EQ(random.next(), 0x1a5f849d4933e6e0u);
}

TEST(Random, ExponentialHasItsMeanAndTail) {
    Random random(5);
    constexpr int kDraws = 400'000;
    double sum = 0.0;
    int beyond_one = 0;
    int beyond_three = 0;
    for (int i = 0; i < kDraws; ++i) {
        const auto draw = random.exponential(1'000'000);
        ASSERT_GE(draw, 0);
        sum += static_cast<double>(draw);
        beyond_one += draw >= 1'000'000 ? 1 : 0;
        beyond_three += draw >= 3'000'000 ? 1 : 0;
    }
    EXPECT_NEAR(sum / kDraws, 1e6, 1e4);
    EXPECT_NEAR(beyond_one / double{kDraws}, std::exp(-1.0), 0.005);
    EXPECT_NEAR(beyond_three / double{kDraws}, std::exp(-3.0), 0.002);
}

TEST(Synth, GivesTheSameBytesForTheSameSeedOnly) {
    SynthOptions options{.seed = 7, .duration = 20 * kSecond};
    const auto first = market(options);
    EXPECT_TRUE(same(first, market(options)));
    options.seed = 8;
    EXPECT_FALSE(same(first, market(options)));
}

TEST(Synth, GivesTheBytesItGaveBefore) {
    EXPECT_EQ(hash(market({.seed = 1, .duration = 30 * kSecond})), 2'810'382'745'201'360u);
}

TEST(Synth, LongerMarketBeginsWithTheShorterOne) {
    const auto shorter = market({.seed = 7, .duration = 5 * kSecond});
    const auto longer = market({.seed = 7, .duration = 9 * kSecond});
    // The end of a market is not merged with what would have followed.
    const std::size_t common = shorter.size() - 200;
    ASSERT_GT(longer.size(), shorter.size());
    EXPECT_EQ(std::memcmp(shorter.data(), longer.data(), common * sizeof(Event)), 0);
}

class SynthMarket : public testing::TestWithParam<SynthOptions> {};

TEST_P(SynthMarket, IsAValidUncrossedTwoSidedFeed) {
    const SynthOptions& options = GetParam();
    SynthSummary summary;
    const auto rows = market(options, &summary);
    RowCheck check;
    ASSERT_EQ(check.first_bad(rows), rows.size());

    Book exch;
    std::uint64_t exch_rows = 0;
    std::uint64_t local_rows = 0;
    std::uint64_t split_rows = 0;
    const Event* trade = nullptr;
    for (const Event& row : rows) {
        ASSERT_GE(row.local_ts, row.exch_ts + 2 * kMillisecond);
        ASSERT_LE(row.local_ts, row.exch_ts + 20 * kMillisecond);
        ASSERT_NE(row.has(kBuyEvent), row.has(kSellEvent));
        ASSERT_GT(row.px, 0.0);
        exch_rows += row.has(kExchEvent) ? 1 : 0;
        local_rows += row.has(kLocalEvent) ? 1 : 0;
        split_rows += row.has(kExchEvent | kLocalEvent) ? 0 : 1;
        if (!row.has(kExchEvent)) continue;
        if (row.kind() == EventKind::Trade) {
            ASSERT_GT(row.qty, 0.0);
            // Each trade is at a price that rests in the book, and no larger than what rests there.
            const auto& passive = row.has(kBuyEvent) ? exch.asks : exch.bids;
            const auto level = passive.find(row.px);
            ASSERT_NE(level, passive.end());
            ASSERT_LE(row.qty, level->second * 1.0000001);
            trade = &row;
        } else if (trade != nullptr && row.exch_ts == trade->exch_ts) {
            ASSERT_EQ(row.has(kBuyEvent), trade->has(kSellEvent));
        }
        exch.apply(row);
        if (!exch.bids.empty() && !exch.asks.empty()) {
            ASSERT_LT(exch.best_bid(), exch.best_ask()) << "at " << row.exch_ts;
        }
    }
    EXPECT_EQ(exch_rows, local_rows);
    EXPECT_EQ(exch_rows, summary.events);
    EXPECT_GT(split_rows, 0u);
    EXPECT_GT(exch.bids.size(), static_cast<std::size_t>(options.levels) * 6 / 10);
    EXPECT_GT(exch.asks.size(), static_cast<std::size_t>(options.levels) * 6 / 10);
    EXPECT_LT(exch.best_ask() - exch.best_bid(), 40 * options.grid.tick_size);
}

INSTANTIATE_TEST_SUITE_P(
    Options, SynthMarket,
    testing::Values(SynthOptions{.seed = 1, .duration = 120 * kSecond},
                    SynthOptions{.seed = 2, .duration = 120 * kSecond},
                    SynthOptions{.seed = 3, .events = 100'000, .grid = {0.01, 1.0}, .mid = 70.0},
                    SynthOptions{.seed = 4, .events = 100'000, .grid = {0.25, 1.0}, .levels = 60},
                    SynthOptions{.seed = 5, .events = 100'000, .grid = {1e-5, 10.0}, .mid = 0.9},
                    SynthOptions{.seed = 6, .events = 30'000, .rows_per_second = 100'000},
                    SynthOptions{.seed = 7,
                                 .duration = 4 * 3600 * kSecond,
                                 .rows_per_second = 5,
                                 .levels = 200}));

TEST(Synth, RunsAtTheRateAskedForWithTradesOnBothSides) {
    for (const std::int64_t rate : {200, 1'400, 20'000}) {
        SynthOptions options{.seed = 11, .duration = 600 * kSecond * 1'400 / rate};
        options.rows_per_second = rate;
        SynthSummary summary;
        const auto rows = market(options, &summary);
        const double seconds =
            static_cast<double>(summary.last_exch_ts - summary.first_exch_ts) / 1e9;
        const double per_second = static_cast<double>(summary.events) / seconds;
        EXPECT_NEAR(per_second / static_cast<double>(rate), 1.0, 0.2);
        const auto trades = static_cast<double>(summary.buy_trades + summary.sell_trades);
        EXPECT_NEAR(static_cast<double>(summary.buy_trades) / trades, 0.5, 0.05);
        EXPECT_GT(trades / static_cast<double>(summary.events), 0.03);
        EXPECT_LT(trades / static_cast<double>(summary.events), 0.1);
        // Room for a market maker that quotes a dozen ticks from the mid to be hit on both sides.
        EXPECT_GT(summary.highest_mid - summary.lowest_mid, 100 * options.grid.tick_size);
    }
}

TEST(Synth, StartsWithASnapshotOfBothSides) {
    const auto rows = market({.seed = 1, .events = 1});
    ASSERT_GT(rows.size(), 400u);
    EXPECT_EQ(rows[0].ev, kExchEvent | kLocalEvent | kBuyEvent | 3);
    double last_bid = 0.0;
    int clears = 0;
    for (const Event& row : rows) {
        ASSERT_TRUE(row.kind() == EventKind::DepthClear || row.kind() == EventKind::DepthSnapshot);
        clears += row.kind() == EventKind::DepthClear ? 1 : 0;
        if (row.has(kBuyEvent)) last_bid = row.px;
    }
    EXPECT_EQ(clears, 2);
    EXPECT_EQ(rows[0].px, last_bid);
}

TEST(Synth, PricesAreTheDoublesOfTheirDecimalText) {
    for (const Event& row : market({.seed = 1, .events = 20'000})) {
        ASSERT_EQ(row.px, std::strtod(fmt::format("{:.1f}", row.px).c_str(), nullptr));
        ASSERT_EQ(row.qty, std::strtod(fmt::format("{:.3f}", row.qty).c_str(), nullptr));
    }
}

TEST(Synth, RefusesOptionsThatMakeNoMarket) {
    const auto refused = [](const SynthOptions& options, const char* part) {
        expect_error([&] { market(options); }, ExitCode::Usage, part);
    };
    refused({.grid = {0.0, 1.0}}, "tick size");
    refused({.grid = {std::nan(""), 1.0}}, "tick size");
    refused({.grid = {0.1, -1.0}}, "lot size");
    refused({.mid = 10.0}, "mid 10 must be from");
    refused({.mid = std::nan("")}, "mid");
    refused({.rows_per_second = 0}, "rate");
    refused({.levels = 3}, "levels");
    refused({.duration = 0}, "duration");
    refused({.start_ts = -1}, "start");
}

}  // namespace
}  // namespace ringside
