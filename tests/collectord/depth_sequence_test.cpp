#include "collectord/depth_sequence.hpp"

#include <gtest/gtest.h>

namespace ringside::collectord {
namespace {

using Step = DepthSequence::Step;

TEST(DepthSequence, FollowsFuturesByTheLastIdOfTheChangeBefore) {
    DepthSequence sequence(Sequence::PreviousLast);
    EXPECT_EQ(sequence.next({.first = 107, .last = 110, .previous_last = 100}), Step::Begins);
    EXPECT_EQ(sequence.next({.first = 150, .last = 155, .previous_last = 110}), Step::Follows);
    EXPECT_EQ(sequence.next({.first = 170, .last = 175, .previous_last = 160}), Step::Gap);
    EXPECT_EQ(sequence.next({.first = 176, .last = 180, .previous_last = 175}), Step::Follows);
}

TEST(DepthSequence, FollowsSpotByConsecutiveIds) {
    DepthSequence sequence(Sequence::NextFirst);
    EXPECT_EQ(sequence.next({.first = 101, .last = 110}), Step::Begins);
    EXPECT_EQ(sequence.next({.first = 111, .last = 111}), Step::Follows);
    EXPECT_EQ(sequence.next({.first = 113, .last = 120}), Step::Gap);
}

TEST(DepthSequence, NeedsASnapshotThatReachesTheUnbrokenRun) {
    DepthSequence futures(Sequence::PreviousLast);
    futures.next({.first = 107, .last = 110, .previous_last = 100});
    futures.next({.first = 150, .last = 155, .previous_last = 110});
    EXPECT_FALSE(futures.is_joined_by(99));
    EXPECT_TRUE(futures.is_joined_by(100));  // the first change continues it
    EXPECT_TRUE(futures.is_joined_by(200));
    futures.next({.first = 170, .last = 175, .previous_last = 160});
    EXPECT_FALSE(futures.is_joined_by(159));
    EXPECT_TRUE(futures.is_joined_by(160));

    DepthSequence spot(Sequence::NextFirst);
    spot.next({.first = 101, .last = 110});
    EXPECT_FALSE(spot.is_joined_by(99));
    EXPECT_TRUE(spot.is_joined_by(100));
}

}  // namespace
}  // namespace ringside::collectord
