#pragma once

#include <deque>
#include <optional>
#include <stdexcept>
#include <vector>

#include "botkit/in_process_link.hpp"
#include "tests/support/random_market.hpp"

namespace ringside::test {

/// A venue in another process, at its worst: requests and promises reach it late and in pieces,
/// what it answers comes back late and in pieces, the feed stutters. In every queue the order is
/// kept, as rings keep it.
class AdversarialLink final : public botkit::Link {
  public:
    AdversarialLink(const engine::VenueConfig& config, std::uint64_t seed)
        : venue_(config, engine::Pace::AheadOfBots),
          dice_(seed),
          hurry_(static_cast<std::uint64_t>(dice_.between(1, 6))) {}

    const VenueInfo& info() const override { return venue_.info(); }

    botkit::FeedRows next_rows() override {
        if (piece_.updates.empty()) {
            if (!dice_.one_in(hurry_)) return {};
            piece_ = venue_.next_rows();
            if (piece_.updates.empty()) return piece_;
        }
        const auto size = static_cast<std::int64_t>(piece_.updates.size());
        const auto count = static_cast<std::size_t>(
            dice_.one_in(2) ? dice_.between(1, std::min<std::int64_t>(size, 5))
                            : dice_.between(1, size));
        botkit::FeedRows rows = piece_;
        rows.updates = piece_.updates.first(count);
        piece_.updates = piece_.updates.subspan(count);
        for (const MarketUpdate& update : piece_.updates) {
            if (!update.at_local()) continue;
            rows.complete_until = update.local_ts - 1;
            break;
        }
        return rows;
    }

    bool send(const OrderRequest& request) override {
        to_venue_.push_back({.request = request});
        const bool started = request.req_ts != kNever;
        unseen_.push_back({request.seq, started ? request.req_ts : -info().least_round_trip_ns});
        return true;
    }
    void promise(Nanos time) override { to_venue_.push_back({.promise = time}); }

    botkit::Horizon poll(std::vector<OrderResponse>& responses) override {
        if (dice_.one_in(hurry_)) let_venue_work();
        while (!to_bot_.empty() && !dice_.one_in(3)) {
            if (to_bot_.front().response)
                responses.push_back(*to_bot_.front().response);
            else
                progress_ = *to_bot_.front().progress;
            to_bot_.pop_front();
            calls_without_news_ = 0;
        }
        while (!unseen_.empty() && unseen_.front().seq <= progress_.seen) unseen_.pop_front();
        if (unseen_.empty()) return progress_.horizon;
        const Nanos before_answers =
            saturating_add(unseen_.front().req_ts, info().least_round_trip_ns) - 1;
        return {std::min(progress_.horizon.responses_until, before_answers), kBeforeAll,
                progress_.horizon.venue_last};
    }

    void idle() override {
        if (++calls_without_news_ > 100'000) throw std::runtime_error("bot and venue are stuck");
    }

  private:
    struct ToVenue {
        std::optional<OrderRequest> request{};
        std::optional<Nanos> promise{};
    };
    struct Progress {
        std::uint64_t seen = 0;
        botkit::Horizon horizon{kBeforeAll, kBeforeAll, kBeforeAll};
    };
    struct ToBot {
        std::optional<OrderResponse> response{};
        std::optional<Progress> progress{};
    };
    struct Unseen {
        std::uint64_t seq;
        Nanos req_ts;
    };

    void let_venue_work() {
        while (!to_venue_.empty() && !dice_.one_in(4)) {
            const ToVenue& next = to_venue_.front();
            if (next.request) {
                venue_.send(*next.request);
                seen_ = next.request->seq;
            } else {
                venue_.promise(*next.promise);
            }
            to_venue_.pop_front();
        }
        std::vector<OrderResponse> made;
        const botkit::Horizon horizon = venue_.poll(made);
        for (const OrderResponse& response : made) to_bot_.push_back({.response = response});
        to_bot_.push_back({.progress = Progress{seen_, horizon}});
    }

    botkit::InProcessLink venue_;
    Dice dice_;
    std::uint64_t hurry_;  ///< how rarely anything moves
    botkit::FeedRows piece_;
    std::deque<ToVenue> to_venue_;
    std::deque<ToBot> to_bot_;
    std::deque<Unseen> unseen_;
    std::uint64_t seen_ = 0;
    Progress progress_;
    int calls_without_news_ = 0;
};

}  // namespace ringside::test
