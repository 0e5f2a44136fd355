#include <map>
#include <optional>

#include "ipc/bus_tap.hpp"
#include "tests/ipc/bus_fixture.hpp"

namespace ringside::ipc {
namespace {

/// What a tap saw, by kind, and the frames of each ring in order.
struct Seen {
    std::map<RecordKind, std::uint64_t> kinds;
    std::map<BusRing, std::vector<std::uint64_t>> frames;
    std::uint64_t missed = 0;
    std::uint64_t damaged = 0;
    std::vector<std::uint64_t> gap_starts;

    BusTap::Sink sink() {
        return [this](const BusRecord& record) {
            ++kinds[record.kind];
            if (record.kind == RecordKind::Frame) frames[record.ring].push_back(record.sequence);
            GapNote gap;
            if (!read_note(record, gap)) return;
            (record.kind == RecordKind::Gap ? missed : damaged) += gap.count;
            gap_starts.push_back(record.sequence);
        };
    }
};

using Tap = BusTest;

TEST_F(Tap, SeesEveryRingAndEveryEnd) {
    std::optional<BusService> service;
    service.emplace("demo", small_options(), some_venue());
    BusTap tap("demo", ReadFrom::Oldest);
    Seen seen;
    std::optional<BusClient> bot(std::in_place, "demo", "bot");
    service->poll_sessions();
    for (std::uint64_t id = 0; id < 30; ++id) publish_event(service->md(), id);
    bot->send(request(1));
    bot->set_promise(77);
    OrderResponse response;
    response.order_id = 1001;
    service->sessions()[0]->send(response);
    service->sessions()[0]->send(Notice{.kind = NoticeKind::Info, .text = "hello"});
    tap.poll(seen.sink());
    EXPECT_EQ(seen.kinds[RecordKind::Service], 1U);
    EXPECT_EQ(seen.kinds[RecordKind::SessionOpened], 1U);
    EXPECT_EQ(seen.kinds[RecordKind::Progress], 1U);
    EXPECT_EQ(seen.frames[BusRing::MarketData].size(), 30U);
    EXPECT_EQ(seen.frames[BusRing::Requests].size(), 1U);
    EXPECT_EQ(seen.frames[BusRing::Responses].size(), 2U);
    bot->send(request(2));
    bot.reset();
    tap.poll(seen.sink());
    tap.poll(seen.sink());
    EXPECT_EQ(seen.frames[BusRing::Requests].size(), 2U) << "what it sent last";
    EXPECT_EQ(seen.kinds[RecordKind::SessionEnded], 1U);
    publish_event(service->md(), 30);
    service.reset();
    tap.poll(seen.sink());
    EXPECT_FALSE(tap.ended());
    tap.poll(seen.sink());
    EXPECT_TRUE(tap.ended());
    EXPECT_EQ(seen.frames[BusRing::MarketData].size(), 31U);
    EXPECT_EQ(seen.kinds[RecordKind::ServiceEnded], 1U);
    EXPECT_EQ(seen.kinds[RecordKind::SessionOpened], 1U);
}

TEST_F(Tap, AccountsForEveryFrameWhenItIsTooSlow) {
    BusOptions options = small_options();
    options.gated = false;
    auto service = BusService::create("demo", options, some_venue());
    BusTap tap("demo", ReadFrom::Oldest);
    Seen seen;
    std::uint64_t id = 0;
    for (int round = 0; round < 50; ++round) {
        for (int i = 0; i < 150 * round; ++i) publish_event(service.md(), id++);
        while (tap.poll(seen.sink()) > 0) {
        }
    }
    const auto& frames = seen.frames[BusRing::MarketData];
    EXPECT_EQ(frames.size() + seen.missed, id);
    EXPECT_GT(seen.missed, 0U);
    EXPECT_GT(seen.kinds[RecordKind::Gap], 10U);
    EXPECT_GT(frames.size(), 50U * 150U) << "after a gap it goes on within the ring";
    EXPECT_EQ(frames.back(), id - 1);
    EXPECT_TRUE(std::is_sorted(frames.begin(), frames.end()));
}

TEST_F(Tap, GoesOnBehindAFrameThatDestroysTheRestOfTheRing) {
    auto service = BusService::create("demo", small_options(), some_venue());
    const BusObserver bus("demo");
    for (std::uint64_t id = 0; id < 20; ++id) publish_event(service.md(), id);
    SegmentState state = SegmentState::Missing;
    const auto segment =
        Segment::open(md_path("demo"), layout::SegmentKind::MarketData, Access::ReadWrite, state);
    ASSERT_TRUE(segment.has_value());
    // Frame 7's length becomes larger than the ring; its stamp stays.
    const std::int64_t bytes = frame::bytes(MarketDataBuilder::bytes(1) -
                                            (MarketDataBuilder::kMaxRuns - 1) * sizeof(ipc::Run));
    auto* header =
        segment->at<layout::FrameHeader>(layout::kBodyOffset + static_cast<std::size_t>(7 * bytes));
    header->word0.store(header->word0.load() | frame::kLengthMask);
    BusTap tap("demo", ReadFrom::Oldest);
    Seen seen;
    tap.poll(seen.sink());
    EXPECT_EQ(seen.frames[BusRing::MarketData].size(), 7U);
    for (std::uint64_t id = 20; id < 200; ++id) publish_event(service.md(), id);
    while (tap.poll(seen.sink()) > 0) {
    }
    const auto& frames = seen.frames[BusRing::MarketData];
    EXPECT_GT(seen.damaged, 0U);
    EXPECT_EQ(seen.gap_starts.front(), 7U);
    EXPECT_EQ(frames.back(), 199U);
    EXPECT_EQ(frames.size() + seen.damaged, 200U) << "what is lost is counted exactly";
}

TEST_F(Tap, ReadsWhatADeadBusLeft) {
    const pid_t child = spawn([] {
        BusService service("demo", small_options(), some_venue());
        BusClient bot("demo", "bot");
        service.poll_sessions();
        publish_event(service.md(), 1);
        bot.send(request(1));
        raise(SIGKILL);
    });
    waitpid(child, nullptr, 0);
    BusTap tap("demo", ReadFrom::Oldest);
    Seen seen;
    for (int i = 0; i < 200 && !tap.ended(); ++i) tap.poll(seen.sink());
    EXPECT_TRUE(tap.ended());
    EXPECT_EQ(seen.frames[BusRing::MarketData].size(), 1U);
    EXPECT_EQ(seen.frames[BusRing::Requests].size(), 1U);
    EXPECT_EQ(seen.kinds[RecordKind::SessionEnded], 1U);
    EXPECT_EQ(seen.kinds[RecordKind::SessionOpened], 1U);
}

}  // namespace
}  // namespace ringside::ipc
