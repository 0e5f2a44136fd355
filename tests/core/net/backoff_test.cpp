#include "core/net/backoff.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace ringside::net {
namespace {

constexpr Backoff::Options kOptions{.first = 100, .most = 1500};

TEST(Backoff, DoublesFromTheFirstWaitToTheLongest) {
    Backoff backoff(kOptions, 7);
    for (const Nanos whole : {100, 200, 400, 800, 1500, 1500, 1500}) {
        const Nanos wait = backoff.next();
        EXPECT_GE(wait, whole / 2);
        EXPECT_LE(wait, whole);
    }
    backoff.reset();
    EXPECT_LE(backoff.next(), 100);
}

TEST(Backoff, GivesEqualWaitsForEqualSeedsAndOthersForOthers) {
    const auto waits = [](std::uint64_t seed) {
        Backoff backoff({.first = kSecond, .most = 30 * kSecond}, seed);
        std::vector<Nanos> list(20);
        for (Nanos& wait : list) wait = backoff.next();
        return list;
    };
    EXPECT_EQ(waits(1), waits(1));
    EXPECT_NE(waits(1), waits(2));
}

}  // namespace
}  // namespace ringside::net
