#include "engine/own_orders.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

std::vector<OrderId> at_tick(OwnOrders& orders, Ticks tick) {
    std::vector<OrderId> ids;
    orders.side(Side::Buy).each_at(
        tick, [&](std::uint32_t slot) { ids.push_back(orders[slot].order_id); });
    return ids;
}

/// Takes out every order in [last, first] of one side and returns their ids as met.
template <Side kSide>
std::vector<OrderId> sweep(OwnOrders& orders, Ticks first, Ticks last) {
    std::vector<OrderId> ids;
    orders.side(kSide).sweep(first, last, [&](Ticks, std::uint32_t slot) {
        ids.push_back(orders[slot].order_id);
        orders.forget(slot);
        return true;
    });
    return ids;
}

VenueOrder order(OrderId id, Side side, Ticks tick) {
    return {.order_id = id, .price_ticks = tick, .side = side};
}

TEST(OwnOrders, AreMetInPriceThenArrivalOrder) {
    OwnOrders orders;
    orders.add(order(1, Side::Buy, 100));
    orders.add(order(2, Side::Buy, 101));
    orders.add(order(3, Side::Buy, 100));
    orders.add(order(4, Side::Buy, 99));
    EXPECT_EQ(at_tick(orders, 100), (std::vector<OrderId>{1, 3}));
    EXPECT_EQ(sweep<Side::Buy>(orders, 101, 100), (std::vector<OrderId>{2, 1, 3}));
    EXPECT_EQ(orders.size(), 1u);
    EXPECT_NE(orders.find(4), nullptr);

    orders.add(order(5, Side::Sell, 105));
    orders.add(order(6, Side::Sell, 104));
    orders.add(order(7, Side::Sell, 105));
    EXPECT_TRUE(orders.side(Side::Sell).reached_by(104));
    EXPECT_FALSE(orders.side(Side::Sell).reached_by(103));
    EXPECT_EQ(sweep<Side::Sell>(orders, 104, 105), (std::vector<OrderId>{6, 5, 7}));
}

TEST(OwnOrders, StayInPlaceWhenASweepPassesThemOver) {
    OwnOrders orders;
    for (OrderId id = 1; id <= 6; ++id) {
        orders.add(order(id, Side::Buy, 100 + static_cast<Ticks>(id % 3)));
    }
    // Odd ids fill: ranks 102: 2, 5; 101: 1, 4; 100: 3, 6.
    std::vector<OrderId> met;
    orders.side(Side::Buy).sweep(102, 100, [&](Ticks, std::uint32_t slot) {
        const OrderId id = orders[slot].order_id;
        met.push_back(id);
        if (id % 2 == 0) return false;
        orders.forget(slot);
        return true;
    });
    EXPECT_EQ(met, (std::vector<OrderId>{2, 5, 1, 4, 3, 6}));
    EXPECT_EQ(sweep<Side::Buy>(orders, 102, 100), (std::vector<OrderId>{2, 4, 6}));
    EXPECT_TRUE(orders.empty());
}

TEST(OwnOrders, AgreeWithASortedListUnderRandomUse) {
    const std::uint64_t seed = 11;
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    OwnOrders orders;
    // Sells by (tick, arrival).
    std::map<std::pair<Ticks, std::uint64_t>, OrderId> model;
    std::map<OrderId, std::pair<Ticks, std::uint64_t>> places;
    std::uint64_t arrival = 0;
    for (OrderId id = 1; id <= 100'000; ++id) {
        const auto tick = static_cast<Ticks>(random() % 40);
        const auto what = random() % 8;
        if (what < 5) {
            orders.add(order(id, Side::Sell, tick));
            places[id] = {tick, ++arrival};
            model[places[id]] = id;
        } else if (what < 7 && !model.empty()) {
            auto it = model.lower_bound({tick, 0});
            if (it == model.end()) --it;
            orders.remove(*orders.find(it->second));
            places.erase(it->second);
            model.erase(it);
        } else {
            const auto to = static_cast<Ticks>(random() % 20);
            std::vector<OrderId> expected;
            while (!model.empty() && model.begin()->first.first <= to) {
                expected.push_back(model.begin()->second);
                places.erase(model.begin()->second);
                model.erase(model.begin());
            }
            ASSERT_EQ(sweep<Side::Sell>(orders, -kNoAsk, to), expected) << "at " << id;
        }
        ASSERT_EQ(orders.size(), model.size());
        const auto asked = static_cast<Ticks>(random() % 50) - 5;
        const bool spanned = !model.empty() && asked >= model.begin()->first.first &&
                             asked <= model.rbegin()->first.first;
        const auto at_asked = model.lower_bound({asked, 0});
        const bool rests = at_asked != model.end() && at_asked->first.first == asked;
        const bool spans = orders.side(Side::Sell).spans(asked);
        ASSERT_TRUE(rests <= spans && spans <= spanned) << "at " << id;
    }
}

}  // namespace
}  // namespace ringside::engine
