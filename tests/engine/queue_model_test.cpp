#include "engine/queue_model.hpp"

#include <random>
#include <string>

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

constexpr bool kCompat = true;

TEST(RiskAdverseQueue, AdvancesByTradesAndNeverBehindTheDisplayedQuantity) {
    const RiskAdverseQueue queue;
    QueueState s;
    queue.rest(s, 5.0);
    queue.trade(s, 3.0);
    EXPECT_EQ(s.ahead, 2.0);
    EXPECT_EQ(queue.executable(s, 1.0), 0);
    queue.depth(s, 5.0, 4.0);  // what left stood behind
    EXPECT_EQ(s.ahead, 2.0);
    queue.depth(s, 4.0, 1.0);  // no more than what is displayed can be ahead
    EXPECT_EQ(s.ahead, 1.0);
}

TEST(RiskAdverseQueue, ExecutesFromHalfALotPastTheFront) {
    const RiskAdverseQueue queue;
    QueueState s;
    queue.rest(s, 1.0);
    queue.trade(s, 1.25);
    EXPECT_EQ(queue.executable(s, 1.0), 0);  // a quarter lot past: kept, not lost
    EXPECT_EQ(s.ahead, -0.25);
    queue.trade(s, 0.25);
    EXPECT_EQ(queue.executable(s, 1.0), 1);  // halves round away from zero
    EXPECT_EQ(s.ahead, 0.0);
    queue.trade(s, 2.5);
    EXPECT_EQ(queue.executable(s, 1.0), 3);
    EXPECT_EQ(queue.executable(s, 1.0), 0);
}

/// Quantity ahead after a level of 10 with 4 in front of the order shrinks to 7 without a trade.
template <typename Probability>
double ahead_after_cancels(const Probability& probability) {
    const ProbabilityQueue<Probability> queue{probability};
    QueueState s;
    queue.rest(s, 4.0);
    queue.depth(s, 10.0, 7.0);
    return s.ahead;
}

// front 4, behind 6, cancelled 3: ahead = 4 - (1 - p) * 3 with p the share that stood behind.
TEST(ProbabilityQueue, SharesCancelledQuantityByPowerOfEitherSide) {
    EXPECT_NEAR(ahead_after_cancels(PowerProbability{2.0}), 4 - 3 * 16.0 / 52, 1e-14);
    EXPECT_NEAR(ahead_after_cancels(PowerProbability{1.0}), 4 - 3 * 0.4, 1e-14);
}

TEST(ProbabilityQueue, SharesCancelledQuantityByPowerOfTheWhole) {
    EXPECT_NEAR(ahead_after_cancels(PowerProbability2{2.0}), 4 - 3 * 0.64, 1e-14);
}

TEST(ProbabilityQueue, SharesCancelledQuantityByPowerOfTheFront) {
    EXPECT_NEAR(ahead_after_cancels(PowerProbability3{2.0}), 4 - 3 * 0.16, 1e-14);
}

TEST(ProbabilityQueue, SharesCancelledQuantityByLogarithms) {
    const double ln5 = 1.6094379124341003, ln7 = 1.9459101490553132, ln11 = 2.3978952727983707;
    EXPECT_NEAR(ahead_after_cancels(LogProbability{}), 4 - 3 * ln5 / (ln5 + ln7), 1e-14);
    EXPECT_NEAR(ahead_after_cancels(LogProbability2{}), 4 - 3 * (1 - ln7 / ln11), 1e-14);
}

TEST(ProbabilityQueue, CountsTradesOnceWhenTheDepthUpdateFollows) {
    const ProbabilityQueue queue{PowerProbability{1.0}};
    QueueState s;
    queue.rest(s, 4.0);
    queue.trade(s, 1.0);
    queue.depth(s, 10.0, 9.0);  // all of the decrease was the trade
    EXPECT_EQ(s.ahead, 3.0);
    queue.depth(s, 9.0, 7.0);  // cancelled 2; front 3, behind 6
    EXPECT_NEAR(s.ahead, 3 - 2.0 / 3, 1e-14);
}

TEST(ProbabilityQueue, StaysPutWhenTheLevelGrowsAndShrinksWithIt) {
    const ProbabilityQueue queue{PowerProbability{2.0}};
    QueueState s;
    queue.rest(s, 4.0);
    queue.depth(s, 4.0, 20.0);
    EXPECT_EQ(s.ahead, 4.0);
    queue.trade(s, 1.0);
    queue.depth(s, 20.0, 2.0);  // cancelled 17; front 3, behind 17: p = 289 / 298
    // 17 * p = 16.4866 is under what stood behind, so no carry: 3 - 17 * 9 / 298.
    EXPECT_EQ(s.ahead, 2.0);  // and 2.4866 is more than the 2 displayed
    queue.depth(s, 2.0, 0.0);
    EXPECT_EQ(s.ahead, 0.0);
}

TEST(ProbabilityQueue, TakesFromTheFrontWhatTheBackDoesNotHold) {
    // front 9, behind 1, cancelled 8, p = 1 - (9/10)^4 = 0.3439: the back's share 2.7512 exceeds
    // the 1 there, so 1.7512 more leave the front: 9 - 5.2488 - 1.7512 = 2.
    const ProbabilityQueue queue{PowerProbability3{4.0}};
    QueueState s;
    queue.rest(s, 9.0);
    queue.depth(s, 10.0, 2.0);
    EXPECT_NEAR(s.ahead, 2.0, 1e-14);
}

// An order with less than half a lot "ahead" of its front keeps that remainder; a fractional power
// of it is no number.
TEST(ProbabilityQueue, SendsAnOrderToTheBackOnAPowerOfANegativeInCompatOnly) {
    const ProbabilityQueue compat{PowerProbability{2.5}, kCompat};
    QueueState s{-0.25, 0.0};
    compat.depth(s, 3.0, 1.0);
    EXPECT_EQ(s.ahead, 1.0);
    const ProbabilityQueue strict{PowerProbability{2.5}};
    s = {-0.25, 0.0};
    strict.depth(s, 3.0, 1.0);  // nothing in front: everything cancelled stood behind
    EXPECT_EQ(s.ahead, -0.25);
}

TEST(ProbabilityQueue, LeavesTheUnitIntervalInCompatOnly) {
    // f = -0.25, b = 3.25, n = 3: p = 34.328125 / (34.328125 - 0.015625) = 1.00045537...
    const double p = 34.328125 / 34.3125;
    QueueState s{-0.25, 0.0};
    ProbabilityQueue{PowerProbability{3.0}, kCompat}.depth(s, 3.0, 1.0);
    EXPECT_NEAR(s.ahead, -0.25 + (p - 1) * 2, 1e-14);
    s = {-0.25, 0.0};
    ProbabilityQueue{PowerProbability{3.0}}.depth(s, 3.0, 1.0);
    EXPECT_EQ(s.ahead, -0.25);
}

/// Result of an update of an empty level with `front` ahead: front + behind is 0, nothing is
/// cancelled, so only the special values decide.
template <typename Probability>
double ahead_on_an_empty_level(const Probability& probability, double front, bool unbounded) {
    QueueState s{front, 0.0};
    ProbabilityQueue<Probability>{probability, unbounded}.depth(s, 0.0, 0.0);
    return s.ahead;
}

TEST(ProbabilityQueue, TakesAnInfiniteProbabilityForOne) {
    // 0.25 / 0 is infinite: taken as 1, it leaves -0.25 in place; as it is, it would give no number
    // and the back of the queue, 0.
    EXPECT_EQ(ahead_on_an_empty_level(PowerProbability{1.0}, -0.25, kCompat), -0.25);
    EXPECT_EQ(ahead_on_an_empty_level(PowerProbability2{1.0}, -0.25, kCompat), -0.25);
    EXPECT_EQ(ahead_on_an_empty_level(PowerProbability3{1.0}, -0.25, kCompat), -0.25);
    EXPECT_EQ(ahead_on_an_empty_level(LogProbability2{}, -0.25, kCompat), -0.25);
}

TEST(ProbabilityQueue, TakesNoNumberForTheBackInCompat) {
    // ln(1 + 0.25) / (ln 1.25 + ln 0.75) is finite; 0 / 0 is not a number for any model, and so
    // is the logarithm of a negative.
    EXPECT_EQ(ahead_on_an_empty_level(PowerProbability{2.0}, 0.0, kCompat), 0.0);
    QueueState s{-1.5, 0.0};
    ProbabilityQueue{LogProbability{}, kCompat}.depth(s, 1.0, 1.0);
    EXPECT_EQ(s.ahead, 1.0);
    s = {-1.5, 0.0};
    ProbabilityQueue{LogProbability{}}.depth(s, 1.0, 1.0);
    EXPECT_EQ(s.ahead, -1.5);
}

TEST(ProbabilityQueue, LeavesAllOfTheFrontWhenNothingStandsBehind) {
    // f > 0, b = 0: p = 0, everything cancelled stood in front.
    QueueState s{5.0, 0.0};
    ProbabilityQueue{PowerProbability{2.0}}.depth(s, 5.0, 3.0);
    EXPECT_EQ(s.ahead, 3.0);
}

template <typename Probability>
void expect_no_step_back(const Probability& probability, std::uint64_t seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto quantity = [&] { return static_cast<double>(random() % 2000) / 100.0; };
    const ProbabilityQueue<Probability> queue{probability};
    for (int run = 0; run < 2000; ++run) {
        QueueState s;
        double level = quantity();
        queue.rest(s, level);
        for (int step = 0; step < 30; ++step) {
            const double before = s.ahead;
            if (random() % 3 == 0) {
                queue.trade(s, quantity() / 4);
                if (queue.executable(s, 1.0) > 0) break;
            } else {
                const double next = random() % 5 == 0 ? 0.0 : quantity();
                queue.depth(s, level, next);
                level = next;
            }
            ASSERT_LE(s.ahead, before) << "run " << run << ", step " << step;
            ASSERT_FALSE(std::isnan(s.ahead));
        }
    }
}

TEST(ProbabilityQueue, NeverMovesAnOrderBackInStrict) {
    expect_no_step_back(PowerProbability{2.0}, 1);
    expect_no_step_back(PowerProbability{2.5}, 2);
    expect_no_step_back(PowerProbability2{2.5}, 3);
    expect_no_step_back(PowerProbability3{0.7}, 4);
    expect_no_step_back(LogProbability{}, 5);
    expect_no_step_back(LogProbability2{}, 6);
}

}  // namespace
}  // namespace ringside::engine
