#include "ipc/ring.hpp"

#include <cstring>
#include <limits>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"

namespace ringside::ipc {
namespace {

constexpr std::size_t kCapacity = 4096;

/// A ring in ordinary memory.
class RingTest : public testing::Test {
  protected:
    struct alignas(64) Line {
        std::byte bytes[64];
    };

    explicit RingTest(std::int64_t start = 0, std::uint64_t sequence = 0)
        : map_{&control_, lines_[0].bytes, kCapacity} {
        init_ring(map_, start, sequence);
        writer_ = RingWriter(map_, start, sequence);
        cursor_.store(start);
        reader_ = RingReader(map_, start, sequence, &cursor_);
        observer_ = RingReader(map_, start, sequence, nullptr);
    }

    /// A frame whose payload is `size` bytes of `value`.
    bool write(std::size_t size, int value) {
        std::byte* payload = writer_.try_claim(size);
        if (payload == nullptr) return false;
        std::memset(payload, value, size);
        writer_.publish(FrameType::MarketData, size, static_cast<std::uint8_t>(value));
        return true;
    }

    static bool is(const FrameView& view, std::size_t size, int value) {
        if (view.payload.size() != size || view.flags != static_cast<std::uint8_t>(value))
            return false;
        for (const std::byte b : view.payload) {
            if (b != static_cast<std::byte>(value)) return false;
        }
        return true;
    }

    layout::FrameHeader& header_at(std::int64_t position) {
        return *detail::header_at(lines_[0].bytes + (position & (kCapacity - 1)));
    }

    layout::RingControl control_{};
    Line lines_[kCapacity / 64] = {};
    RingMap map_;
    std::atomic<std::int64_t> cursor_{0};
    RingWriter writer_;
    RingReader reader_;    // gated once a test adds its cursor
    RingReader observer_;  // never gates
    FrameView view_;
};

TEST_F(RingTest, ShowsNothingBeforeTheFirstFrame) {
    EXPECT_FALSE(reader_.poll(view_));
    EXPECT_EQ(reader_.state(), ReadState::Reading);
}

TEST_F(RingTest, ADefaultReaderSeesNothing) {
    RingReader nobody;
    EXPECT_FALSE(nobody.poll(view_));
    EXPECT_EQ(nobody.state(), ReadState::Reading);
}

TEST_F(RingTest, DeliversFramesWholeAndInOrder) {
    ASSERT_TRUE(write(10, 1));
    ASSERT_TRUE(write(48, 2));
    ASSERT_TRUE(write(0, 3));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 10, 1));
    EXPECT_EQ(view_.sequence, 0U);
    EXPECT_EQ(view_.type, FrameType::MarketData);
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 48, 2));
    EXPECT_EQ(view_.position, 64);
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 0, 3));
    EXPECT_EQ(view_.sequence, 2U);
    EXPECT_FALSE(reader_.poll(view_));
}

TEST_F(RingTest, PutsAPayloadSixteenBytesPastALine) {
    const std::byte* payload = writer_.try_claim(100);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(payload) % 64, 16U);
}

TEST_F(RingTest, HidesAClaimThatWasNotPublished) {
    std::byte* payload = writer_.try_claim(40);
    std::memset(payload, 0xff, 40);
    EXPECT_FALSE(reader_.poll(view_));
    ASSERT_TRUE(write(8, 5)) << "claiming again drops the claim";
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 8, 5));
}

TEST_F(RingTest, PublishesLessThanItClaimed) {
    std::byte* payload = writer_.try_claim(1000);
    std::memset(payload, 9, 20);
    writer_.publish(FrameType::MarketData, 20, 9);
    ASSERT_TRUE(write(4, 10));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 20, 9));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_EQ(view_.position, 64);
}

TEST_F(RingTest, RefusesWhenFullAndTakesFramesAgainWhenRead) {
    writer_.add_gate(&cursor_);
    int written = 0;
    while (write(48, written)) ++written;
    EXPECT_EQ(written, 64) << "every line of the ring is used";
    EXPECT_EQ(control_.stalls.load(), 1U);
    EXPECT_FALSE(write(48, 0));
    EXPECT_EQ(control_.stalls.load(), 1U) << "one stall, however often it was tried";
    for (int i = 0; i < 8; ++i) ASSERT_TRUE(reader_.poll(view_));
    EXPECT_FALSE(write(48, 64)) << "not released yet";
    reader_.release();
    for (int i = 64; i < 72; ++i) ASSERT_TRUE(write(48, i));
    EXPECT_FALSE(write(48, 72));
    for (int i = 8; i < 72; ++i) {
        ASSERT_TRUE(reader_.poll(view_));
        EXPECT_TRUE(is(view_, 48, i));
        reader_.release();
    }
}

TEST_F(RingTest, FillsTheEndOfTheRingWithPaddingThatReadersStepOver) {
    writer_.add_gate(&cursor_);
    // 15 lines each: the fifth does not fit into the four that are left.
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(write(15 * 64 - 16, i));
    EXPECT_FALSE(write(15 * 64 - 16, 4));
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(reader_.poll(view_));
    reader_.release_now();
    ASSERT_TRUE(write(15 * 64 - 16, 4));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 15 * 64 - 16, 4));
    EXPECT_EQ(view_.position, static_cast<std::int64_t>(kCapacity));
    EXPECT_EQ(view_.sequence, 4U) << "padding uses no sequence number";
}

TEST_F(RingTest, FillsTheRingToItsLastByteWithoutPadding) {
    writer_.add_gate(&cursor_);
    for (int i = 0; i < 4; ++i) ASSERT_TRUE(write(kCapacity / 4 - 16, i));
    EXPECT_FALSE(write(0, 9));
    for (int i = 0; i < 4; ++i) {
        ASSERT_TRUE(reader_.poll(view_));
        EXPECT_TRUE(is(view_, kCapacity / 4 - 16, i));
    }
    reader_.release_now();
    ASSERT_TRUE(write(1, 5));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_EQ(view_.position, static_cast<std::int64_t>(kCapacity));
}

TEST_F(RingTest, AlwaysHasRoomForTheLargestPayloadOnceAllIsRead) {
    writer_.add_gate(&cursor_);
    std::mt19937_64 random(11);
    for (int round = 0; round < 5000; ++round) {
        const std::size_t size =
            random() % 3 == 0 ? max_payload(kCapacity) : random() % (max_payload(kCapacity) + 1);
        ASSERT_TRUE(write(size, round)) << "round " << round;
        ASSERT_TRUE(reader_.poll(view_));
        ASSERT_TRUE(is(view_, size, round));
        reader_.release();  // in steps of an eighth of the ring only
    }
}

TEST_F(RingTest, WaitsForTheSlowestOfItsGates) {
    std::atomic<std::int64_t> slow{0};
    RingReader slow_reader(map_, 0, 0, &slow);
    writer_.add_gate(&cursor_);
    writer_.add_gate(&slow);
    int written = 0;
    while (write(48, written)) ++written;
    while (reader_.poll(view_)) reader_.release_now();
    EXPECT_FALSE(write(48, 0));
    ASSERT_TRUE(slow_reader.poll(view_));
    slow_reader.release_now();
    EXPECT_TRUE(write(48, 64));
    EXPECT_FALSE(write(48, 65));
    writer_.remove_gate(&slow);
    EXPECT_TRUE(write(48, 65));
}

TEST_F(RingTest, ObeysAGateAddedLater) {
    for (int i = 0; i < 1000; ++i) ASSERT_TRUE(write(48, i));
    std::atomic<std::int64_t> cursor{writer_.position()};
    RingReader late(map_, writer_.position(), writer_.sequence(), &cursor);
    writer_.add_gate(&cursor);
    int written = 0;
    while (write(48, written)) ++written;
    EXPECT_EQ(written, 64);
    for (int i = 0; i < 64; ++i) {
        ASSERT_TRUE(late.poll(view_));
        EXPECT_TRUE(is(view_, 48, i));
        EXPECT_EQ(view_.sequence, 1000U + static_cast<unsigned>(i));
    }
}

TEST_F(RingTest, IsNotMisledByACursorAheadOfTheWriter) {
    writer_.add_gate(&cursor_);
    cursor_.store(std::int64_t{1} << 60);
    for (int i = 0; i < 64; ++i) ASSERT_TRUE(write(48, i));
    cursor_.store(0);
    EXPECT_FALSE(write(48, 64));
}

TEST_F(RingTest, TellsAnObserverThatItWasLapped) {
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(write(48, i));
    ASSERT_TRUE(observer_.poll(view_));
    EXPECT_TRUE(observer_.intact(view_));
    for (int i = 40; i < 64; ++i) ASSERT_TRUE(write(48, i));
    EXPECT_TRUE(observer_.intact(view_)) << "the ring is full, nothing was overwritten";
    ASSERT_TRUE(write(48, 64));
    EXPECT_FALSE(observer_.intact(view_));
    EXPECT_EQ(observer_.state(), ReadState::Lapped);
    Gap gap;
    ASSERT_TRUE(observer_.resync(gap));
    EXPECT_EQ(gap.first, 0U);
    EXPECT_EQ(gap.count, 65U);
    EXPECT_FALSE(observer_.poll(view_));
    ASSERT_TRUE(write(48, 65));
    ASSERT_TRUE(observer_.poll(view_));
    EXPECT_TRUE(is(view_, 48, 65));
}

TEST_F(RingTest, TellsAnIdleObserverThatItsFrameWillNotCome) {
    std::mt19937_64 random(3);
    for (int i = 0; i < 300; ++i) ASSERT_TRUE(write(random() % 500, i));
    EXPECT_FALSE(observer_.poll(view_));
    EXPECT_EQ(observer_.state(), ReadState::Lapped);
}

TEST_F(RingTest, KnowsAnOldFrameToStartFrom) {
    std::mt19937_64 random(5);
    for (int round = 0; round < 2000; ++round) {
        ASSERT_TRUE(write(random() % 300, round));
        const std::int64_t oldest = oldest_position(control_, kCapacity);
        if (oldest == writer_.position()) continue;
        const auto word0 = header_at(oldest).word0.load();
        ASSERT_EQ(word0 >> 24, frame::stamp(oldest)) << "round " << round;
        ASSERT_GE(oldest, control_.intent.load() - static_cast<std::int64_t>(kCapacity));
        // A chunk is lost to the announcement, another to where its first frame begins, and a
        // frame.
        if (round > 100) {
            ASSERT_LE(oldest, writer_.position() - static_cast<std::int64_t>(kCapacity) / 2);
        }
    }
}

TEST_F(RingTest, TakesNoPositionFromItsControlWordsThatCannotBeOne) {
    for (const std::int64_t nonsense :
         {std::int64_t{-64}, std::int64_t{33}, std::numeric_limits<std::int64_t>::min(),
          std::numeric_limits<std::int64_t>::max()}) {
        layout::RingControl control{};
        control.tail.store(nonsense);
        control.intent.store(nonsense);
        for (auto& chunk : control.chunk_start) chunk.store(nonsense);
        RingTail tail;
        EXPECT_FALSE(read_tail(control, tail)) << nonsense;
        EXPECT_EQ(oldest_position(control, 4096), 0) << nonsense;
    }
}

TEST_F(RingTest, NotesItsTailOnceAStepAndLetsTheEndBeFoundFromThere) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 3000; ++i) {
        ASSERT_TRUE(write(random() % 300, i));
        RingTail tail;
        ASSERT_TRUE(read_tail(control_, tail));
        ASSERT_LE(tail.position, writer_.position());
        ASSERT_LE(writer_.position() - tail.position, tail_step(kCapacity) + frame::bytes(300));
        RingReader reader(&control_, map_.data, kCapacity, tail.position, tail.sequence);
        ASSERT_TRUE(reader.to_end());
        ASSERT_EQ(reader.position(), writer_.position());
        ASSERT_EQ(reader.next_sequence(), writer_.sequence());
    }
    control_.tail_begin.store(1);
    RingTail tail;
    EXPECT_FALSE(read_tail(control_, tail)) << "its writer died between the words";
}

TEST_F(RingTest, DoesNotTakeForItsEndWhatWasOverwrittenMeanwhile) {
    ASSERT_TRUE(write(48, 0));
    RingTail tail;
    ASSERT_TRUE(read_tail(control_, tail));
    RingReader reader(&control_, map_.data, kCapacity, tail.position, tail.sequence);
    for (int i = 1; i < 200; ++i) ASSERT_TRUE(write(48, i));
    EXPECT_FALSE(reader.to_end());
}

TEST_F(RingTest, SkipsAndCountsAFrameOfUnknownType) {
    ASSERT_TRUE(write(10, 1));
    ASSERT_TRUE(write(10, 2));
    header_at(0).word1.store(frame::word1(static_cast<FrameType>(200), 0, 0));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 10, 2));
    EXPECT_EQ(reader_.corrupt_frames(), 1U);
}

TEST_F(RingTest, SkipsAndCountsAFrameOutOfSequence) {
    ASSERT_TRUE(write(10, 1));
    ASSERT_TRUE(write(10, 2));
    header_at(0).word1.store(frame::word1(FrameType::MarketData, 1, 17));
    ASSERT_TRUE(reader_.poll(view_));
    EXPECT_TRUE(is(view_, 10, 2));
    EXPECT_EQ(reader_.corrupt_frames(), 1U);
}

TEST_F(RingTest, StopsAtAFrameWhoseLengthCannotBe) {
    ASSERT_TRUE(write(10, 1));
    ASSERT_TRUE(write(10, 2));
    header_at(64).word0.store(frame::word0(64, kCapacity));
    ASSERT_TRUE(reader_.poll(view_));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(reader_.poll(view_));
    EXPECT_EQ(reader_.state(), ReadState::Corrupt);
    EXPECT_EQ(reader_.corrupt_frames(), 1U);
}

TEST_F(RingTest, NeverLeavesItsMemoryWhateverLiesInIt) {
    std::mt19937_64 random(99);
    for (int round = 0; round < 3000; ++round) {
        const std::int64_t start = static_cast<std::int64_t>(random() % 1000) * 64;
        for (auto& line : lines_) {
            for (std::size_t i = 0; i < 64; i += 8) {
                const std::uint64_t word = random();
                std::memcpy(line.bytes + i, &word, 8);
            }
        }
        // Stamps that are right, so that the rest of the header is looked at.
        for (std::int64_t at = start; at < start + 4096; at += 64) {
            if (random() % 4 == 0) continue;
            header_at(at).word0.store((frame::stamp(at) << 24) |
                                      (random() % (1ULL << (random() % 25))));
            if (random() % 2 == 0) {
                header_at(at).word1.store(
                    frame::word1(static_cast<FrameType>(random() % 8), 0, random() % 4));
            }
        }
        std::atomic<std::int64_t> cursor{start};
        RingReader reader(map_, start, random() % 4, &cursor);
        for (int polls = 0; polls < 100 && reader.poll(view_); ++polls) {
            ASSERT_GE(view_.payload.data(), lines_[0].bytes);
            ASSERT_LE(view_.payload.data() + view_.payload.size(), lines_[0].bytes + kCapacity);
        }
        // One lap of right stamps, and a last frame that may reach into the next.
        ASSERT_LT(reader.position(), start + 2 * static_cast<std::int64_t>(kCapacity));
    }
}

/// Old words of the same place, and payloads made of other places' headers.
TEST_F(RingTest, DoesNotTakeTheRemainsOfAnEarlierLapForAFrame) {
    writer_.add_gate(&cursor_);
    std::mt19937_64 random(17);
    for (int round = 0; round < 20000; ++round) {
        const std::size_t size = random() % 400;
        std::byte* payload = writer_.try_claim(size);
        ASSERT_NE(payload, nullptr);
        for (std::size_t i = 0; i + 8 <= size; i += 8) {
            const std::uint64_t word = frame::word0(
                writer_.position() - static_cast<std::int64_t>(random() % 64) * 64, 40);
            std::memcpy(payload + i, &word, 8);
        }
        writer_.publish(FrameType::MarketData, size);
        ASSERT_TRUE(reader_.poll(view_));
        ASSERT_EQ(view_.payload.size(), size);
        reader_.release();
        ASSERT_FALSE(reader_.poll(view_));
    }
    EXPECT_EQ(reader_.corrupt_frames(), 0U);
}

class RingFarOut : public RingTest, public testing::WithParamInterface<std::uint64_t> {
  protected:
    // Positions short of where 40-bit stamps come round again.
    RingFarOut() : RingTest((std::int64_t{1} << 46) - 64 * 100, GetParam()) {}
};

TEST_P(RingFarOut, CarriesOnAcrossTheEndOfItsNumbers) {
    writer_.add_gate(&cursor_);
    std::uint64_t expected = GetParam();
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(write(100, i));
        ASSERT_TRUE(reader_.poll(view_)) << "frame " << i;
        EXPECT_TRUE(is(view_, 100, i));
        EXPECT_EQ(view_.sequence, expected);
        expected = (expected + 1) & ((1ULL << 48) - 1);
        reader_.release();
    }
    Gap gap;
    EXPECT_FALSE(observer_.poll(view_));
    EXPECT_EQ(observer_.state(), ReadState::Lapped);
    ASSERT_TRUE(observer_.resync(gap));
    EXPECT_EQ(gap.first, GetParam());
    EXPECT_EQ(gap.count, 1000U);
}

INSTANTIATE_TEST_SUITE_P(Ring, RingFarOut, testing::Values((1ULL << 32) - 500, (1ULL << 48) - 500));

}  // namespace
}  // namespace ringside::ipc
