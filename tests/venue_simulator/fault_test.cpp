#include "tools/venue_simulator/fault.hpp"

#include <gtest/gtest.h>

#include "tools/venue_simulator/listen_keys.hpp"
#include "tools/venue_simulator/rate_limits.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {
namespace {

constexpr Nanos kMinute = 60 * kSecond;

int status_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Refusal& refusal) {
        return refusal.http_status();
    }
    return 200;
}

TEST(Faults, AreTheSameForTheSameSeed) {
    FaultMix mix;
    for (std::size_t i = 0; i < kFaultKinds; ++i) mix.kinds.push_back(static_cast<FaultKind>(i));
    const auto first = draw_faults(mix);
    const auto second = draw_faults(mix);
    ASSERT_EQ(first.size(), second.size());
    ASSERT_GT(first.size(), 3U);
    for (std::size_t i = 0; i < first.size(); ++i) {
        EXPECT_EQ(first[i].at, second[i].at);
        EXPECT_EQ(first[i].kind, second[i].kind);
        EXPECT_GE(first[i].at, mix.from);
        EXPECT_LT(first[i].at, mix.until);
    }
    mix.seed = 2;
    EXPECT_NE(draw_faults(mix).front().at, first.front().at);
}

TEST(Faults, BeginAndEndAtTheirTimes) {
    std::vector<std::string> story;
    Faults faults({{.kind = FaultKind::Slow, .at = 2 * kSecond, .lasts = kSecond},
                   {.kind = FaultKind::Disconnect, .at = kSecond}},
                  1,
                  {.on_begin = [&](const Fault& fault) { story.emplace_back(name_of(fault.kind)); },
                   .on_end =
                       [&](const Fault& fault) {
                           story.emplace_back(std::string("end of ") + name_of(fault.kind));
                       }});
    const Nanos opened = 100 * kSecond;
    EXPECT_EQ(faults.next_wall(opened), opened + kSecond);
    faults.run(opened + kSecond, opened);
    EXPECT_TRUE(faults.is_calm());
    faults.run(opened + 2 * kSecond, opened);
    EXPECT_TRUE(faults.is_active(FaultKind::Slow, kRest));
    EXPECT_NE(faults.strikes(FaultKind::Slow, kRest), nullptr);
    EXPECT_NE(faults.strikes(FaultKind::Slow, kMarket), nullptr);
    EXPECT_EQ(faults.strikes(FaultKind::Gap, kMarket), nullptr);
    EXPECT_EQ(faults.next_wall(opened), opened + 3 * kSecond);
    faults.run(opened + 3 * kSecond, opened);
    EXPECT_TRUE(faults.is_calm());
    EXPECT_EQ(story, (std::vector<std::string>{"disconnect", "slow", "end of slow"}));
    EXPECT_EQ(faults.struck(FaultKind::Slow), 2U);
}

TEST(Faults, StrikeTheirTargetAsOftenAsTheyMay) {
    Faults faults({}, 1, {});
    faults.begin({.kind = FaultKind::Gap, .targets = kMarket, .times = 2}, 0);
    EXPECT_EQ(faults.strikes(FaultKind::Gap, kUser), nullptr);
    EXPECT_NE(faults.strikes(FaultKind::Gap, kMarket), nullptr);
    EXPECT_NE(faults.strikes(FaultKind::Gap, kMarket), nullptr);
    EXPECT_EQ(faults.strikes(FaultKind::Gap, kMarket), nullptr);
    EXPECT_TRUE(faults.is_calm());
    faults.begin({.kind = FaultKind::Drop, .lasts = kSecond, .probability = 0.25}, 0);
    int struck = 0;
    for (int i = 0; i < 4000; ++i) struck += faults.strikes(FaultKind::Drop, kUser) ? 1 : 0;
    EXPECT_NEAR(struck, 1000, 120);
    faults.calm();
    EXPECT_TRUE(faults.is_calm());
}

TEST(Faults, HaveNames) {
    for (std::size_t i = 0; i < kFaultKinds; ++i) {
        FaultKind kind{};
        ASSERT_TRUE(read_fault_kind(name_of(static_cast<FaultKind>(i)), kind));
        EXPECT_EQ(kind, static_cast<FaultKind>(i));
    }
    FaultKind kind{};
    EXPECT_FALSE(read_fault_kind("nothing", kind));
}

TEST(RateLimits, RefuseBeyondTheWeightOfAMinuteAndThenBan) {
    RateLimits limits({.weight_per_minute = 10, .refusals_before_ban = 2, .ban = 90 * kSecond}, 1);
    const Nanos now = 1000 * kMinute + 15 * kSecond;
    const auto ask = [&](Nanos at) { return status_of([&] { limits.take_weight(5, at); }); };
    EXPECT_EQ(ask(now), 200);
    EXPECT_EQ(ask(now), 200);
    EXPECT_EQ(limits.used_weight(now), 10);
    EXPECT_EQ(ask(now), 429);
    EXPECT_EQ(limits.retry_after(now), 45);
    EXPECT_EQ(ask(now + 45 * kSecond), 200);
    EXPECT_EQ(limits.used_weight(now + 45 * kSecond), 5);
    EXPECT_EQ(ask(now + 46 * kSecond), 200);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(now + 47 * kSecond), 429);
    EXPECT_EQ(ask(now + 48 * kSecond), 418);
    EXPECT_EQ(limits.retry_after(now + 48 * kSecond), 89);
    EXPECT_EQ(ask(now + 137 * kSecond), 200);
}

TEST(RateLimits, CountOrdersOfEachAccount) {
    RateLimits limits({.orders_per_10s = 3, .orders_per_minute = 4}, 2);
    const Nanos now = 1000 * kMinute;
    const auto order = [&](std::size_t account, Nanos at) {
        return status_of([&] { limits.take_order(account, 1, 1, at); });
    };
    for (int i = 0; i < 3; ++i) EXPECT_EQ(order(0, now), 200);
    EXPECT_EQ(order(0, now), 429);
    EXPECT_EQ(order(1, now), 200);
    EXPECT_EQ(order(0, now + 10 * kSecond), 200);
    EXPECT_EQ(order(0, now + 20 * kSecond), 429);
    EXPECT_EQ(limits.orders_minute(0, now + 20 * kSecond), 4);
    EXPECT_EQ(order(0, now + kMinute), 200);
}

TEST(ListenKeys, LastAnHourFromTheirRenewal) {
    ListenKeys keys(1, 3600 * kSecond);
    const std::string key = keys.start(0, 0);
    EXPECT_EQ(key.size(), 64U);
    EXPECT_EQ(keys.start(0, kSecond), key);
    EXPECT_THROW(keys.renew(1, 0), Refusal);
    keys.renew(0, 1000 * kSecond);
    EXPECT_TRUE(keys.take_expired(4599 * kSecond).empty());
    const auto expired = keys.take_expired(4600 * kSecond);
    ASSERT_EQ(expired.size(), 1U);
    EXPECT_EQ(expired.front().second, key);
    EXPECT_NE(keys.start(0, 0), key);
}

}  // namespace
}  // namespace ringside::venue_simulator
