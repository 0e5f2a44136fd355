#include <cstdlib>

#include "tests/connectord/live_model.hpp"

namespace ringside::connectord::test {
namespace {

/// What manager and bots believe once it is calm, against what is.
void expect_truth(LiveModel& model) {
    OrderManager& manager = model.manager();
    ModelVenue& venue = model.venue();
    EXPECT_EQ(venue.duplicate_submits(), 0U);
    EXPECT_EQ(manager.unknown_orders(), 0U);
    EXPECT_EQ(manager.counters().overfills, 0U);
    EXPECT_EQ(manager.table().attended(), 0U);

    std::size_t open = 0;
    std::array<Exposure, LiveModel::kAssets> exposure{};
    for (const auto& [key, order] : venue.orders()) {
        if (!order.open()) continue;
        ++open;
        const OrderRecord* record = manager.table().find(OrderKey::unpack(key));
        ASSERT_NE(record, nullptr);
        EXPECT_TRUE(is_open(record->state)) << name(record->state);
        EXPECT_EQ(record->price_ticks, order.state.price_ticks);
        EXPECT_EQ(record->qty_lots, order.state.qty_lots);
        EXPECT_EQ(record->booked_lots, order.state.executed_lots);
        const Lots leaves = order.state.qty_lots - order.state.executed_lots;
        Exposure& sum = exposure[order.state.asset_no];
        (order.state.side == Side::Buy ? sum.open_buy : sum.open_sell) += leaves;
        ++sum.open_orders;
    }
    EXPECT_EQ(manager.live_orders(), open);
    for (AssetNo a = 0; a < LiveModel::kAssets; ++a) {
        EXPECT_EQ(manager.exposure(a).position, venue.position(a));
        EXPECT_EQ(manager.exposure(a).open_buy, exposure[a].open_buy);
        EXPECT_EQ(manager.exposure(a).open_sell, exposure[a].open_sell);
        EXPECT_EQ(manager.exposure(a).open_orders, exposure[a].open_orders);
    }
}

void expect_bots_know(LiveModel& model) {
    OrderManager& manager = model.manager();
    for (LiveModel::BotLife& life : model.bots()) {
        Lots of_life = 0;
        std::array<Lots, LiveModel::kAssets> of_name{};
        std::map<OrderId, const ModelVenue::Order*> open;
        for (const auto& [key, order] : model.venue().orders()) {
            if (order.state.key.bot != life.number) continue;
            const Lots lots = ModelVenue::signed_fills(order);
            of_name[order.state.asset_no] += lots;
            if (model.sender().at(key) != life.life) continue;
            of_life += lots;
            const OrderRecord* record = manager.table().find(OrderKey::unpack(key));
            if (order.open()) open[record->order_id] = &order;
        }
        EXPECT_EQ(life.bot.position, of_life - life.inherited);
        for (AssetNo a = 0; a < LiveModel::kAssets; ++a) {
            EXPECT_EQ(manager.exposure(life.number, a).position, of_name[a]);
        }
        EXPECT_TRUE(life.bot.waiting().empty()) << *life.bot.waiting().begin();
        for (const auto& [id, held] : life.bot.held()) {
            EXPECT_EQ(held.ended, !open.contains(id)) << "order " << id;
            if (!open.contains(id)) continue;
            const OrderUpdate& state = open.at(id)->state;
            EXPECT_EQ(held.order.price_ticks, state.price_ticks);
            EXPECT_EQ(held.order.leaves_lots, state.qty_lots - state.executed_lots);
        }
    }
}

/// RINGSIDE_TEST_SEEDS and RINGSIDE_TEST_SEED (the first one) choose others.
std::uint64_t from_environment(const char* name, std::uint64_t otherwise) {
    const char* text = std::getenv(name);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

TEST(OrderManager, EndsWithTheVenuesTruthWhateverTheWireDoes) {
    const std::uint64_t first = from_environment("RINGSIDE_TEST_SEED", 1);
    const std::uint64_t count = from_environment("RINGSIDE_TEST_SEEDS", 2000);
    OrderCounters sum;
    std::uint64_t restarts = 0;
    for (std::uint64_t seed = first; seed < first + count; ++seed) {
        SCOPED_TRACE(testing::Message() << "RINGSIDE_TEST_SEED=" << seed);
        LiveModel model(seed);
        model.storm(4 * kSecond);
        model.calm(8 * kSecond);
        expect_truth(model);
        expect_bots_know(model);
        if (HasFailure()) return;
        const OrderCounters& counters = model.manager().counters();
        sum.submits += counters.submits;
        sum.fills += counters.fills;
        sum.unknown += counters.unknown;
        sum.duplicate_fills += counters.duplicate_fills;
        sum.repaired_fills += counters.repaired_fills;
        sum.never_arrived += counters.never_arrived;
        sum.ghosts += counters.ghosts;
        sum.throttled += counters.throttled;
        sum.adopted += counters.adopted;
        sum.late_fills += counters.late_fills;
        restarts += model.restarts();
    }
    if (count < 500) return;
    // The storms must have been storms.
    EXPECT_GT(sum.unknown, count);
    EXPECT_GT(sum.duplicate_fills, count);
    EXPECT_GT(sum.repaired_fills, count / 10);
    EXPECT_GT(sum.never_arrived, count / 20);
    EXPECT_GT(sum.adopted, count / 10);
    EXPECT_GT(sum.throttled, count / 10);
    EXPECT_GT(restarts, count / 4);
    RecordProperty("submits", std::to_string(sum.submits));
    RecordProperty("fills", std::to_string(sum.fills));
    RecordProperty("unknown", std::to_string(sum.unknown));
    RecordProperty("ghosts", std::to_string(sum.ghosts));
    RecordProperty("late_fills", std::to_string(sum.late_fills));
}

}  // namespace
}  // namespace ringside::connectord::test
