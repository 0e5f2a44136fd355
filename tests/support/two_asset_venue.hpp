#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/venue_config.hpp"
#include "tests/support/random_market.hpp"
#include "tests/support/random_order_market.hpp"

namespace ringside::test {

/// A random market of two instruments, a linear and an inverse one, by level or by order.
class TwoAssetVenue {
  public:
    explicit TwoAssetVenue(std::uint64_t seed, int rows = 4000, BookKind book = BookKind::L2)
        : book_(book) {
        if (book == BookKind::L3)
            make<RandomOrderMarket>(seed, rows);
        else
            make<RandomMarket>(seed, rows);
    }

    engine::VenueConfig config(
        RulesPreset rules, const engine::ConstantLatency& latency, engine::QueueKind queue,
        engine::ExchangeKind exchange = engine::ExchangeKind::NoPartialFill) const {
        engine::VenueConfig config{.name = "random", .rules = rules, .assets = {}};
        for (const std::vector<Event>& rows : rows_) {
            engine::AssetConfig asset;
            const bool linear = config.assets.empty();
            asset.instrument.symbol = linear ? "linear" : "inverse";
            asset.instrument.grid = kGrids[linear ? 0 : 1];
            asset.instrument.kind = linear ? ContractKind::Linear : ContractKind::Inverse;
            asset.instrument.contract_size = linear ? 1.0 : 10.0;
            asset.data = {std::span(rows)};
            asset.latency = latency;
            asset.queue = book_ == BookKind::L3 ? engine::QueueKind::L3Fifo : queue;
            asset.instrument.book = book_;
            asset.exchange = exchange;
            asset.queue_power = 2.5;
            asset.fee = {.maker = -0.00005, .taker = 0.0007};
            config.assets.push_back(asset);
        }
        return config;
    }

  private:
    template <typename Market>
    void make(std::uint64_t seed, int rows) {
        constexpr Nanos kStart = 1'700'000'000 * kSecond;
        rows_[0] = Market(seed * 2 + 1, kGrids[0], 5000, kStart).make(rows).rows();
        rows_[1] = Market(seed * 2 + 2, kGrids[1], 7000, kStart + 300).make(rows).rows();
    }

    static constexpr std::array<Grid, 2> kGrids{{{0.1, 0.001}, {0.01, 1.0}}};
    BookKind book_;
    std::array<std::vector<Event>, 2> rows_;
};

inline engine::ExchangeKind exchange_of(std::uint64_t n) {
    return n % 2 == 0 ? engine::ExchangeKind::NoPartialFill : engine::ExchangeKind::PartialFill;
}

/// One of the queue models, by any number.
inline engine::QueueKind queue_of(std::uint64_t n) {
    using enum engine::QueueKind;
    constexpr std::array kAll{RiskAdverse, PowerProb, PowerProb2, PowerProb3, LogProb, LogProb2};
    return kAll[n % kAll.size()];
}

}  // namespace ringside::test
