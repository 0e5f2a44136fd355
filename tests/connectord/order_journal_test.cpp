#include "connectord/order_journal.hpp"

#include <random>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "connectord/journal_file.hpp"
#include "core/error.hpp"
#include "tests/connectord/live_model.hpp"
#include "tests/support/temp_dir.hpp"

namespace ringside::connectord {
namespace {

using test::JournalMemory;

constexpr Nanos kNow = 1'790'000'000 * kSecond;

JournalRecord submit(std::uint64_t key, Lots lots) {
    return {.kind = JournalKind::Submit, .side = Side::Sell, .key = key, .id = key, .lots = lots};
}
JournalRecord fill(std::uint64_t key, TradeId trade, Lots lots) {
    return {.kind = JournalKind::Fill, .side = Side::Sell, .key = key, .id = trade, .lots = lots};
}
JournalRecord closed(std::uint64_t key) { return {.kind = JournalKind::Closed, .key = key}; }

Lots position(const JournalContents& contents) {
    return contents.positions.empty() ? 0 : contents.positions.front().lots;
}

TEST(OrderJournal, SaysWhatWasOpenAndWhatWasExecuted) {
    JournalMemory memory(64);
    {
        OrderJournal journal(memory.bytes());
        journal.append(text_record(JournalKind::Instrument, 0, "BTCUSDT"));
        journal.append(text_record(JournalKind::Bot, 0, "grid"));
        journal.append(submit(1, 5));
        journal.append(submit(2, 7));
        journal.append(fill(1, 100, 5));
        journal.append(closed(1));
        journal.append(fill(2, 101, 3));
    }
    const JournalContents contents = OrderJournal(memory.bytes()).read();
    EXPECT_EQ(contents.symbols, std::vector<std::string>{"BTCUSDT"});
    EXPECT_EQ(contents.bots, std::vector<std::string>{"grid"});
    ASSERT_EQ(contents.orders.size(), 1U);
    EXPECT_EQ(contents.orders[0].submit.key, 2U);
    EXPECT_EQ(contents.orders[0].submit.lots, 7);
    ASSERT_EQ(contents.orders[0].fills.size(), 1U);
    EXPECT_EQ(contents.orders[0].fills[0].trade, 101U);
    EXPECT_EQ(position(contents), -8);
}

TEST(OrderJournal, ARecordThatWasNotFinishedDoesNotExist) {
    JournalMemory memory(64);
    {
        OrderJournal journal(memory.bytes());
        journal.append(submit(1, 5));
    }
    memory.tear();
    OrderJournal journal(memory.bytes());
    EXPECT_EQ(journal.read().orders.size(), 1U);
    journal.append(submit(2, 6));  // takes its place
    EXPECT_EQ(OrderJournal(memory.bytes()).read().orders.size(), 2U);
}

TEST(OrderJournal, ACompactionThatWasNotFinishedDoesNotExist) {
    JournalMemory memory(64);
    OrderJournal(memory.bytes()).append(submit(1, 5));
    memory.break_compaction();
    const JournalContents contents = OrderJournal(memory.bytes()).read();
    ASSERT_EQ(contents.orders.size(), 1U);
    EXPECT_EQ(contents.orders[0].submit.key, 1U);
}

TEST(OrderJournal, CompactionsKeepItBounded) {
    JournalMemory memory(32);
    OrderJournal journal(memory.bytes());
    for (std::uint64_t i = 1; i < 1000; ++i) {
        if (journal.room() < 2) {
            journal.begin_compaction();
            journal.append({.kind = JournalKind::Position, .lots = static_cast<Lots>(i)});
            journal.append(submit(1'000'000 + i, 1));
            journal.end_compaction();
        }
        journal.append(submit(i, 1));
        journal.append(closed(i));
        const JournalContents contents = OrderJournal(memory.bytes()).read();
        ASSERT_LE(contents.orders.size(), 1U);
    }
    EXPECT_GT(journal.compactions(), 50U);
}

TEST(OrderJournal, RecordsOfAnEarlierGenerationAreNotTakenForNewOnes) {
    JournalMemory memory(32);
    OrderJournal journal(memory.bytes());
    for (int round = 0; round < 6; ++round) {
        journal.begin_compaction();
        journal.end_compaction();
        EXPECT_TRUE(OrderJournal(memory.bytes()).read().orders.empty()) << round;
        for (std::uint64_t i = 1; journal.room() > 0; ++i) journal.append(submit(i, 1));
    }
}

TEST(OrderJournal, AFlippedBitEndsItThere) {
    std::mt19937_64 random(11);
    for (int i = 0; i < 200; ++i) {
        JournalMemory memory(64);
        OrderJournal journal(memory.bytes());
        for (std::uint64_t key = 1; key <= 20; ++key) journal.append(submit(key, 1));
        // Records lie behind the header and the header of the first bank.
        const std::size_t record = random() % 20;
        const std::size_t at = 128 + 64 * record + random() % 64;
        memory.bytes()[at] ^= static_cast<std::byte>(1U << (random() % 8));
        EXPECT_EQ(OrderJournal(memory.bytes()).read().orders.size(), record);
    }
}

TEST(OrderJournal, EpochsGrowAndTheFirstIsRemembered) {
    JournalMemory memory(32);
    const std::uint32_t first = OrderJournal(memory.bytes()).begin_epoch(kNow);
    EXPECT_EQ(OrderJournal(memory.bytes()).begin_epoch(kNow), first + 1);
    EXPECT_EQ(OrderJournal(memory.bytes()).begin_epoch(0), first + 2);
    EXPECT_EQ(OrderJournal(memory.bytes()).read().first_epoch, first);
}

TEST(OrderJournal, RefusesWhatIsNoJournal) {
    JournalMemory memory(32);
    memory.bytes()[0] = std::byte{1};
    EXPECT_THROW(OrderJournal{memory.bytes()}, Error);
    JournalMemory cut(32);
    OrderJournal whole(cut.bytes());
    EXPECT_THROW(OrderJournal{cut.bytes().first(OrderJournal::bytes(20))}, Error);
}

TEST(JournalFile, ServesOneConnectorAtATime) {
    const ringside::test::TempDir dir;
    const JournalFile file(dir / "orders", 64);
    EXPECT_THROW(JournalFile(dir / "orders", 64), Error);
    EXPECT_EQ(std::filesystem::status(dir / "orders").permissions(),
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

/// Appends until it is killed; key n is submitted and, from the fifth on, key n - 4 is filled with
/// n lots and closed. Compacts by itself.
[[noreturn]] void write_until_killed(const std::filesystem::path& path) {
    JournalFile file(path, 64);
    OrderJournal journal(file.memory());
    Lots sum = 0;
    for (std::uint64_t n = 1;; ++n) {
        if (journal.room() < 3) {
            journal.begin_compaction();
            journal.append({.kind = JournalKind::Position, .lots = sum});
            for (std::uint64_t key = n > 4 ? n - 4 : 1; key < n; ++key)
                journal.append(submit(key, static_cast<Lots>(key)));
            journal.end_compaction();
        }
        journal.append(submit(n, static_cast<Lots>(n)));
        if (n <= 4) continue;
        journal.append(fill(n - 4, n - 4, static_cast<Lots>(n - 4)));
        sum -= static_cast<Lots>(n - 4);
        journal.append(closed(n - 4));
    }
}

TEST(JournalFile, IsWholeWhereverItsWriterIsKilled) {
    std::mt19937_64 random(5);
    std::uint64_t highest = 0;
    for (int i = 0; i < 60; ++i) {
        const ringside::test::TempDir dir;
        const pid_t child = fork();
        ASSERT_GE(child, 0);
        if (child == 0) write_until_killed(dir / "orders");
        while (!std::filesystem::exists(dir / "orders") ||
               std::filesystem::file_size(dir / "orders") == 0) {
        }
        usleep(static_cast<useconds_t>(500 + random() % 3000));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        JournalFile file(dir / "orders", 64);
        const JournalContents contents = OrderJournal(file.memory()).read();
        ASSERT_LE(contents.orders.size(), 5U);
        if (contents.orders.empty()) continue;
        // What is open are consecutive orders, and everything before them was executed once.
        const std::uint64_t first = contents.orders.front().submit.key;
        for (std::size_t k = 0; k < contents.orders.size(); ++k) {
            ASSERT_EQ(contents.orders[k].submit.key, first + k);
            ASSERT_EQ(contents.orders[k].submit.lots, static_cast<Lots>(first + k));
        }
        Lots executed = static_cast<Lots>(first * (first - 1) / 2);
        for (const auto& booked : contents.orders.front().fills) executed += booked.lots;
        ASSERT_EQ(position(contents), -executed);
        highest = std::max(highest, first);
    }
    EXPECT_GT(highest, 100U);
}

}  // namespace
}  // namespace ringside::connectord
