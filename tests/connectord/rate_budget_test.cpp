#include "connectord/rate_budget.hpp"

#include <array>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace ringside::connectord {
namespace {

constexpr Nanos kT0 = 1'000'000 * 60 * kSecond;
constexpr RateCost kCancel{1, 0};
constexpr RateCost kSubmit{0, 1};
constexpr RateCost kQuery{5, 0};
const std::array kLimits{RateLimit{100, 60 * kSecond}, RateLimit{20, 10 * kSecond}};

TEST(RateBudget, LeavesCancelsTheirReserve) {
    RateBudget budget(kLimits, {.query_share = 0.5, .submit_share = 0.9});
    int queries = 0;
    while (budget.try_take(Purpose::Query, kQuery, kT0)) ++queries;
    EXPECT_EQ(queries, 10);
    int cancels = 0;
    while (budget.try_take(Purpose::Cancel, kCancel, kT0)) ++cancels;
    EXPECT_EQ(cancels, 50);
    EXPECT_EQ(budget.used(0, kT0), 100U);
}

TEST(RateBudget, RefusesWithoutCountingAndSaysWhenThereIsRoom) {
    RateBudget budget(kLimits, {});
    for (int i = 0; i < 18; ++i) EXPECT_TRUE(budget.try_take(Purpose::Submit, kSubmit, kT0));
    EXPECT_FALSE(budget.try_take(Purpose::Submit, kSubmit, kT0));
    EXPECT_EQ(budget.used(1, kT0), 18U);
    const Nanos free = budget.free_at(Purpose::Submit, kSubmit, kT0);
    EXPECT_EQ(free, kT0 + 10 * kSecond);
    EXPECT_FALSE(budget.try_take(Purpose::Submit, kSubmit, free - 1));
    EXPECT_TRUE(budget.try_take(Purpose::Submit, kSubmit, free));
    EXPECT_EQ(budget.free_at(Purpose::Submit, {0, 21}, kT0), kNever);
}

TEST(RateBudget, AFullLimitStopsOnlyWhatCountsAgainstIt) {
    RateBudget budget(kLimits, {});
    while (budget.try_take(Purpose::Submit, kSubmit, kT0)) {
    }
    EXPECT_TRUE(budget.try_take(Purpose::Cancel, kCancel, kT0));
    EXPECT_TRUE(budget.try_take(Purpose::Query, kQuery, kT0));
}

TEST(RateBudget, BelievesTheVenueWhereItCountsMore) {
    RateBudget budget(kLimits, {});
    EXPECT_TRUE(budget.try_take(Purpose::Query, kQuery, kT0));
    budget.on_used(0, 3, kT0);  // without what is still on its way
    EXPECT_EQ(budget.used(0, kT0), 5U);
    budget.on_used(0, 99, kT0);  // others use the same address
    EXPECT_FALSE(budget.try_take(Purpose::Query, kQuery, kT0));
    EXPECT_TRUE(budget.try_take(Purpose::Cancel, kCancel, kT0));
    EXPECT_FALSE(budget.try_take(Purpose::Cancel, kCancel, kT0));
    EXPECT_TRUE(budget.try_take(Purpose::Query, kQuery, kT0 + 60 * kSecond));
    budget.on_used(7, 99, kT0);  // a limit that we do not have
}

TEST(RateBudget, RollsOverWhenTheVenuesClockDoes) {
    RateBudget budget(kLimits, {});
    budget.set_clock_offset(4 * kSecond);
    while (budget.try_take(Purpose::Submit, kSubmit, kT0)) {
    }
    EXPECT_EQ(budget.free_at(Purpose::Submit, kSubmit, kT0), kT0 + 6 * kSecond);
    EXPECT_TRUE(budget.try_take(Purpose::Submit, kSubmit, kT0 + 6 * kSecond));
}

TEST(RateBudget, SendsNothingWhileTheVenueSaysStop) {
    RateBudget budget(kLimits, {.default_pause = 7 * kSecond});
    budget.on_limited(30 * kSecond, kT0);
    budget.on_limited(0, kT0);  // does not shorten the pause
    EXPECT_FALSE(budget.try_take(Purpose::Cancel, kCancel, kT0 + 30 * kSecond - 1));
    EXPECT_EQ(budget.free_at(Purpose::Cancel, kCancel, kT0), kT0 + 30 * kSecond);
    EXPECT_TRUE(budget.try_take(Purpose::Cancel, kCancel, kT0 + 30 * kSecond));
    budget.on_limited(0, kT0 + 60 * kSecond);
    EXPECT_EQ(budget.paused_until(), kT0 + 67 * kSecond);
}

TEST(RateBudget, TakesALimitThatTheVenueChanged) {
    RateBudget budget(kLimits, {});
    budget.set_limit(1, 10);
    int submits = 0;
    while (budget.try_take(Purpose::Submit, kSubmit, kT0)) ++submits;
    EXPECT_EQ(submits, 9);
}

TEST(RateBudget, RefusesLimitsAndSharesThatMakeNoSense) {
    const std::array none{RateLimit{0, kSecond}};
    EXPECT_THROW(RateBudget(none, {}), Error);
    EXPECT_THROW(RateBudget(kLimits, {.query_share = 0.95, .submit_share = 0.9}), Error);
    EXPECT_THROW(RateBudget(kLimits, {.query_share = 0.5, .submit_share = 1.1}), Error);
}

}  // namespace
}  // namespace ringside::connectord
