#include "connectord/account_watch.hpp"

#include <array>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

namespace ringside::connectord {
namespace {

constexpr double kStale = std::numeric_limits<double>::quiet_NaN();
constexpr Nanos kBegin = 1000 * kSecond;

/// One instrument of 0.5 a tick and 0.1 a lot.
class Watch : public ::testing::Test {
  protected:
    AccountWatch make(const KillLimits& limits) const {
        return AccountWatch(std::vector<Instrument>{{.symbol = "A", .grid = {0.5, 0.1}}}, limits);
    }
    KillReason look(AccountWatch& watch, Nanos now, std::size_t unknown = 0) {
        return watch.look(std::array{sight_}, unknown, now).reason;
    }
    AssetSight sight_{.mid = 100.0};
};

TEST_F(Watch, IsOffUnlessALimitIsSet) {
    AccountWatch watch = make({});
    EXPECT_FALSE(watch.is_on());
    sight_ = {.mid = kStale, .open_orders = 5, .balance = -1e9, .drift = 7};
    watch.on_answer(kSecond * 100);
    for (int i = 0; i < 100; ++i) watch.on_reject(kBegin);
    EXPECT_EQ(look(watch, kBegin, 3), KillReason::None);
    EXPECT_EQ(look(watch, kBegin + 1000 * kSecond, 3), KillReason::None);
}

TEST_F(Watch, CountsRejectsWithinItsWindowOnly) {
    AccountWatch watch = make({.rejects = 3, .rejects_within = 10 * kSecond});
    watch.on_reject(kBegin);
    watch.on_reject(kBegin + 6 * kSecond);
    EXPECT_EQ(look(watch, kBegin + 6 * kSecond), KillReason::None);
    watch.on_reject(kBegin + 11 * kSecond);
    EXPECT_EQ(look(watch, kBegin + 11 * kSecond), KillReason::None);
    watch.on_reject(kBegin + 15 * kSecond);
    EXPECT_EQ(look(watch, kBegin + 15 * kSecond), KillReason::Rejects);
    watch.reset();
    EXPECT_EQ(look(watch, kBegin + 15 * kSecond), KillReason::None);
}

TEST_F(Watch, CountsFundingAsGainAndLoss) {
    AccountWatch watch = make({.loss = 50.0, .drawdown = 60.0});
    sight_.position = 100;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    watch.on_funding(-49.0);
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_DOUBLE_EQ(watch.gain(), -49.0);
    watch.on_funding(-2.0);
    EXPECT_EQ(look(watch, kBegin), KillReason::Loss);
    watch.reset();
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_EQ(watch.gain(), 0.0);
    watch.on_funding(61.0);
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    watch.on_funding(-60.5);
    EXPECT_EQ(look(watch, kBegin), KillReason::Drawdown);
}

TEST_F(Watch, CountsALossFromThePositionThatWasThere) {
    AccountWatch watch = make({.loss = 50.0});
    sight_.position = 100;  // 10.0, worth 1000
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_EQ(watch.gain(), 0.0);
    sight_.mid = 95.5;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_DOUBLE_EQ(watch.gain(), -45.0);
    // Half of it is sold at the price: only the fee is lost.
    sight_.position = 50;
    sight_.balance = 5.0 * 95.5;
    sight_.fee = 4.0;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_DOUBLE_EQ(watch.gain(), -49.0);
    sight_.mid = 95.0;
    EXPECT_EQ(look(watch, kBegin), KillReason::Loss);
    watch.reset();
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_EQ(watch.gain(), 0.0);
}

TEST_F(Watch, CountsADrawdownFromTheBest) {
    AccountWatch watch = make({.drawdown = 20.0});
    sight_.position = 100;
    look(watch, kBegin);
    sight_.mid = 110.0;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    sight_.mid = 108.0;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    sight_.mid = 107.5;
    EXPECT_EQ(look(watch, kBegin), KillReason::Drawdown);
}

TEST_F(Watch, TakesSomebodyElsesTradingForNoGain) {
    AccountWatch watch = make({.loss = 50.0});
    look(watch, kBegin);
    watch.on_accepted(0, -100);
    sight_.position = -100;
    look(watch, kBegin);
    EXPECT_DOUBLE_EQ(watch.gain(), 0.0);
    sight_.mid = 106.0;
    EXPECT_EQ(look(watch, kBegin), KillReason::Loss);
}

TEST_F(Watch, LetsABookBeStaleWhileNoOrderIsOpen) {
    AccountWatch watch = make({.stale_book = 5 * kSecond});
    sight_.mid = kStale;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    EXPECT_EQ(look(watch, kBegin + 60 * kSecond), KillReason::None);
    sight_.open_orders = 1;
    EXPECT_EQ(look(watch, kBegin + 60 * kSecond), KillReason::None);
    EXPECT_EQ(look(watch, kBegin + 64 * kSecond), KillReason::None);
    EXPECT_EQ(look(watch, kBegin + 65 * kSecond), KillReason::StaleBook);
    sight_.mid = 100.0;
    EXPECT_EQ(look(watch, kBegin + 66 * kSecond), KillReason::None);
}

TEST_F(Watch, WaitsForAMismatchToLast) {
    AccountWatch watch = make({.mismatch = 5 * kSecond});
    sight_.drift = 2;
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    sight_.drift = 0;
    EXPECT_EQ(look(watch, kBegin + 4 * kSecond), KillReason::None);
    EXPECT_EQ(look(watch, kBegin + 5 * kSecond, 1), KillReason::None);
    sight_.drift = 2;
    EXPECT_EQ(look(watch, kBegin + 10 * kSecond), KillReason::Mismatch);
}

TEST_F(Watch, CountsSlowAnswersInARow) {
    AccountWatch watch = make({.answer_latency = 100 * kMillisecond, .slow_answers = 3});
    watch.on_answer(200 * kMillisecond);
    watch.on_answer(200 * kMillisecond);
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    watch.on_answer(kMillisecond);
    watch.on_answer(200 * kMillisecond);
    watch.on_unanswered(1);
    EXPECT_EQ(look(watch, kBegin), KillReason::None);
    watch.on_unanswered(2);
    EXPECT_EQ(look(watch, kBegin), KillReason::SlowAnswers);
}

}  // namespace
}  // namespace ringside::connectord
