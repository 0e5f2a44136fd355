#pragma once

#include "botkit/link.hpp"
#include "engine/simulated_venue.hpp"

namespace ringside::botkit {

/// A simulated venue in the bot's own process and thread.
class InProcessLink final : public Link {
  public:
    /// A compat bot may turn its clock back, so its venue keeps its pace.
    explicit InProcessLink(const engine::VenueConfig& config)
        : InProcessLink(config, pace_of(config)) {}
    InProcessLink(const engine::VenueConfig& config, engine::Pace pace);
    InProcessLink(const engine::VenueConfig& config, Decoding decoding);

    const VenueInfo& info() const override { return venue_.info(); }
    FeedRows next_rows() override { return next_unseen_rows(kBeforeAll); }
    FeedRows next_unseen_rows(Nanos until) override;
    bool send(const OrderRequest& request) override;
    void promise(Nanos time) override;
    bool can_go_back() const override { return pace_ == engine::Pace::WithBot; }
    Horizon poll(std::vector<OrderResponse>& responses) override;
    void idle() override;

  private:
    static engine::Pace pace_of(const engine::VenueConfig& config) noexcept {
        return config.rules == RulesPreset::Compat ? engine::Pace::WithBot
                                                   : engine::Pace::AheadOfBots;
    }
    InProcessLink(const engine::VenueConfig& config, engine::Pace pace, Decoding decoding);

    const engine::Pace pace_;
    engine::SimulatedVenue venue_;
    engine::SessionNo session_;
    engine::FeedRun run_;  ///< rows that the bot is reading
    AssetNo next_snapshot_ = 0;
    Horizon last_horizon_;
    unsigned idle_calls_ = 0;  ///< since something moved
};

}  // namespace ringside::botkit
