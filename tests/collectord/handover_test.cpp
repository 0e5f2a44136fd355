#include "core/net/handover.hpp"

#include <cstdint>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace ringside::collectord {
namespace {

TEST(Handover, RecordsEachMessageOnceWhicheverConnectionIsAhead) {
    for (std::uint64_t seed = 0; seed < 2000; ++seed) {
        SCOPED_TRACE(seed);
        std::mt19937_64 dice(seed);
        net::Handover handover;
        std::vector<std::int64_t> recorded;
        // The new connection begins somewhere; both go on to the end, at their own pace.
        constexpr std::int64_t kLast = 40;
        std::int64_t old_next = 1;
        std::int64_t new_next = 2 + static_cast<std::int64_t>(dice() % 30);
        while (old_next <= kLast || new_next <= kLast) {
            const bool is_old = new_next > kLast || (old_next <= kLast && dice() % 2 == 0);
            std::int64_t& id = is_old ? old_next : new_next;
            if (handover.admits(is_old ? 1 : 2, id, true, true)) recorded.push_back(id);
            ++id;
        }
        std::vector<std::int64_t> all;
        for (std::int64_t id = recorded.front(); id <= kLast; ++id) all.push_back(id);
        EXPECT_EQ(recorded, all);
        EXPECT_NE(handover.owner(), 0U);
    }
}

TEST(Handover, GoesOnWithTheNewConnectionWhenTheOldOneIsGone) {
    net::Handover handover;
    EXPECT_TRUE(handover.admits(1, 10, false, false));
    EXPECT_TRUE(handover.admits(1, 11, true, true));
    EXPECT_FALSE(handover.admits(2, 11, false, true));  // it overlapped, and lags
    EXPECT_TRUE(handover.admits(2, 12, true, true));
    // Ids may begin anew on a connection that did not overlap.
    EXPECT_TRUE(handover.admits(3, 5, false, false));
    EXPECT_TRUE(handover.admits(3, 6, true, true));
}

}  // namespace
}  // namespace ringside::collectord
