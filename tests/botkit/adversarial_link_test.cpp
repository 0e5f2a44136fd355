#include <deque>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/random_bot.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside {
namespace {

using botkit::FeedRows;
using botkit::Horizon;
using engine::ConstantLatency;
using test::Dice;
using test::RandomBot;
using test::TwoAssetVenue;

constexpr Nanos kBeforeAll = std::numeric_limits<Nanos>::min();

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

    FeedRows next_rows() override {
        if (piece_.rows.empty()) {
            if (!dice_.one_in(hurry_)) return {};
            piece_ = venue_.next_rows();
            if (piece_.rows.empty()) return piece_;
        }
        const auto size = static_cast<std::int64_t>(piece_.rows.size());
        const auto count = static_cast<std::size_t>(
            dice_.one_in(2) ? dice_.between(1, std::min<std::int64_t>(size, 5))
                            : dice_.between(1, size));
        FeedRows rows{piece_.asset_no, piece_.rows.first(count), piece_.complete_until};
        piece_.rows = piece_.rows.subspan(count);
        for (const Event& row : piece_.rows) {
            if (!row.has(kLocalEvent)) continue;
            rows.complete_until = row.local_ts - 1;
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

    Horizon poll(std::vector<OrderResponse>& responses) override {
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
        Horizon horizon{kBeforeAll, kBeforeAll, kBeforeAll};
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
        const Horizon horizon = venue_.poll(made);
        for (const OrderResponse& response : made) to_bot_.push_back({.response = response});
        to_bot_.push_back({.progress = Progress{seen_, horizon}});
    }

    botkit::InProcessLink venue_;
    Dice dice_;
    std::uint64_t hurry_;  ///< how rarely anything moves
    FeedRows piece_;
    std::deque<ToVenue> to_venue_;
    std::deque<ToBot> to_bot_;
    std::deque<Unseen> unseen_;
    std::uint64_t seen_ = 0;
    Progress progress_;
    int calls_without_news_ = 0;
};

struct Seen {
    std::vector<std::int64_t> by_bot;
    std::string order_log;
    bool operator==(const Seen&) const = default;
};

Seen run(std::unique_ptr<botkit::Link> link, std::uint64_t seed) {
    const test::TempDir dir;
    botkit::OrderLog log(dir / "orders.npy");
    botkit::Context context(std::move(link));
    context.set_order_log(&log);
    RandomBot bot(seed);
    bot(context, 150);
    log.finish();
    return {bot.seen(), test::read_file(dir / "orders.npy")};
}

void expect_scheduling_not_to_matter(const ConstantLatency& latency, std::uint64_t market) {
    const TwoAssetVenue venue(market, 1200);
    for (const RulesPreset rules : {RulesPreset::Strict, RulesPreset::Compat}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SCOPED_TRACE("market " + std::to_string(market) + ", bot " + std::to_string(seed));
            const auto config =
                venue.config(rules, latency, test::queue_of(seed / 2), test::exchange_of(seed));
            const Seen plain = run(
                std::make_unique<botkit::InProcessLink>(config, engine::Pace::AheadOfBots), seed);
            for (std::uint64_t schedule = 1; schedule <= 2; ++schedule) {
                SCOPED_TRACE("schedule " + std::to_string(schedule));
                auto link = std::make_unique<AdversarialLink>(config, seed * 100 + schedule);
                ASSERT_TRUE(run(std::move(link), seed) == plain);
            }
        }
    }
}

TEST(AdversarialLink, ChangesNothingWithoutLatency) { expect_scheduling_not_to_matter({0, 0}, 21); }

TEST(AdversarialLink, ChangesNothingWithATinyLatency) {
    expect_scheduling_not_to_matter({1, 1}, 22);
    expect_scheduling_not_to_matter({0, 1}, 23);
    expect_scheduling_not_to_matter({1, 0}, 24);
}

TEST(AdversarialLink, ChangesNothingWithALongLatency) {
    expect_scheduling_not_to_matter({10 * kMillisecond, 10 * kMillisecond}, 25);
}

}  // namespace
}  // namespace ringside
