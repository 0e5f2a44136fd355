#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/tools/raw_file.hpp"
#include "tools/ringside/convert.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace ringside {
namespace {

using nlohmann::json;

struct Book {
    std::map<double, double, std::greater<>> bids;
    std::map<double, double> asks;

    static void set(auto& side, double px, double qty) {
        if (qty == 0.0)
            side.erase(px);
        else
            side[px] = qty;
    }
    void apply(const json& changes, const char* bid_field, const char* ask_field) {
        for (const auto& level : changes[bid_field]) set_text(bids, level);
        for (const auto& level : changes[ask_field]) set_text(asks, level);
    }
    static void set_text(auto& side, const json& level) {
        set(side, std::stod(level[0].get<std::string>()), std::stod(level[1].get<std::string>()));
    }
    void apply(const Event& row) {
        const bool is_bid = row.has(kBuyEvent);
        if (row.kind() == EventKind::DepthClear) {
            if (is_bid)
                bids.erase(bids.begin(), bids.upper_bound(row.px));
            else
                asks.erase(asks.begin(), asks.upper_bound(row.px));
        } else if (row.kind() == EventKind::Depth || row.kind() == EventKind::DepthSnapshot) {
            is_bid ? set(bids, row.px, row.qty) : set(asks, row.px, row.qty);
        }
    }
};

constexpr std::size_t kLevelsCompared = 500;  // of the snapshot's 1000

bool starts_alike(const auto& a, const auto& b) {
    return a.size() >= kLevelsCompared && b.size() >= kLevelsCompared &&
           std::equal(a.begin(), std::next(a.begin(), kLevelsCompared), b.begin());
}

/// A change of the book by the venue's own rule, from the last before the snapshot came.
struct Moment {
    Nanos exch_ts;
    Nanos local_ts;
    json change;
};

struct Recording {
    json snapshot;
    Nanos snapshot_ts = 0;
    std::vector<Moment> buffered;                               // when the snapshot came
    std::vector<Moment> moments;                                // behind it
    std::map<std::int64_t, std::pair<double, double>> tickers;  // by update id

    explicit Recording(const std::filesystem::path& path) {
        RawLines lines(path);
        for (std::string_view line; lines.next(line);) {
            const Nanos local_ts = std::stoll(std::string(line.substr(0, 19)));
            const json message = json::parse(line.substr(20));
            if (!message.contains("data")) {
                snapshot = message;
                snapshot_ts = local_ts;
                continue;
            }
            const json& data = message["data"];
            if (!data.contains("e")) {
                tickers[data["u"]] = {std::stod(data["b"].get<std::string>()),
                                      std::stod(data["a"].get<std::string>())};
            } else if (data["e"] == "depthUpdate") {
                const Moment moment{data["E"].get<Nanos>() * kMillisecond, local_ts, data};
                (snapshot.is_null() ? buffered : moments).push_back(moment);
            }
        }
    }
};

void expect_books(const Recording& recording, const std::vector<Event>& rows, std::uint64_t side) {
    const auto time_of = [&](const auto& one) {
        return side == kExchEvent ? one.exch_ts : one.local_ts;
    };
    Book venue;
    venue.apply(recording.snapshot, "bids", "asks");
    const auto snapshot_id = recording.snapshot["lastUpdateId"].get<std::int64_t>();
    std::int64_t last = snapshot_id;
    const auto follow = [&](const json& change) {
        if (change["u"].get<std::int64_t>() <= snapshot_id) return;
        ASSERT_TRUE(change["U"].get<std::int64_t>() == last + 1 || last == snapshot_id);
        venue.apply(change, "b", "a");
        last = change["u"].get<std::int64_t>();
    };
    for (const Moment& moment : recording.buffered) follow(moment.change);
    Book ours;
    std::size_t at = 0;
    int tickers = 0;
    for (const Moment& moment : recording.moments) {
        follow(moment.change);
        for (; at < rows.size() && (!rows[at].has(side) || time_of(rows[at]) <= time_of(moment));
             ++at) {
            if (rows[at].has(side)) ours.apply(rows[at]);
        }
        ASSERT_TRUE(starts_alike(ours.bids, venue.bids)) << "at update " << last;
        ASSERT_TRUE(starts_alike(ours.asks, venue.asks)) << "at update " << last;
        const auto ticker = recording.tickers.find(last);
        if (ticker == recording.tickers.end()) continue;
        ++tickers;
        EXPECT_EQ(ours.bids.begin()->first, ticker->second.first) << "at update " << last;
        EXPECT_EQ(ours.asks.begin()->first, ticker->second.second) << "at update " << last;
    }
    EXPECT_GT(tickers, 300);
}

TEST(SpotRecording, GivesTheBookOfTheVenuesOwnRuleAtEveryChangeOnBothSides) {
    const auto path = test::recording("spot/btcusdt_20240808.gz");
    if (path.empty()) GTEST_SKIP() << "no recordings; set RINGSIDE_SHARED_DATA";
    std::vector<Event> rows;
    ConvertOptions options{.inputs = {path}};
    options.streams.market = BinanceMarket::Spot;
    const auto summary = convert_binance(options, [&](std::span<const Event> block) {
        rows.insert(rows.end(), block.begin(), block.end());
    });
    EXPECT_EQ(summary.malformed, 0u);
    const Recording recording(path);
    ASSERT_FALSE(recording.moments.empty());
    // Local times were moved together.
    std::vector<Event> moved = rows;
    for (Event& row : moved) row.local_ts -= summary.clock_shift;
    expect_books(recording, moved, kLocalEvent);
    expect_books(recording, moved, kExchEvent);
}

}  // namespace
}  // namespace ringside
