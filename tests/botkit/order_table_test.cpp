#include "botkit/order_table.hpp"

#include <algorithm>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace ringside::botkit {
namespace {

/// The orders by their view, as compiled strategies see them.
const Order* find_by_view(const OrderTable& table, OrderId id) {
    const OrderTable::View& view = table.view();
    const std::uint64_t last = ~std::uint64_t{0} >> view.shift;
    for (std::uint64_t i = (id * OrderIndex::kSpread) >> view.shift;; i = (i + 1) & last) {
        if (view.slots[i].order == nullptr || view.slots[i].id == id) return view.slots[i].order;
    }
}

void expect_equal(const OrderTable& table, const std::vector<OrderId>& ids) {
    ASSERT_EQ(table.size(), ids.size());
    ASSERT_EQ(table.view().count, static_cast<std::int64_t>(ids.size()));
    std::size_t place = 0;
    for (const Order& order : table) {
        EXPECT_EQ(order.order_id, ids[place]);
        EXPECT_EQ(table.view().orders[place], &order);
        EXPECT_EQ(table.find(order.order_id), &order);
        EXPECT_EQ(find_by_view(table, order.order_id), &order);
        ++place;
    }
}

TEST(OrderTable, HoldsWhatWasAddedAndNotRemovedInTheOrderOfSubmission) {
    std::mt19937_64 random(1);
    OrderTable table;
    std::vector<OrderId> ids;
    for (int step = 0; step < 20'000; ++step) {
        // Prices in ticks, as strategies number their orders, and a few that lie far apart.
        const OrderId id = step % 7 == 0 ? random() : 600'000 + random() % 300;
        const auto known = std::find(ids.begin(), ids.end(), id);
        EXPECT_EQ(table.contains(id), known != ids.end());
        EXPECT_EQ(find_by_view(table, id) != nullptr, known != ids.end());
        if (known == ids.end()) {
            EXPECT_EQ(table.add({.order_id = id, .status = Status::New}).order_id, id);
            ids.push_back(id);
        } else if (step % 2 == 0) {
            table.remove(id);
            ids.erase(known);
        } else {
            table.find(id)->status = Status::Canceled;
        }
        if (step % 50 == 0) {
            const auto is_cancelled = [&](OrderId one) {
                return table.find(one)->status == Status::Canceled;
            };
            std::erase_if(ids, is_cancelled);
            table.clear_inactive([](const Order&) {});
            expect_equal(table, ids);
        }
    }
}

TEST(OrderTable, LeavesAnOrderWhereItIsWhileOthersComeAndGo) {
    OrderTable table;
    const Order* const first = &table.add({.order_id = 1});
    for (OrderId id = 2; id < 5'000; ++id) table.add({.order_id = id});
    for (OrderId id = 2; id < 5'000; id += 3) table.remove(id);
    EXPECT_EQ(table.find(1), first);
    EXPECT_EQ(first->order_id, 1U);
}

}  // namespace
}  // namespace ringside::botkit
