#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/time.hpp"
#include "tests/support/process.hpp"
#include "tests/support/small_venue.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/ringside/convert.hpp"

namespace ringside {
namespace {

using nlohmann::json;
using test::Process;

constexpr const char* kSymbol = "BTCUSDT";

/// A line of a recording.
struct Line {
    Nanos received_ts = 0;
    json text;

    std::string stream() const { return text.value("stream", ""); }
    bool is_snapshot() const { return text.contains("lastUpdateId"); }
    std::string mark() const { return text.contains("data") ? text["data"].value("what", "") : ""; }
};

class Collectord : public ::testing::Test {
  protected:
    std::string config(const std::string& more = "") const {
        return fmt::format(R"(venue = "binance-usdm"
symbols = ["{}"]
directory = "recorded"
flush_interval = "20ms"
{}
[network]
stream_url = "{}"
rest_url = "{}"
ca_file = "authority.pem"
retry_first = "5ms"
retry_most = "20ms"
snapshot_spacing = "5ms"
)",
                           kSymbol, more, venue_.server().address("wss"),
                           venue_.server().address("https"));
    }
    Process start(const std::string& text) {
        dir_.write("authority.pem", authority_.pem());
        return Process(
            {std::getenv("RINGSIDE_TEST_COLLECTORD"), dir_.write("collectord.toml", text).string()},
            log());
    }
    std::filesystem::path log() const { return dir_ / "log"; }

    /// In the order of their names, which is that of their times.
    std::vector<std::filesystem::path> files() const {
        std::vector<std::filesystem::path> list;
        std::error_code none;
        for (const auto& entry : std::filesystem::directory_iterator(dir_ / "recorded", none)) {
            list.push_back(entry.path());
        }
        std::sort(list.begin(), list.end());
        return list;
    }
    static std::vector<Line> read(const std::filesystem::path& file,
                                  Truncation truncation = Truncation::Accept) {
        std::vector<Line> lines;
        RawLines input(file, truncation);
        for (std::string_view line; input.next(line);) {
            EXPECT_EQ(line.find(' '), 19U) << line;
            lines.push_back(
                {std::stoll(std::string(line.substr(0, 19))), json::parse(line.substr(20))});
        }
        return lines;
    }
    std::vector<Line> recorded() const {
        std::vector<Line> all;
        for (const auto& file : files()) {
            // One that was created a moment ago has no header yet.
            if (std::filesystem::file_size(file) < 32) continue;
            for (Line& line : read(file)) all.push_back(std::move(line));
        }
        return all;
    }
    static std::size_t count(const std::vector<Line>& lines,
                             const std::function<bool(const Line&)>& which) {
        return static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), which));
    }
    static std::size_t snapshots(const std::vector<Line>& lines) {
        return count(lines, [](const Line& line) { return line.is_snapshot(); });
    }
    static std::size_t marks(const std::vector<Line>& lines, const std::string& what) {
        return count(lines, [&](const Line& line) { return line.mark() == what; });
    }
    static std::size_t depths(const std::vector<Line>& lines) {
        return count(lines, [](const Line& line) { return line.stream() == "btcusdt@depth@0ms"; });
    }
    void wait_until(const char* what, const std::function<bool()>& holds) const {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!holds()) {
            ASSERT_LT(std::chrono::steady_clock::now(), until) << what << "\n"
                                                               << test::read_file(log());
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }
    void wait_for_connections(std::uint64_t number) const {
        wait_until("connections", [&] { return venue_.opened() >= number; });
    }
    void wait_for_depths_and_snapshots(std::size_t depth_lines, std::size_t snapshot_lines) const {
        wait_until("lines", [&] {
            const auto lines = recorded();
            return depths(lines) >= depth_lines && snapshots(lines) >= snapshot_lines;
        });
    }
    void expect_ends_cleanly(Process& process) const {
        process.kill(SIGTERM);
        EXPECT_EQ(process.wait(), 0) << test::read_file(log());
        for (const auto& file : files()) EXPECT_NO_THROW(read(file, Truncation::Refuse));
    }
    /// What `ringside convert binance-futures` makes of it.
    ConvertSummary convert() const {
        return convert_binance(
            {.inputs = files(), .truncation = Truncation::Accept, .strict = true},
            [](const auto&) {});
    }

    test::Authority authority_;
    test::SmallVenue venue_{authority_};
    test::TempDir dir_;
};

TEST_F(Collectord, RecordsEveryMessageAsItCameAndASnapshotAtTheStart) {
    auto process = start(config());
    wait_for_connections(1);
    venue_.trade(kSymbol, 50);
    wait_for_depths_and_snapshots(50, 1);
    expect_ends_cleanly(process);
    const auto lines = recorded();
    EXPECT_EQ(venue_.targets().front(),
              "/public/stream?streams=btcusdt@depth@0ms/btcusdt@trade/btcusdt@bookTicker");
    std::map<std::string, int> by_stream;
    Nanos last = 0;
    for (const Line& line : lines) {
        ++by_stream[line.stream()];
        EXPECT_GE(line.received_ts, last);
        last = line.received_ts;
    }
    EXPECT_EQ(by_stream["btcusdt@depth@0ms"], 50);
    EXPECT_EQ(by_stream["btcusdt@trade"], 50);
    EXPECT_EQ(by_stream["btcusdt@bookTicker"], 50);
    EXPECT_EQ(lines.front().mark(), "start");
    EXPECT_EQ(lines.back().mark(), "stop");
    EXPECT_EQ(marks(lines, "gap"), 0U);
    EXPECT_EQ(snapshots(lines), 1U);
    const ConvertSummary summary = convert();
    EXPECT_EQ(summary.malformed, 0U);
    EXPECT_EQ(summary.lines, lines.size());
    // Two levels of each change, a row of each trade, four levels and two clears of the snapshot.
    EXPECT_EQ(summary.message_rows, 50U * 3 + 6);
}

TEST_F(Collectord, MarksAGapAndFetchesASnapshotBehindIt) {
    auto process = start(config());
    wait_for_connections(1);
    const std::int64_t before = venue_.trade(kSymbol, 5);
    wait_for_depths_and_snapshots(5, 1);
    venue_.lose(kSymbol, 3);
    venue_.trade(kSymbol, 5);
    wait_for_depths_and_snapshots(10, 2);
    expect_ends_cleanly(process);
    const auto lines = recorded();
    const auto gap = std::find_if(lines.begin(), lines.end(),
                                  [](const Line& line) { return line.mark() == "gap"; });
    ASSERT_NE(gap, lines.end());
    EXPECT_EQ(gap->text["data"]["expected"], before);
    EXPECT_EQ(gap->text["data"]["got"], before + 30);
    const auto behind = std::next(gap);
    ASSERT_NE(behind, lines.end());
    EXPECT_EQ(behind->stream(), "btcusdt@depth@0ms");
    EXPECT_EQ(behind->text["data"]["pu"], before + 30);
    EXPECT_TRUE(std::any_of(gap, lines.end(), [&](const Line& line) {
        return line.is_snapshot() && line.text["lastUpdateId"] >= before + 30;
    }));
    EXPECT_EQ(marks(lines, "gap"), 1U);
    EXPECT_EQ(convert().malformed, 0U);
}

TEST_F(Collectord, GoesOnAfterLostConnectionsAndFindsWhatItMissed) {
    auto process = start(config());
    wait_for_connections(1);
    venue_.trade(kSymbol, 5);
    wait_for_depths_and_snapshots(5, 1);
    venue_.server().cut();
    wait_for_connections(2);
    venue_.trade(kSymbol, 5);  // nothing happened meanwhile, so nothing is missing
    wait_for_depths_and_snapshots(10, 1);
    EXPECT_EQ(marks(recorded(), "gap"), 0U);
    venue_.server().cut();
    wait_for_connections(3);
    venue_.lose(kSymbol, 1);
    venue_.trade(kSymbol, 5);
    wait_for_depths_and_snapshots(15, 2);
    expect_ends_cleanly(process);
    const auto lines = recorded();
    EXPECT_EQ(marks(lines, "gap"), 1U);
    EXPECT_EQ(marks(lines, "connected"), 3U);
    EXPECT_EQ(marks(lines, "disconnected"), 2U);
    EXPECT_EQ(convert().malformed, 0U);
}

TEST_F(Collectord, LosesNothingThatWasFlushedWhenItIsKilledAndOverwritesNothing) {
    std::vector<std::string> contents;
    for (int round = 0; round < 3; ++round) {
        auto process = start(config());
        wait_for_connections(static_cast<std::uint64_t>(round) + 1);
        const std::int64_t last = venue_.trade(kSymbol, 20);
        wait_until("the flush", [&] {
            const auto lines = recorded();
            return std::any_of(lines.begin(), lines.end(), [&](const Line& line) {
                return line.stream() == "btcusdt@depth@0ms" && line.text["data"]["u"] == last;
            });
        });
        venue_.trade(kSymbol, 200);
        process.kill(SIGKILL);
        EXPECT_EQ(process.wait(), -SIGKILL);
        const auto now = files();
        ASSERT_EQ(now.size(), contents.size() + 1);
        for (std::size_t i = 0; i < contents.size(); ++i) {
            EXPECT_EQ(test::read_file(now[i]), contents[i]);
        }
        contents.clear();
        for (const auto& file : now) contents.push_back(test::read_file(file));
        EXPECT_GE(depths(read(now.back())), 20U);
    }
    const ConvertSummary summary = convert();
    EXPECT_EQ(summary.malformed, 0U);
    EXPECT_EQ(summary.truncated_files, 3U);
}

TEST_F(Collectord, AsksAgainUntilASnapshotFitsTheChanges) {
    venue_.answer_snapshots(429);
    auto process = start(config());
    wait_for_connections(1);
    venue_.trade(kSymbol, 5);
    wait_until("refused requests", [&] { return venue_.snapshots() >= 2; });
    venue_.age_snapshots(100'000);
    venue_.answer_snapshots(200);
    const auto asked = venue_.snapshots();
    wait_until("stale snapshots", [&] { return venue_.snapshots() >= asked + 3; });
    EXPECT_EQ(snapshots(recorded()), 0U);
    venue_.age_snapshots(0);
    wait_for_depths_and_snapshots(5, 1);
    expect_ends_cleanly(process);
    EXPECT_EQ(snapshots(recorded()), 1U);
}

TEST_F(Collectord, RenewsItsConnectionWithoutLosingOrDoublingAMessage) {
    auto process = start(config() + "renew_after = \"100ms\"\n");
    wait_for_connections(1);
    std::size_t sent = 0;
    while (venue_.opened() < 5) {
        venue_.trade(kSymbol, 3);
        sent += 3;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    wait_for_depths_and_snapshots(sent, 1);
    expect_ends_cleanly(process);
    const auto lines = recorded();
    EXPECT_EQ(depths(lines), sent);
    EXPECT_EQ(count(lines, [](const Line& l) { return l.stream() == "btcusdt@trade"; }), sent);
    EXPECT_EQ(count(lines, [](const Line& l) { return l.stream() == "btcusdt@bookTicker"; }), sent);
    EXPECT_EQ(marks(lines, "gap"), 0U);
    EXPECT_EQ(snapshots(lines), 1U);
}

TEST_F(Collectord, PassesOverMessagesItDoesNotKnow) {
    auto process = start(config());
    wait_for_connections(1);
    for (const char* text :
         {"", "no json", "{", "[1]", R"({"result":null,"id":1})", R"({"stream":"other","data":{}})",
          R"({"stream":5,"data":{}})", R"({"code":2,"msg":"words"})"}) {
        venue_.send_raw(text);
    }
    venue_.trade(kSymbol, 5);
    wait_for_depths_and_snapshots(5, 1);
    expect_ends_cleanly(process);
    EXPECT_EQ(convert().malformed, 0U);
}

TEST_F(Collectord, RecordsNothingFromAServerThatCannotProveWhoItIs) {
    const test::Authority other;
    auto process = start(config());
    process.kill(SIGTERM);
    EXPECT_TRUE(process.wait().has_value());
    dir_.write("authority.pem", other.pem());
    auto second =
        Process({std::getenv("RINGSIDE_TEST_COLLECTORD"), (dir_ / "collectord.toml").string()},
                dir_ / "second");
    wait_until("the refusal", [&] {
        return test::read_file(dir_ / "second").find("(certificate)") != std::string::npos;
    });
    second.kill(SIGTERM);
    EXPECT_EQ(second.wait(), 0);
    for (const Line& line : recorded()) EXPECT_FALSE(line.mark().empty()) << line.text;
}

TEST_F(Collectord, RefusesAConfigurationItCannotUse) {
    const std::vector<std::pair<std::string, std::string>> faults{
        {"venue = \"binance-usdm\"", "venue = \"nowhere\""},
        {"[\"BTCUSDT\"]", "[]"},
        {"[\"BTCUSDT\"]", "[\"../x\"]"},
        {"[\"BTCUSDT\"]", "[\"BTCUSDT\", \"btcusdt\"]"},
        {"flush_interval = \"20ms\"", "flush_interval = \"0s\""},
        {"flush_interval", "flush_intervall"},
        {"retry_first", "retry_furst"},
        {"wss://", "ws://"},
        {"wss://", "https://"},
        {"rest_url = \"https://", "rest_url = \"http://"},
        {"authority.pem", "absent.pem"},
    };
    for (const auto& [right, wrong] : faults) {
        std::string text = config();
        text.replace(text.find(right), right.size(), wrong);
        auto process = start(text);
        EXPECT_EQ(process.wait(), 2) << wrong;
    }
    EXPECT_TRUE(files().empty());
    EXPECT_EQ(venue_.server().accepted(), 0U);
}

}  // namespace
}  // namespace ringside
