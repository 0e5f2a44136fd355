#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "core/memory_events.hpp"
#include "tests/support/scripted_market.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::test {

/// What an exchange told.
struct Heard : venue_simulator::ExchangeListener {
    struct Told {
        OrderId order = 0;
        venue_simulator::Execution execution{};
        Status status{};
        Lots lots = 0;
        bool maker = false;
    };

    void on_depth(const venue_simulator::Market&, const venue_simulator::DepthUpdate& update,
                  Nanos) override {
        updates.push_back(update);
    }
    void on_trade(const venue_simulator::Market&, const venue_simulator::PublicTrade&,
                  Nanos) override {
        ++trades;
    }
    void on_top(const venue_simulator::Market&, Nanos) override { ++tops; }
    void on_order(const venue_simulator::VenueOrder& order, venue_simulator::Execution execution,
                  const venue_simulator::VenueFill* fill) override {
        told.push_back({order.id, execution, order.status, fill == nullptr ? 0 : fill->lots,
                        fill != nullptr && fill->maker});
    }
    void on_account(venue_simulator::AccountNo, AssetNo, std::int64_t) override { ++accounts; }

    std::vector<venue_simulator::DepthUpdate> updates;
    std::vector<Told> told;
    int trades = 0;
    int tops = 0;
    int accounts = 0;
};

/// An exchange of one instrument, whose wall clock is set by hand. Prices in tenths, quantities in
/// thousandths.
class SmallExchange : public ::testing::Test {
  protected:
    static constexpr Nanos kStart = 1'700'000'000 * kSecond;
    static constexpr Nanos kWallStart = 1'800'000'000 * kSecond;

    void open(std::vector<Event> rows,
              engine::ExchangeKind kind = engine::ExchangeKind::PartialFill,
              double balance = 10'000.0) {
        rows_ = std::move(rows);
        wall_ = kWallStart;
        engine::AssetConfig config;
        config.instrument.symbol = "BTCUSDT";
        config.instrument.grid = {0.1, 0.001};
        config.exchange = kind;
        config.fee.maker = 0.0002;
        config.fee.taker = 0.0005;
        config.queue = engine::QueueKind::RiskAdverse;
        std::vector<venue_simulator::Exchange::Listing> listings;
        listings.push_back({config, {}, memory_events(rows_)});
        exchange_ = std::make_unique<venue_simulator::Exchange>(
            std::move(listings),
            std::vector<std::pair<std::string, double>>{{"one", balance}, {"two", balance}},
            venue_simulator::ExchangeOptions{}, clock_);
        exchange_->open(0);
        exchange_->listen(&heard_);
    }
    /// Lets that much pass since the opening.
    void go_to(Nanos since_opening) {
        wall_ = kWallStart + since_opening;
        ASSERT_TRUE(exchange_->advance(1'000'000));
    }
    const venue_simulator::VenueOrder& place(Side side, Ticks price, Lots qty,
                                             TimeInForce time_in_force = TimeInForce::Gtc,
                                             const std::string& client_id = "") {
        return exchange_->place(0, {.asset = 0,
                                    .side = side,
                                    .type = price == 0 ? OrderType::Market : OrderType::Limit,
                                    .time_in_force = time_in_force,
                                    .price = price,
                                    .qty = qty,
                                    .client_id = client_id});
    }
    template <typename Action>
    static int refused(const Action& action) {
        try {
            action();
        } catch (const venue_simulator::Refusal& refusal) {
            return refusal.code();
        }
        return 0;
    }
    venue_simulator::VenueOrder& order(OrderId id) { return *exchange_->orders().find(id); }

    Nanos wall_ = kWallStart;
    venue_simulator::VenueClock clock_{[this] { return wall_; }, 1.0};
    std::vector<Event> rows_;
    Heard heard_;
    std::unique_ptr<venue_simulator::Exchange> exchange_;
};

}  // namespace ringside::test
