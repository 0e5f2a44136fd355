#include <map>

#include "engine/asset_venue.hpp"
#include "tests/support/random_market.hpp"
#include "tests/venue_simulator/small_exchange.hpp"

namespace ringside::test {
namespace {

using venue_simulator::BookLevel;
using venue_simulator::DepthUpdate;
using venue_simulator::VenueOrder;

constexpr Grid kGrid{0.1, 0.001};
constexpr Ticks kMid = 500'000;

class MarketTest : public SmallExchange {
  protected:
    /// What a client knows that applies updates and nothing else.
    struct Known {
        void apply(const DepthUpdate& update) {
            for (const auto& [side, levels] :
                 {std::pair(&bids, &update.bids), std::pair(&asks, &update.asks)}) {
                for (const BookLevel& level : *levels) {
                    if (level.lots == 0) {
                        side->erase(level.tick);
                    } else {
                        (*side)[level.tick] = level.lots;
                    }
                }
            }
        }
        std::map<Ticks, Lots> bids;
        std::map<Ticks, Lots> asks;
    };
    static std::map<Ticks, Lots> all(const venue_simulator::Market& market, Side side) {
        std::map<Ticks, Lots> levels;
        for (const BookLevel& level : market.levels(side, 1'000'000)) {
            levels[level.tick] = level.lots;
        }
        return levels;
    }
};

TEST_F(MarketTest, PublishesUpdatesThatRebuildTheBookAtEveryStep) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(seed);
        open(RandomMarket(seed, kGrid, kMid, kStart).make(3'000).rows());
        heard_.updates.clear();
        venue_simulator::Market& market = exchange_->market(0);
        Known known;
        known.bids = all(market, Side::Buy);
        known.asks = all(market, Side::Sell);
        std::int64_t last_id = market.last_update_id();
        while (market.next_ts() != kNever) {
            wall_ = clock_.wall_at(market.next_ts());
            ASSERT_TRUE(exchange_->advance(1'000));
            for (const DepthUpdate& update : std::exchange(heard_.updates, {})) {
                ASSERT_EQ(update.previous_id, last_id);
                ASSERT_GT(update.first_id, update.previous_id);
                ASSERT_GE(update.last_id, update.first_id);
                last_id = update.last_id;
                known.apply(update);
            }
            ASSERT_EQ(last_id, market.last_update_id());
            ASSERT_EQ(known.bids, all(market, Side::Buy));
            ASSERT_EQ(known.asks, all(market, Side::Sell));
        }
    }
}

/// The same requests at the same times, straight to the engine and by way of the exchange.
TEST_F(MarketTest, FillsOrdersAsTheEngineDoesInAReplay) {
    for (std::uint64_t seed = 1; seed <= 5; ++seed) {
        SCOPED_TRACE(seed);
        open(RandomMarket(seed, kGrid, kMid, kStart).make(4'000).rows());
        engine::AssetConfig config;
        config.instrument = exchange_->market(0).instrument();
        config.exchange = engine::ExchangeKind::PartialFill;
        config.queue = engine::QueueKind::RiskAdverse;
        config.fee = exchange_->market(0).fee();
        engine::RecordedMarket recorded(read_ahead(memory_events(rows_), kGrid));
        const auto engine = engine::AssetVenue::make(config, Rules::strict(),
                                                     engine::LatencyModel(engine::LatencyChoice{}),
                                                     0, {}, recorded);
        engine::Outbox outbox;
        engine->open_lane(0, outbox);

        Dice dice(seed);
        std::uint64_t requests = 0;
        std::vector<OrderId> placed;
        const Nanos span = rows_.back().exch_ts - kStart;
        for (Nanos at = span / 200; at < span; at += span / 200) {
            // Market time, since the wall clock is a whole number of milliseconds apart from it.
            go_to(at);
            const Nanos now = kStart + at;
            const bool buy = dice.one_in(2);
            const Ticks away = dice.between(-2, 4);
            const Ticks touch = buy ? exchange_->market(0).book().best_bid()
                                    : exchange_->market(0).book().best_ask();
            if (touch == kNoBid || touch == kNoAsk) continue;
            const Ticks price = buy ? touch - away : touch + away;
            const Lots qty = dice.between(1, 60);
            OrderId id = 0;
            if (refused([&] { id = place(buy ? Side::Buy : Side::Sell, price, qty).id; }) != 0) {
                continue;
            }
            placed.push_back(id);
            engine->accept(0, {.seq = ++requests,
                               .order_id = id,
                               .req_ts = now,
                               .price_ticks = price,
                               .qty_lots = qty,
                               .kind = RequestKind::Submit,
                               .side = buy ? Side::Buy : Side::Sell});
            engine->run(now);
        }
        go_to(span);
        engine->run(kStart + span);
        std::vector<std::tuple<OrderId, Ticks, Lots, bool>> expected;
        for (const OrderResponse& response : outbox.responses()) {
            if (!response.executed) continue;
            expected.emplace_back(response.order_id, response.exec_price_ticks, response.exec_lots,
                                  response.maker);
        }
        std::vector<std::tuple<OrderId, Ticks, Lots, bool>> filled;
        for (const auto& fill : exchange_->fills()) {
            filled.emplace_back(fill.order_id, fill.price, fill.lots, fill.maker);
        }
        EXPECT_GT(placed.size(), 100U);
        EXPECT_GT(filled.size(), 30U);
        EXPECT_EQ(filled, expected);
    }
}

}  // namespace
}  // namespace ringside::test
