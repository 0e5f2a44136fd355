#include "ipc/layout.hpp"

#include <gtest/gtest.h>

#include "ipc/frame.hpp"
#include "ipc/session.hpp"

namespace ringside::ipc {
namespace {

using namespace layout;

// Literal numbers on purpose: whoever changes the layout changes them here too, and raises the
// version.
TEST(Layout, IsThatOfVersionFour) {
    EXPECT_EQ(kLayoutVersion, 4U);
    EXPECT_EQ(kMagic, 0x31444953474e4952U);
    EXPECT_EQ(kControlOffset, 4096U);
    EXPECT_EQ(kBodyOffset, 8192U);
    EXPECT_EQ(kRequestRingOffset, 5120U);
    EXPECT_EQ(kResponseRingOffset, 6144U);
}

TEST(Layout, KeepsTheSegmentHeaderWhereOldBuildsLookForIt) {
    EXPECT_EQ(offsetof(SegmentHeader, magic), 0U);
    EXPECT_EQ(offsetof(SegmentHeader, layout_version), 8U);
    EXPECT_EQ(offsetof(SegmentHeader, byte_order), 12U);
    EXPECT_EQ(offsetof(SegmentHeader, kind), 16U);
    EXPECT_EQ(offsetof(SegmentHeader, creator_pid), 20U);
    EXPECT_EQ(offsetof(SegmentHeader, creator_start_ticks), 24U);
    EXPECT_EQ(offsetof(SegmentHeader, size_bytes), 32U);
    EXPECT_EQ(offsetof(SegmentHeader, boot_id), 40U);
    EXPECT_EQ(offsetof(SegmentHeader, label), 80U);
    EXPECT_EQ(sizeof(SegmentHeader), 144U);
}

TEST(Layout, KeepsTheRingControl) {
    EXPECT_EQ(offsetof(RingControl, capacity), 0U);
    EXPECT_EQ(offsetof(RingControl, intent), 128U);
    EXPECT_EQ(offsetof(RingControl, tail_begin), 256U);
    EXPECT_EQ(offsetof(RingControl, tail), 264U);
    EXPECT_EQ(offsetof(RingControl, tail_sequence), 272U);
    EXPECT_EQ(offsetof(RingControl, stalls), 280U);
    EXPECT_EQ(offsetof(RingControl, chunk_start), 384U);
    EXPECT_EQ(sizeof(RingControl), 512U);
    EXPECT_EQ(sizeof(FrameHeader), 16U);
}

TEST(Layout, KeepsTheBusControl) {
    EXPECT_EQ(offsetof(BusControl, md_ring_bytes), 0U);
    EXPECT_EQ(offsetof(BusControl, session_ring_bytes), 8U);
    EXPECT_EQ(offsetof(BusControl, session_slots), 16U);
    EXPECT_EQ(offsetof(BusControl, md_gated), 20U);
    EXPECT_EQ(offsetof(BusControl, venue_info_bytes), 24U);
    EXPECT_EQ(offsetof(BusControl, state), 32U);
    EXPECT_EQ(offsetof(BusControl, epoch), 40U);
    EXPECT_EQ(offsetof(BusControl, heartbeat), 48U);
    EXPECT_EQ(offsetof(BusControl, refused), 56U);
    EXPECT_EQ(offsetof(BusControl, bell), 128U);
    EXPECT_EQ(offsetof(BusControl, kill), 136U);
    EXPECT_EQ(offsetof(BusControl, revive), 144U);
    EXPECT_EQ(kCountersOffset, 4608U);
    EXPECT_EQ(offsetof(CounterTable, counter), 128U);
    EXPECT_EQ(offsetof(Counter, value), 48U);
    EXPECT_EQ(offsetof(BusControl, service_wake), 256U);
    EXPECT_EQ(offsetof(BusControl, wakes), 260U);
    EXPECT_EQ(sizeof(BusControl), 384U);
}

TEST(Layout, GivesEachSideOfASessionItsOwnLines) {
    EXPECT_EQ(offsetof(SessionWords, promise), 0U);
    EXPECT_EQ(offsetof(SessionWords, bot_state), 8U);
    EXPECT_EQ(offsetof(SessionWords, bus_epoch), 16U);
    EXPECT_EQ(offsetof(SessionWords, md_cursor), 128U);
    EXPECT_EQ(offsetof(SessionWords, response_cursor), 136U);
    EXPECT_EQ(offsetof(SessionWords, bot_heartbeat), 144U);
    EXPECT_EQ(offsetof(SessionWords, md_overruns), 152U);
    EXPECT_EQ(offsetof(SessionWords, md_missed), 160U);
    EXPECT_EQ(offsetof(SessionWords, progress_version), 256U);
    EXPECT_EQ(offsetof(SessionWords, requests_seen), 264U);
    EXPECT_EQ(offsetof(SessionWords, safe_until), 272U);
    EXPECT_EQ(offsetof(SessionWords, venue_now), 280U);
    EXPECT_EQ(offsetof(SessionWords, venue_last), 288U);
    EXPECT_EQ(offsetof(SessionWords, request_cursor), 384U);
    EXPECT_EQ(offsetof(SessionWords, md_start), 392U);
    EXPECT_EQ(offsetof(SessionWords, md_start_sequence), 400U);
    EXPECT_EQ(offsetof(SessionWords, admission), 408U);
    EXPECT_EQ(offsetof(SessionWords, damaged_requests), 416U);
    EXPECT_EQ(offsetof(SessionWords, bot_wake), 512U);
    EXPECT_EQ(sizeof(SessionWords), 640U);
}

TEST(Layout, PacksFrameWords) {
    EXPECT_EQ(frame::word0(0, 48) & 0xffffff, 48U);
    EXPECT_EQ(frame::word0(0, 0) >> 24, frame::stamp(0));
    EXPECT_EQ(frame::word1(FrameType::OrderRequest, 0xab, 0x123456789abc), 0x123456789abcab03U);
    EXPECT_EQ(frame::bytes(0), 64);
    EXPECT_EQ(frame::bytes(48), 64);
    EXPECT_EQ(frame::bytes(49), 128);
}

TEST(Layout, StampsNoTwoLapsOfAPlaceAlikeAndNeverAsFreshMemory) {
    for (std::int64_t capacity = 4096; capacity <= (1 << 26); capacity *= 2) {
        for (std::int64_t lap = 1; lap < 1000; ++lap) {
            EXPECT_NE(frame::stamp(0), frame::stamp(lap * capacity));
            EXPECT_NE(frame::stamp(lap * capacity), 0U);
        }
    }
}

TEST(Layout, ReadsProgressThatItsWriterFinishedOnly) {
    SessionWords words{};
    const VenueProgress told{.requests_seen = 3, .safe_until = 9, .venue_now = 8, .venue_last = 7};
    VenueProgress found;
    ASSERT_TRUE(load_progress(words, found));
    EXPECT_EQ(found, VenueProgress{});
    store_progress(words, told);
    ASSERT_TRUE(load_progress(words, found));
    EXPECT_EQ(found, told);

    words.progress_version.store(words.progress_version.load() + 1);
    words.safe_until.store(1000);
    EXPECT_FALSE(load_progress(words, found)) << "its writer died half way";
    EXPECT_EQ(found, told);
}

}  // namespace
}  // namespace ringside::ipc
