#pragma once

#include "botkit/link.hpp"
#include "engine/simulated_venue.hpp"

namespace ringside::botkit {

/// A simulated venue in the bot's own process and thread.
class InProcessLink final : public Link {
  public:
    explicit InProcessLink(const engine::VenueConfig& config);

    const VenueInfo& info() const override { return venue_.info(); }
    FeedRows next_rows() override;
    bool send(const OrderRequest& request) override;
    void promise(Nanos time) override;
    Horizon poll(std::vector<OrderResponse>& responses) override;
    void idle() override;

  private:
    engine::SimulatedVenue venue_;
    engine::SessionNo session_;
    engine::FeedRun run_;  ///< rows that the bot is reading
    AssetNo next_snapshot_ = 0;
    Horizon last_horizon_;
    unsigned idle_calls_ = 0;  ///< since something moved
};

}  // namespace ringside::botkit
