#include "connectord/book_sync.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace ringside::connectord {
namespace {

using Join = BookSync::Join;
using Step = BookSync::Step;

TEST(BookSync, HoldsChangesUntilASnapshotThatTheyContinue) {
    BookSync sync;
    EXPECT_EQ(sync.state(), BookState::Disconnected);
    EXPECT_EQ(sync.step({1, 2, 0}), Step::Drop);
    sync.up();
    EXPECT_EQ(sync.state(), BookState::Buffering);
    EXPECT_EQ(sync.join(5), Join::Unwanted);  // nothing to join yet
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Start);
    EXPECT_EQ(sync.step({125, 130, 120}), Step::Hold);
    EXPECT_EQ(sync.join(99), Join::TooOld);
    EXPECT_EQ(sync.join(121), Join::Joined);
    EXPECT_EQ(sync.state(), BookState::Synced);
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Drop);
    EXPECT_EQ(sync.step({125, 130, 120}), Step::Apply);
    EXPECT_EQ(sync.step({131, 140, 130}), Step::Apply);
}

TEST(BookSync, TakesASnapshotBetweenTwoChanges) {
    BookSync sync;
    sync.up();
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Start);
    // Ids jump: nothing of this instrument happened between 100 and 110.
    EXPECT_EQ(sync.join(104), Join::Joined);
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Apply);
}

TEST(BookSync, AppliesTheChangeThatEndsAtTheSnapshot) {
    BookSync sync;
    sync.up();
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Start);
    EXPECT_EQ(sync.join(120), Join::Joined);
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Apply);
}

TEST(BookSync, GivesTheBookUpAtAGapAndResyncs) {
    BookSync sync;
    sync.up();
    sync.step({110, 120, 100});
    ASSERT_EQ(sync.join(105), Join::Joined);
    sync.step({110, 120, 100});
    EXPECT_EQ(sync.step({150, 160, 140}), Step::Gap);
    EXPECT_EQ(sync.state(), BookState::Resyncing);
    EXPECT_EQ(sync.step({161, 170, 160}), Step::Hold);
    EXPECT_EQ(sync.step({190, 199, 180}), Step::Start);  // another one before the snapshot came
    EXPECT_EQ(sync.join(175), Join::TooOld);
    EXPECT_EQ(sync.join(185), Join::Joined);
    EXPECT_EQ(sync.step({190, 199, 180}), Step::Apply);
}

TEST(BookSync, DropsWhatItHasHeardAndWhatMakesNoSense) {
    BookSync sync;
    sync.up();
    sync.step({110, 120, 100});
    sync.join(105);
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Apply);
    EXPECT_EQ(sync.step({110, 120, 100}), Step::Drop);
    EXPECT_EQ(sync.step({90, 95, 80}), Step::Drop);
    EXPECT_EQ(sync.step({140, 130, 120}), Step::Drop);
    EXPECT_EQ(sync.step({121, 130, 120}), Step::Apply);
}

TEST(BookSync, LosesAGoodBookWithItsStream) {
    BookSync sync;
    sync.up();
    sync.step({110, 120, 100});
    sync.join(105);
    EXPECT_TRUE(sync.down());
    EXPECT_FALSE(sync.down());
    sync.up();
    EXPECT_EQ(sync.state(), BookState::Buffering);
    EXPECT_EQ(sync.step({121, 130, 120}), Step::Start);
}

/// A book as a map, changed by a venue that we watch through a stream which loses, repeats and
/// interrupts, and snapshots that come late.
TEST(BookSync, EndsWithTheVenuesBookWhateverTheStreamDoes) {
    struct Change {
        ChangeIds ids;
        int level;
        int qty;
    };
    for (std::uint64_t seed = 0; seed < 500; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 dice(seed);
        std::map<int, int> venue;
        std::map<int, int> ours;
        std::vector<std::pair<std::int64_t, std::map<int, int>>> snapshots;  // under way
        std::vector<Change> held;
        BookSync sync;
        sync.up();
        std::int64_t last = 100;
        const auto apply = [&](const Change& c) { ours[c.level] = c.qty; };
        const auto hear = [&](const Change& c) {
            const Step step = sync.step(c.ids);
            if (step == Step::Apply) apply(c);
            if (step == Step::Start || step == Step::Gap) held.clear();
            if (step == Step::Start || step == Step::Gap || step == Step::Hold) held.push_back(c);
        };
        const auto take_snapshot = [&](std::int64_t id, const std::map<int, int>& book) {
            if (sync.join(id) != Join::Joined) return;
            ours = book;
            for (const Change& c : std::exchange(held, {})) {
                if (sync.step(c.ids) == Step::Apply) apply(c);
            }
        };
        Change previous{};
        for (int i = 0; i < 400; ++i) {
            const std::int64_t first = last + 1 + static_cast<std::int64_t>(dice() % 5);
            const Change change{{first, first + static_cast<std::int64_t>(dice() % 4), last},
                                static_cast<int>(dice() % 20),
                                static_cast<int>(dice() % 9)};
            last = change.ids.last;
            venue[change.level] = change.qty;
            const bool quiet = i > 350;  // a while without faults, at the end
            const auto fault = quiet ? 99 : dice() % 40;
            if (fault != 0) hear(change);
            if (fault == 1) hear(change);
            if (fault == 2) hear(previous);
            if (fault == 3 && sync.down()) held.clear();
            if (fault == 3) sync.up();
            previous = change;
            if (dice() % 7 == 0) snapshots.emplace_back(last, venue);
            if (!snapshots.empty() && dice() % 5 == 0) {
                take_snapshot(snapshots.front().first, snapshots.front().second);
                snapshots.erase(snapshots.begin());
            }
            if (sync.state() == BookState::Synced) {
                // Once good, it is the venue's book as of the last change heard.
                if (sync.last() == last) {
                    ASSERT_EQ(ours, venue);
                }
            }
        }
        take_snapshot(last, venue);
        ASSERT_EQ(sync.state(), BookState::Synced);
        ASSERT_EQ(ours, venue);
    }
}

}  // namespace
}  // namespace ringside::connectord
