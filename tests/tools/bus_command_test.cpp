// `ringside bus ...` against a bus of this process, and against what a dead one left.

#include <cstdlib>
#include <filesystem>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "ipc/bus_tap.hpp"
#include "ipc/journal_writer.hpp"
#include "tests/ipc/bus_fixture.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/ringside/bus_filter.hpp"
#include "tools/ringside/bus_top.hpp"

namespace ringside {
namespace {

using ipc::BusClient;
using ipc::BusService;
using nlohmann::json;
using test::read_file;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr Nanos kNoon = 1'723'118'400 * kSecond;  // 2024-08-08 12:00:00 UTC

OrderRequest order(std::uint64_t seq, OrderId id, AssetNo asset) {
    OrderRequest r = ipc::request(seq);
    r.order_id = id;
    r.asset_no = asset;
    r.req_ts = kNoon + static_cast<Nanos>(seq) * kMillisecond;
    r.price_ticks = 600'000;
    r.qty_lots = 5;
    return r;
}

OrderResponse answer(const OrderRequest& r) {
    OrderResponse response;
    response.seq = response.req_seq = r.seq;
    response.order_id = r.order_id;
    response.asset_no = r.asset_no;
    response.resp_ts = r.req_ts + kMicrosecond;
    response.kind = ResponseKind::Ack;
    response.side = r.side;
    response.status = Status::New;
    response.price_ticks = r.price_ticks;
    response.qty_lots = response.leaves_lots = r.qty_lots;
    return response;
}

/// A bus with two instruments, a few events, and a bot with three orders that were acknowledged.
class BusCommand : public testing::Test {
  protected:
    void SetUp() override {
        const char* const program = std::getenv("RINGSIDE_EXE");
        if (program == nullptr) GTEST_SKIP() << "set RINGSIDE_EXE to the ringside program";
        program_ = program;
        service_.emplace("demo", ipc::small_options(), ipc::some_venue());
        bot_.emplace("demo", "grid");
        service_->poll_sessions();
        publish(0, EventKind::Depth, kBuyEvent, 59'999.9, 1.5);
        publish(0, EventKind::Depth, kSellEvent, 60'000.0, 0.25);
        publish(1, EventKind::Trade, kBuyEvent, 60'001.5, 10.0);
        trade(1, 71, 0);
        trade(2, 72, 1);
        trade(3, 73, 0);
    }
    void publish(AssetNo asset, EventKind kind, std::uint64_t side, double px, double qty) {
        Event event;
        event.ev = static_cast<std::uint64_t>(kind) | side | kLocalEvent | kExchEvent;
        event.local_ts = kNoon + events_++ * kSecond;
        event.px = px;
        event.qty = qty;
        std::byte* payload = service_->md().try_claim(ipc::MarketDataBuilder::bytes(1));
        ipc::MarketDataBuilder builder(payload, 1);
        builder.append(asset, event);
        service_->md().publish(ipc::FrameType::MarketData, builder.finish(event.local_ts));
    }
    void trade(std::uint64_t seq, OrderId id, AssetNo asset) {
        const OrderRequest r = order(seq, id, asset);
        ASSERT_EQ(bot_->send(r), ipc::SendResult::Sent);
        ASSERT_TRUE(service_->sessions()[0]->send(answer(r)));
    }
    int run(const std::string& arguments) {
        const std::string command = "cd '" + dir_.path().string() + "' && '" + program_ + "' bus " +
                                    arguments + " >out.txt 2>err.txt";
        const int status = std::system(command.c_str());
        return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    }
    std::string out() const { return read_file(dir_ / "out.txt"); }
    std::string err() const { return read_file(dir_ / "err.txt"); }
    std::vector<json> lines() const {
        std::vector<json> all;
        std::istringstream text(out());
        for (std::string line; std::getline(text, line);) all.push_back(json::parse(line));
        return all;
    }

    test::UniqueBusRoot root_;
    test::TempDir dir_;
    std::string program_;
    std::optional<BusService> service_;
    std::optional<BusClient> bot_;
    Nanos events_ = 0;
};

TEST_F(BusCommand, TailPrintsEveryMessageOfEveryRing) {
    ASSERT_EQ(run("tail demo --once"), 0) << err();
    EXPECT_THAT(out(), HasSubstr("2024-08-08 12:00:00.000000000 md #0 BTCUSDT depth buy 1.5 @ "
                                 "59999.9"));
    EXPECT_THAT(out(), HasSubstr("XBTUSD trade buy 10 @ 60001.5"));
    EXPECT_THAT(out(), HasSubstr("grid#0 request #1 submit order 71 BTCUSDT buy 0.005 @ 60000 gtc "
                                 "limit"));
    EXPECT_THAT(out(), HasSubstr("grid#0 response #3 ack order 73"));
    EXPECT_THAT(out(), HasSubstr("grid#0 is there, pid " + std::to_string(getpid())));
    EXPECT_EQ(service_->md().gates(), 1U) << "only the bot holds the stream";
}

TEST_F(BusCommand, TailMergesBothSidesOfAnOrderByTime) {
    ASSERT_EQ(run("tail demo --once --order 72 --json"), 0) << err();
    const auto all = lines();
    ASSERT_EQ(all.size(), 2U) << out();
    EXPECT_EQ(all[0]["frame"], "order_request");
    EXPECT_EQ(all[0]["message"]["orderId"], 72);
    EXPECT_EQ(all[0]["session"], "grid#0");
    EXPECT_EQ(all[1]["frame"], "order_response");
    EXPECT_EQ(all[1]["message"]["reqSeq"], 2);
    ASSERT_EQ(run("tail demo --once --type ack,submit"), 0) << err();
    const std::string text = out();
    EXPECT_LT(text.find("response #1"), text.find("request #2"));
    EXPECT_LT(text.find("response #2"), text.find("request #3"));
}

TEST_F(BusCommand, TailFiltersByInstrumentTypeSessionRingAndTime) {
    ASSERT_EQ(run("tail demo --once --instrument XBTUSD --type market_data,order_request"), 0);
    EXPECT_THAT(out(), Not(HasSubstr("BTCUSDT")));
    EXPECT_THAT(out(), HasSubstr("trade"));
    EXPECT_THAT(out(), HasSubstr("order 72"));
    EXPECT_THAT(out(), Not(HasSubstr("response")));
    ASSERT_EQ(run("tail demo --once --type depth"), 0);
    EXPECT_THAT(out(), HasSubstr("depth"));
    EXPECT_THAT(out(), Not(HasSubstr("trade")));
    ASSERT_EQ(
        run("tail demo --once --ring md --since '2024-08-08 12:00:00.5' --until 2024-08-08T12:"
            "00:01Z"),
        0)
        << err();
    EXPECT_THAT(out(), HasSubstr("md #1"));
    EXPECT_THAT(out(), Not(HasSubstr("md #0")));
    EXPECT_THAT(out(), Not(HasSubstr("md #2")));
    ASSERT_EQ(run("tail demo --once --session nobody"), 0);
    EXPECT_EQ(out(), "");
    EXPECT_EQ(run("tail demo --once --instrument NONE"), 2);
    EXPECT_THAT(err(), HasSubstr("BTCUSDT, XBTUSD"));
    EXPECT_EQ(run("tail demo --since soon"), 2);
}

TEST_F(BusCommand, RecordKeepsWhatTailThenReadsWithTheSameFilters) {
    ASSERT_EQ(run("tail demo --once --json --type market_data,order_request,order_response"), 0);
    const auto live = lines();
    ipc::BusTap tap("demo", ipc::ReadFrom::Oldest);
    {
        ipc::JournalWriter journal(dir_ / "j", "demo");
        tap.poll([&](const ipc::BusRecord& record) { journal.append(record); });
        journal.finish();
    }
    ASSERT_EQ(run("tail --journal j --json --type market_data,order_request,order_response"), 0);
    auto kept = lines();
    ASSERT_EQ(kept.size(), live.size());
    ASSERT_EQ(kept.size(), 9U);
    for (const json& line : live) {
        const auto same = std::count_if(kept.begin(), kept.end(), [&](const json& other) {
            return line["ring"] == other["ring"] && line["message"] == other["message"];
        });
        EXPECT_EQ(same, 1) << line;
    }
    ASSERT_EQ(run("tail --journal j --order 73"), 0);
    EXPECT_THAT(out(), HasSubstr("order 73 BTCUSDT"));
    EXPECT_EQ(run("tail demo --journal j"), 2) << "one or the other";
}

TEST_F(BusCommand, RecordEndsWithTheBusAndNeverOverwrites) {
    bot_.reset();
    const std::string background = "cd '" + dir_.path().string() + "' && '" + program_ +
                                   "' bus record demo -o j 2>rec.txt & echo $! >pid";
    ASSERT_EQ(std::system(background.c_str()), 0);
    while (!std::filesystem::exists(dir_ / "j")) sched_yield();
    while (std::filesystem::file_size(dir_ / "j") < 200) sched_yield();
    publish(0, EventKind::Depth, kBuyEvent, 59'000.0, 1.0);
    service_.reset();
    while (read_file(dir_ / "rec.txt").find("messages") == std::string::npos) sched_yield();
    EXPECT_THAT(read_file(dir_ / "rec.txt"), HasSubstr("10 messages, 0 missed, 0 damaged"));
    ASSERT_EQ(run("tail --journal j"), 0) << err();
    EXPECT_THAT(out(), HasSubstr("@ 59000"));
    EXPECT_THAT(out(), HasSubstr("has closed the bus"));
    EXPECT_THAT(out(), HasSubstr("grid#0 has left"));
}

TEST_F(BusCommand, TopShowsProcessesRingsAndBooksOnce) {
    ASSERT_EQ(run("top demo --once --json --interval 50"), 0) << err();
    const json look = json::parse(out());
    EXPECT_EQ(look["state"], "running");
    EXPECT_EQ(look["service"]["pid"], getpid());
    ASSERT_EQ(look["sessions"].size(), 1U);
    EXPECT_EQ(look["sessions"][0]["bot"], "grid");
    EXPECT_EQ(look["sessions"][0]["state"], "admitted");
    EXPECT_GT(look["sessions"][0]["md_lag_bytes"], 0);
    ASSERT_EQ(look["rings"].size(), 3U);
    EXPECT_EQ(look["rings"][0]["frames"], 3);
    EXPECT_EQ(look["rings"][1]["frames"], 3);
    ASSERT_EQ(look["books"].size(), 2U);
    EXPECT_DOUBLE_EQ(look["books"][0]["bid"].get<double>(), 59'999.9);
    EXPECT_EQ(look["books"][0]["ask_qty"], 0.25);
    EXPECT_EQ(look["books"][0]["partial"], false);
    EXPECT_EQ(look["books"][1]["last"], 60'001.5);
    EXPECT_TRUE(look["books"][1]["bid"].is_null());
    const std::string table = render_top(nlohmann::ordered_json::parse(out()), {});
    EXPECT_THAT(table, HasSubstr("grid"));
    EXPECT_THAT(table, HasSubstr("59999.9"));
    EXPECT_EQ(run("top demo </dev/null"), 2);
    EXPECT_THAT(err(), HasSubstr("--once"));
}

TEST_F(BusCommand, DumpShowsEveryWordWhateverStateTheyAreIn) {
    ASSERT_EQ(run("dump demo --json"), 0) << err();
    const json dump = json::parse(out());
    ASSERT_EQ(dump["segments"].size(), 3U);
    EXPECT_EQ(dump["segments"][0]["file"], "control");
    // The tail is noted with the first frame of a step: of 1 KiB, and of 256 bytes in a ring this
    // small, where the third request begins another.
    EXPECT_EQ(dump["segments"][1]["words"]["ring"]["tail_sequence"], 1);
    EXPECT_EQ(dump["segments"][2]["words"]["requests"]["tail_sequence"], 3);
    EXPECT_EQ(dump["segments"][2]["header"]["label"], "grid");
    EXPECT_EQ(dump["segments"][2]["owner_alive"], true);
    EXPECT_EQ(run("dump nothing"), 5);
}

TEST_F(BusCommand, CleanRemovesTheDeadOnlyAndSaysSo) {
    const pid_t child = ipc::spawn([] {
        BusService service("dead", ipc::small_options(), ipc::some_venue());
        raise(SIGKILL);
    });
    waitpid(child, nullptr, 0);
    ASSERT_EQ(run("clean --dry-run"), 0) << err();
    EXPECT_THAT(out(), HasSubstr("would remove 2 file(s)"));
    EXPECT_TRUE(std::filesystem::exists(ipc::bus_path("dead")));
    ASSERT_EQ(run("clean --json"), 0) << err();
    const json did = json::parse(out());
    EXPECT_EQ(did["buses"][0]["outcome"], "removed");
    EXPECT_EQ(did["buses"][1]["outcome"], "live");
    EXPECT_FALSE(std::filesystem::exists(ipc::bus_path("dead")));
    EXPECT_TRUE(std::filesystem::exists(ipc::control_path("demo")));
    EXPECT_EQ(run("clean dead"), 5);
}

TEST(ParseUtc, ReadsTimesToTheNanosecondAndRefusesOthers) {
    EXPECT_EQ(parse_utc("2024-08-08 12:00:00"), kNoon);
    EXPECT_EQ(parse_utc("2024-08-08T12:00:00.000000001Z"), kNoon + 1);
    EXPECT_EQ(parse_utc("2024-08-08 12:00:00.5"), kNoon + kSecond / 2);
    EXPECT_EQ(parse_utc("2024-08-08"), kNoon - 12 * 3600 * kSecond);
    EXPECT_EQ(parse_utc("-5"), -5);
    for (const char* text : {"", "noon", "2024-08-08 12:00:00.", "2024-08-08 12:00:00.1234567890",
                             "2024-08-08 12:00:00 x", "12x"}) {
        test::expect_error([&] { parse_utc(text); }, ExitCode::Usage, "is no time");
    }
}

}  // namespace
}  // namespace ringside
