#include "core/book/market_orders.hpp"

#include <map>
#include <random>

#include <gtest/gtest.h>

namespace ringside {
namespace {

struct Known {
    Side side = Side::Unset;
    std::uint64_t place = 0;
};

void expect_same(const MarketOrders& orders, const std::map<std::uint64_t, Known>& known,
                 std::uint64_t ids) {
    for (std::uint64_t id = 0; id < ids; ++id) {
        const MarketOrder* const order = orders.find(id);
        const auto it = known.find(id);
        ASSERT_EQ(order != nullptr, it != known.end()) << id;
        if (order == nullptr) continue;
        ASSERT_EQ(order->id, id);
        ASSERT_EQ(order->side(), it->second.side) << id;
        ASSERT_EQ(order->place(), it->second.place) << id;
    }
}

TEST(MarketOrders, AreFoundByTheirIdsWhateverCameAndWent) {
    constexpr std::uint64_t kIds = 6'000;
    std::mt19937_64 random(1);
    MarketOrders orders;
    std::map<std::uint64_t, Known> known;
    for (std::uint64_t place = 1; place <= 200'000; ++place) {
        const std::uint64_t id = random() % kIds;
        // The book grows and shrinks by turns.
        const bool grows = place / 20'000 % 2 == 0;
        if (random() % 8 < (grows ? 6 : 2)) {
            const Side side = random() % 2 == 0 ? Side::Buy : Side::Sell;
            const bool added = orders.add(id, side, place) != nullptr;
            ASSERT_EQ(added, known.try_emplace(id, Known{side, place}).second);
        } else if (MarketOrder* const order = orders.find(id)) {
            orders.remove(order);
            ASSERT_EQ(known.erase(id), 1U);
        }
        if (place % 10'000 == 0) expect_same(orders, known, kIds);
    }
}

TEST(MarketOrders, AreFoundWhenTheirIdsAreMultiplesOfALargeNumber) {
    MarketOrders orders;
    for (std::uint64_t i = 0; i < 5'000; ++i) orders.add(i << 32, Side::Buy, i + 1);
    for (std::uint64_t i = 0; i < 5'000; ++i) ASSERT_EQ(orders.find(i << 32)->place(), i + 1);
}

TEST(MarketOrders, OfOneSideGoTogether) {
    MarketOrders orders;
    std::map<std::uint64_t, Known> sells;
    for (std::uint64_t id = 0; id < 3'000; ++id) {
        const Side side = id % 3 == 0 ? Side::Sell : Side::Buy;
        orders.add(id, side, id + 1);
        if (side == Side::Sell) sells[id] = {side, id + 1};
    }
    orders.clear(Side::Buy);
    expect_same(orders, sells, 3'000);
    orders.clear();
    expect_same(orders, {}, 3'000);
    EXPECT_NE(orders.add(7, Side::Buy, 1), nullptr);
}

}  // namespace
}  // namespace ringside
