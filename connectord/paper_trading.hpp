#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "connectord/config.hpp"
#include "connectord/venue.hpp"
#include "engine/asset_venue.hpp"

namespace ringside::connectord {

/// A venue account that exists here only: the live feed, and fills simulated in it by the engine's
/// models of queue, latency and fee. Everything happens on our clock: the market is where it is
/// when we hear of it, and the latencies count from there.
class PaperTrading final : public Trading {
  public:
    PaperTrading(const PaperConfig& config, const VenueInfo& info, TradingSink& sink);
    ~PaperTrading() override;

    /// What the market did, as the bots hear it.
    void feed(AssetNo asset_no, std::span<const Event> rows, Nanos received_ts);
    /// Lets the simulated venue do all that is due.
    void on_time(Nanos now);

    void act(const Action& action) override;
    void reconcile() override { list_wanted_ = true; }
    void arm_dead_man(Nanos /*after*/) override {}
    const TradingCounts& counts() const noexcept override { return counts_; }

  private:
    struct Market;
    /// An order that was accepted, and what became of it.
    struct PaperOrder {
        OrderKey key;
        VenueOrderId venue_id = 0;
        AssetNo asset_no = 0;
        Side side = Side::Unset;
        TimeInForce time_in_force = TimeInForce::Gtc;
        OrderType type = OrderType::Limit;
        VenueStatus status = VenueStatus::Working;
        Ticks price_ticks = 0;
        Lots qty_lots = 0;
        Lots executed_lots = 0;
        Nanos exch_ts = 0;
        std::vector<Execution> executions{};
    };
    void send(const Action& action, Nanos now);
    void take(const OrderResponse& response);
    void answer(const Action& action, const OrderResponse& response);
    void book(PaperOrder& order, const OrderResponse& response, OrderUpdate& update);
    OrderUpdate state_of(const PaperOrder& order, Channel channel) const;
    void query(const Action& action);
    void query_trades(const Action& action);
    void cancel_all(const Action& action, Nanos now);
    void list();

    TradingSink& sink_;
    engine::Outbox outbox_;
    std::vector<std::unique_ptr<Market>> markets_;
    std::unordered_map<std::uint64_t, PaperOrder> orders_;  ///< by OrderKey::packed()
    std::unordered_map<std::uint64_t, Action> asked_;       ///< by sequence of the request
    std::vector<Action> questions_;                         ///< to be answered at the next turn
    std::vector<Lots> positions_;
    std::uint64_t requests_ = 0;
    std::uint64_t venue_ids_ = 0;
    std::uint64_t trades_ = 0;
    bool announced_ = false;
    bool list_wanted_ = false;
    TradingCounts counts_;
};

}  // namespace ringside::connectord
