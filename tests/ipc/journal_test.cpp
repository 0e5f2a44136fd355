#include <cstring>
#include <random>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ipc/journal_reader.hpp"
#include "ipc/journal_writer.hpp"
#include "tests/ipc/bus_fixture.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::ipc {
namespace {

using test::expect_error;
using test::TempDir;

/// Record `n` of a journal: kind, size and every byte follow from the number.
class Sample {
  public:
    explicit Sample(std::uint64_t n) : words_(1 + n % 40, n * 0x9e37'79b9'7f4a'7c15) {
        record.kind = RecordKind::Frame;
        record.ring = static_cast<BusRing>(1 + n % 3);
        record.type = static_cast<FrameType>(2 + n % 5);
        record.flags = static_cast<std::uint8_t>(n);
        record.session = static_cast<std::uint32_t>(n % 7);
        record.sequence = n;
        record.seen_ts = static_cast<Nanos>(1'000 + n);
        record.payload = std::as_bytes(std::span(words_)).first(words_.size() * 8 - n % 8);
    }
    BusRecord record;

  private:
    std::vector<std::uint64_t> words_;
};

bool same(const BusRecord& a, const BusRecord& b) {
    return a.kind == b.kind && a.ring == b.ring && a.type == b.type && a.flags == b.flags &&
           a.session == b.session && a.sequence == b.sequence && a.seen_ts == b.seen_ts &&
           a.payload.size() == b.payload.size() &&
           std::memcmp(a.payload.data(), b.payload.data(), a.payload.size()) == 0;
}

class Journal : public testing::Test {
  protected:
    void write(std::uint64_t records, std::uint64_t per_block, bool finish) const {
        JournalWriter writer(path_, "demo");
        for (std::uint64_t n = 0; n < records; ++n) {
            writer.append(Sample(n).record);
            if ((n + 1) % per_block == 0) writer.flush();
        }
        if (finish) writer.finish();
    }
    /// Reads it all; every record must be one that was written, in order. Their numbers.
    std::vector<std::uint64_t> read(JournalState& state) const {
        std::vector<std::uint64_t> numbers;
        JournalReader reader(path_);
        state = reader.read([&](const BusRecord& record) {
            EXPECT_TRUE(same(record, Sample(record.sequence).record)) << record.sequence;
            EXPECT_TRUE(numbers.empty() || record.sequence > numbers.back());
            numbers.push_back(record.sequence);
        });
        return numbers;
    }

    TempDir dir_;
    std::filesystem::path path_ = dir_ / "bus.journal";
};

TEST_F(Journal, GivesBackWhatWasWritten) {
    write(10'000, 1'000'000, true);
    JournalState state;
    EXPECT_EQ(read(state).size(), 10'000U);
    EXPECT_TRUE(state.complete);
    EXPECT_EQ(state.damaged_blocks, 0U);
    EXPECT_GT(state.blocks, 1U) << "large enough to fill blocks";
    EXPECT_EQ(JournalReader(path_).bus(), "demo");
}

TEST_F(Journal, NeverOverwritesAFile) {
    write(1, 1, true);
    expect_error([&] { JournalWriter again(path_, "demo"); }, ExitCode::Io, "not overwritten");
    JournalState state;
    EXPECT_EQ(read(state).size(), 1U);
}

TEST_F(Journal, RefusesOtherFilesByName) {
    expect_error([&] { JournalReader r(dir_ / "none"); }, ExitCode::Data, "none");
    dir_.write("text",
               "not a journal, and long enough to be one if it were not for its words......"
               "................................................................");
    expect_error([&] { JournalReader r(dir_ / "text"); }, ExitCode::Data, "no journal");
    dir_.write("empty", "");
    expect_error([&] { JournalReader r(dir_ / "empty"); }, ExitCode::Data, "no journal");
}

TEST_F(Journal, IsReadableToItsLastWholeBlockWhereverItIsCut) {
    write(200, 10, true);
    const std::string whole = test::read_file(path_);
    std::mt19937_64 random(7);
    std::size_t last = 0;
    for (std::size_t cut = 128; cut < whole.size(); cut += 1 + random() % 97) {
        std::filesystem::resize_file(path_, 0);
        dir_.write("bus.journal", whole.substr(0, cut));
        JournalState state;
        const auto numbers = read(state);
        EXPECT_FALSE(state.complete);
        EXPECT_EQ(state.damaged_blocks, 0U) << "cut at " << cut;
        EXPECT_EQ(numbers.size() % 10, 0U) << "whole blocks only";
        EXPECT_GE(numbers.size(), last);
        for (std::uint64_t n = 0; n < numbers.size(); ++n) ASSERT_EQ(numbers[n], n);
        last = numbers.size();
    }
    EXPECT_EQ(last, 200U);
}

TEST_F(Journal, IsReadableAfterItsWriterWasKilled) {
    const pid_t child = spawn([this] {
        JournalWriter writer(path_, "demo");
        for (std::uint64_t n = 0;; ++n) {
            writer.append(Sample(n).record);
            if (n % 50 == 49) writer.flush();
            if (n == 1234) raise(SIGKILL);
        }
    });
    waitpid(child, nullptr, 0);
    JournalState state;
    EXPECT_EQ(read(state).size(), 1200U);
    EXPECT_FALSE(state.complete);
}

TEST_F(Journal, LosesNoMoreThanTheBlockThatIsDamaged) {
    write(500, 10, false);
    const std::string whole = test::read_file(path_);
    std::mt19937_64 random(11);
    for (int round = 0; round < 200; ++round) {
        std::string bytes = whole;
        const std::size_t at = 128 + random() % (bytes.size() - 128);
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << random() % 8));
        dir_.write("bus.journal", bytes);
        JournalState state;
        const std::size_t got = read(state).size();
        EXPECT_GE(got, 490U) << "byte " << at;
        EXPECT_TRUE(got == 500 || state.damaged_blocks == 1 || got == 490) << "byte " << at;
    }
}

TEST_F(Journal, LeavesOutBlocksOutsideTheTimesAskedForButNotTheNames) {
    {
        JournalWriter writer(path_, "demo");
        SessionNote note{.slot = 3, .pid = 7, .name = "bot"};
        BusRecord opened;
        opened.kind = RecordKind::SessionOpened;
        opened.session = 0;
        opened.payload = std::as_bytes(std::span(&note, 1));
        writer.append(opened);
        std::vector<std::uint64_t> message(kOrderRequestBytes / 8);
        for (std::uint64_t n = 0; n < 100; ++n) {
            OrderRequest r = request(n + 1);
            r.req_ts = static_cast<Nanos>(n * 100);
            encode(r, reinterpret_cast<std::byte*>(message.data()));
            BusRecord frame;
            frame.kind = RecordKind::Frame;
            frame.ring = BusRing::Requests;
            frame.type = FrameType::OrderRequest;
            frame.session = 0;
            frame.sequence = n;
            frame.payload = std::as_bytes(std::span(message));
            writer.append(frame);
            if (n % 10 == 9) writer.flush();
        }
        writer.finish();
    }
    JournalReader reader(path_);
    reader.limit(5'000, 5'500);
    BusNames names;
    std::vector<std::uint64_t> frames;
    const JournalState state = reader.read([&](const BusRecord& record) {
        names.see(record);
        if (record.kind == RecordKind::Frame) frames.push_back(record.sequence);
    });
    EXPECT_EQ(names.session(0), "bot#3");
    ASSERT_EQ(frames.size(), 10U);
    EXPECT_EQ(frames.front(), 50U);
    EXPECT_EQ(state.skipped_blocks, 9U);
    EXPECT_TRUE(state.complete);
}

}  // namespace
}  // namespace ringside::ipc
