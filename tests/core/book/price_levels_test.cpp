#include "core/book/price_levels.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace ringside {
namespace {

Ticks map_below(const std::map<Ticks, double>& levels, Ticks below, Ticks from) {
    auto it = levels.lower_bound(below);
    if (it == levels.begin()) return kNoBid;
    --it;
    return it->first >= from ? it->first : kNoBid;
}

Ticks map_above(const std::map<Ticks, double>& levels, Ticks above, Ticks to) {
    const auto it = levels.upper_bound(above);
    return it != levels.end() && it->first <= to ? it->first : kNoAsk;
}

/// Sets and removes levels around a centre that wanders at `speed` and asks for neighbours, on
/// PriceLevels and on a map.
void compare_with_map(std::uint64_t seed, std::int64_t reach, std::int64_t speed, int operations) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const auto between = [&](std::int64_t low, std::int64_t high) {
        return low +
               static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(high - low + 1));
    };
    PriceLevels levels;
    std::map<Ticks, double> map;
    Ticks centre = between(-1'000'000'000, 1'000'000'000);
    for (int i = 0; i < operations; ++i) {
        centre += between(-speed, speed);
        const Ticks tick = centre + between(-reach, reach);
        const double qty = random() % 3 == 0 ? 0.0 : static_cast<double>(between(1, 1000));
        const auto it = map.find(tick);
        ASSERT_EQ(levels.set(tick, qty), it == map.end() ? 0.0 : it->second);
        if (qty > 0.0)
            map[tick] = qty;
        else if (it != map.end())
            map.erase(it);
        levels.follow(centre);

        const Ticks at = centre + between(-2 * reach, 2 * reach);
        const Ticks bound = random() % 4 == 0 ? (random() % 2 == 0 ? kNoBid : kNoAsk)
                                              : centre + between(-2 * reach, 2 * reach);
        const auto found = map.find(at);
        ASSERT_EQ(levels.qty(at), found == map.end() ? 0.0 : found->second);
        ASSERT_EQ(levels.find_below(at, bound), map_below(map, at, bound)) << at << ' ' << bound;
        ASSERT_EQ(levels.find_above(at, bound), map_above(map, at, bound)) << at << ' ' << bound;
        if (random() % 50'000 == 0) {
            levels.clear();
            map.clear();
        }
        // What the centre has left behind goes, as on a real book; a little stays.
        while (map.size() > 4000) {
            const auto oldest = random() % 2 == 0 ? map.begin() : std::prev(map.end());
            levels.set(oldest->first, 0.0);
            map.erase(oldest);
        }
    }
    for (const auto& [tick, qty] : map) ASSERT_EQ(levels.qty(tick), qty);
}

TEST(PriceLevels, AreAMapWhileTheTouchStaysInTheWindow) { compare_with_map(1, 500, 1, 300'000); }

TEST(PriceLevels, AreAMapWhileTheWindowGrows) { compare_with_map(2, 60'000, 3, 300'000); }

TEST(PriceLevels, AreAMapWhileTheWindowMoves) { compare_with_map(3, 2'000, 200, 300'000); }

TEST(PriceLevels, AreAMapWhenLevelsLieBeyondTheLargestWindow) {
    compare_with_map(4, 3'000'000, 10'000, 200'000);
}

TEST(PriceLevels, HoldLevelsAtTheEndsOfTheRange) {
    PriceLevels levels;
    EXPECT_EQ(levels.set(kNoAsk - 1, 3.0), 0.0);
    EXPECT_EQ(levels.set(kNoBid + 1, 4.0), 0.0);
    EXPECT_EQ(levels.qty(kNoAsk - 1), 3.0);
    EXPECT_EQ(levels.find_below(kNoAsk, kNoBid), kNoAsk - 1);
    EXPECT_EQ(levels.find_above(kNoBid, kNoAsk), kNoBid + 1);
    EXPECT_EQ(levels.find_below(kNoAsk - 1, kNoBid), kNoBid + 1);
    EXPECT_EQ(levels.set(kNoAsk - 1, 0.0), 3.0);
    EXPECT_EQ(levels.find_above(0, kNoAsk), kNoAsk);
}

TEST(PriceLevels, FindNothingInAnEmptyRange) {
    PriceLevels levels;
    levels.set(10, 1.0);
    EXPECT_EQ(levels.find_below(10, 0), kNoBid);
    EXPECT_EQ(levels.find_below(11, 11), kNoBid);
    EXPECT_EQ(levels.find_below(11, 10), 10);
    EXPECT_EQ(levels.find_above(10, 20), kNoAsk);
    EXPECT_EQ(levels.find_above(9, 9), kNoAsk);
    EXPECT_EQ(levels.find_above(9, 10), 10);
}

}  // namespace
}  // namespace ringside
