#include <csignal>
#include <cstring>
#include <random>
#include <thread>

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/session.hpp"
#include "ipc/wait_strategy.hpp"

namespace ringside::ipc {
namespace {

// Sanitizers make a frame some thirty times as dear.
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
constexpr std::uint64_t kScale = 20;
#else
constexpr std::uint64_t kScale = 1;
#endif

/// A ring and its cursor in memory that child processes share.
class SharedRing {
  public:
    explicit SharedRing(std::size_t capacity) : bytes_(kBody + capacity) {
        memory_ = static_cast<std::byte*>(
            mmap(nullptr, bytes_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
        map = {reinterpret_cast<layout::RingControl*>(memory_), memory_ + kBody, capacity};
        cursor = reinterpret_cast<std::atomic<std::int64_t>*>(memory_ + 1024);
        init_ring(map);
    }
    SharedRing(const SharedRing&) = delete;
    SharedRing& operator=(const SharedRing&) = delete;
    ~SharedRing() { munmap(memory_, bytes_); }

    RingMap map;
    std::atomic<std::int64_t>* cursor = nullptr;

  private:
    static constexpr std::size_t kBody = 4096;
    std::size_t bytes_;
    std::byte* memory_ = nullptr;
};

/// Payload of frame `n`: its size and every word follow from the number.
std::size_t size_of(std::uint64_t n) { return 8 * (1 + (n * 2654435761U >> 7) % 60); }

void write_frame(RingWriter& writer, std::byte* payload, std::uint64_t n) {
    const std::size_t size = size_of(n);
    for (std::size_t i = 0; i < size; i += 8) {
        const std::uint64_t word = n * 31 + i;
        std::memcpy(payload + i, &word, 8);
    }
    writer.publish(FrameType::MarketData, size);
}

bool is_frame(const FrameView& view, std::uint64_t n) {
    if (view.payload.size() != size_of(n)) return false;
    for (std::size_t i = 0; i < view.payload.size(); i += 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, view.payload.data() + i, 8);
        if (word != n * 31 + i) return false;
    }
    return true;
}

void write_all(RingWriter& writer, std::uint64_t frames) {
    SpinThenYield wait;
    for (std::uint64_t n = 0; n < frames; ++n) {
        std::byte* payload = nullptr;
        while ((payload = writer.try_claim(size_of(n))) == nullptr) wait.idle();
        wait.reset();
        write_frame(writer, payload, n);
    }
}

/// The first frame that was not as it should be, or `frames`.
std::uint64_t read_all(RingReader& reader, std::uint64_t frames) {
    SpinThenYield wait;
    FrameView view;
    for (std::uint64_t n = 0; n < frames; ++n) {
        while (!reader.poll(view)) wait.idle();
        wait.reset();
        if (view.sequence != n || !is_frame(view, n)) return n;
        reader.release();
    }
    return frames;
}

TEST(RingStress, LosesAndTearsNothingBetweenThreads) {
    constexpr std::uint64_t kFrames = 300000 / kScale;
    for (const std::size_t capacity : {std::size_t{4096}, std::size_t{1} << 16}) {
        SharedRing ring(capacity);
        RingWriter writer(ring.map);
        writer.add_gate(ring.cursor);
        std::thread thread([&] { write_all(writer, kFrames); });
        RingReader reader(ring.map, 0, 0, ring.cursor);
        EXPECT_EQ(read_all(reader, kFrames), kFrames);
        thread.join();
        EXPECT_EQ(reader.corrupt_frames(), 0U);
    }
}

TEST(RingStress, GatesOnTwoReadersInTwoThreads) {
    constexpr std::uint64_t kFrames = 100000 / kScale;
    SharedRing ring(8192);
    std::atomic<std::int64_t> second_cursor{0};
    RingWriter writer(ring.map);
    writer.add_gate(ring.cursor);
    writer.add_gate(&second_cursor);
    std::uint64_t second_read = 0;
    std::thread second([&] {
        RingReader reader(ring.map, 0, 0, &second_cursor);
        second_read = read_all(reader, kFrames);
    });
    std::thread thread([&] { write_all(writer, kFrames); });
    RingReader reader(ring.map, 0, 0, ring.cursor);
    EXPECT_EQ(read_all(reader, kFrames), kFrames);
    thread.join();
    second.join();
    EXPECT_EQ(second_read, kFrames);
}

TEST(RingStress, LosesAndTearsNothingBetweenProcesses) {
    constexpr std::uint64_t kFrames = 500000 / kScale;
    SharedRing ring(1 << 14);
    const pid_t child = fork();
    if (child == 0) {
        RingWriter writer(ring.map);
        writer.add_gate(ring.cursor);
        write_all(writer, kFrames);
        _exit(0);
    }
    RingReader reader(ring.map, 0, 0, ring.cursor);
    EXPECT_EQ(read_all(reader, kFrames), kFrames);
    waitpid(child, nullptr, 0);
}

/// What an ungated reader made of the frames.
struct Tally {
    std::uint64_t good = 0;
    std::uint64_t missed = 0;
    std::uint64_t torn = 0;
};

Tally read_lossy(RingReader& reader, std::uint64_t frames) {
    Tally tally;
    FrameView view;
    SpinThenYield wait;
    while (tally.good + tally.missed < frames && tally.torn == 0) {
        if (reader.poll(view)) {
            const bool right = is_frame(view, view.sequence);
            if (reader.intact(view)) {
                wait.reset();
                (right && view.sequence == tally.good + tally.missed ? tally.good : tally.torn) +=
                    1;
                continue;
            }
        }
        Gap gap;
        if (reader.state() != ReadState::Lapped) {
            wait.idle();
        } else if (reader.resync(gap)) {
            if (gap.first != tally.good + tally.missed) ++tally.torn;
            tally.missed += gap.count;
        }
    }
    return tally;
}

TEST(RingStress, AccountsForEveryFrameOfALossyRing) {
    constexpr std::uint64_t kFrames = 1000000 / kScale;
    SharedRing ring(1 << 14);
    const pid_t child = fork();
    if (child == 0) {
        RingWriter writer(ring.map);
        write_all(writer, kFrames);
        _exit(0);
    }
    RingReader reader(ring.map.control, ring.map.data, ring.map.capacity, 0, 0);
    const Tally tally = read_lossy(reader, kFrames);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(tally.torn, 0U);
    EXPECT_EQ(tally.good + tally.missed, kFrames);
    EXPECT_EQ(reader.corrupt_frames(), 0U);
}

TEST(RingStress, ShowsWholeFramesOnlyWhenItsWriterIsKilledAnywhere) {
    std::mt19937_64 random(42);
    for (int round = 0; round < 60; ++round) {
        SharedRing ring(1 << 14);
        const pid_t child = fork();
        if (child == 0) {
            RingWriter writer(ring.map);
            writer.add_gate(ring.cursor);
            write_all(writer, ~0ULL);
            _exit(0);
        }
        RingReader reader(ring.map, 0, 0, ring.cursor);
        const std::uint64_t frames = 1 + random() % 3000;
        ASSERT_EQ(read_all(reader, frames), frames);
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        FrameView view;
        std::uint64_t n = frames;
        for (; reader.poll(view); ++n) ASSERT_TRUE(is_frame(view, n)) << "frame " << n;
        EXPECT_EQ(reader.state(), ReadState::Reading);
        EXPECT_EQ(reader.corrupt_frames(), 0U);
    }
}

TEST(RingStress, HidesAFrameWhoseWriterWasKilledBeforePublishingIt) {
    SharedRing ring(4096);
    const pid_t child = fork();
    if (child == 0) {
        RingWriter writer(ring.map);
        write_frame(writer, writer.try_claim(size_of(0)), 0);
        std::memset(writer.try_claim(200), 0xff, 200);
        raise(SIGKILL);
    }
    waitpid(child, nullptr, 0);
    RingReader reader(ring.map, 0, 0, ring.cursor);
    FrameView view;
    ASSERT_TRUE(reader.poll(view));
    EXPECT_TRUE(is_frame(view, 0));
    EXPECT_FALSE(reader.poll(view));
    EXPECT_EQ(reader.corrupt_frames(), 0U);
}

TEST(RingStress, NeverMixesTwoStatesOfProgress) {
    layout::SessionWords words{};
    std::atomic<bool> stop{false};
    std::thread writer([&] {
        for (std::int64_t i = 1; !stop.load(std::memory_order_relaxed); ++i) {
            store_progress(words, {static_cast<std::uint64_t>(i), 2 * i, 3 * i, 4 * i});
        }
    });
    Nanos last = 0;
    for (int reads = 0; reads < 200000; ++reads) {
        VenueProgress seen;
        if (!load_progress(words, seen)) continue;
        const auto i = static_cast<std::int64_t>(seen.requests_seen);
        ASSERT_EQ(seen.safe_until, 2 * i);
        ASSERT_EQ(seen.venue_now, 3 * i);
        ASSERT_EQ(seen.venue_last, 4 * i);
        ASSERT_GE(seen.safe_until, last);
        last = seen.safe_until;
    }
    stop.store(true, std::memory_order_relaxed);
    writer.join();
}

}  // namespace
}  // namespace ringside::ipc
