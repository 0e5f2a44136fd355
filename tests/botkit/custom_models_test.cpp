#include <algorithm>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "engine/queue_model.hpp"
#include "tests/support/adversarial_link.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/random_bot.hpp"
#include "tests/support/scripted_market.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside {
namespace {

using engine::custom_fee;
using engine::custom_latency;
using engine::custom_queue;
using engine::Execution;
using engine::QueuedOrder;
using test::ScriptedMarket;
using test::ScriptedVenue;
using test::TwoAssetVenue;

/// A built-in queue model as a user would write it.
template <typename Model>
struct Rewritten {
    Model model;
    using State = engine::QueueState;

    void rest(State& s, const QueuedOrder&, double level_qty) { model.rest(s, level_qty); }
    void trade(State& s, const QueuedOrder&, double qty) { model.trade(s, qty); }
    void depth(State& s, const QueuedOrder&, double before, double after) {
        model.depth(s, before, after);
    }
    double executable(State& s, const QueuedOrder& order) {
        const Grid& grid = order.book.grid();
        return grid.qty(model.executable(s, grid.lot_size));
    }
};

struct RewrittenLatency {
    engine::ConstantLatency latency;

    Nanos entry(const OrderRequest& request) const { return latency.entry(request.kind); }
    Nanos response(const OrderResponse&) const { return latency.response_ns; }
    Nanos least_entry() const {
        return std::min({latency.entry_ns, *latency.modify_entry_ns, *latency.cancel_entry_ns});
    }
    Nanos least_response() const { return latency.response_ns; }
};

std::vector<std::int64_t> seen(std::unique_ptr<botkit::Link> link, std::uint64_t seed) {
    botkit::Context context(std::move(link));
    test::RandomBot bot(seed);
    bot(context, 200);
    return bot.seen();
}
std::vector<std::int64_t> seen(const engine::VenueConfig& config, std::uint64_t seed) {
    return seen(std::make_unique<botkit::InProcessLink>(config), seed);
}

TEST(CustomModels, GiveWhatTheBuiltInOnesGiveWhenTheyDoTheSame) {
    using engine::ProbabilityQueue, engine::LogProbability2;
    const TwoAssetVenue venue(31, 2000);
    const engine::ConstantLatency latency{2 * kMillisecond, 3 * kMillisecond, kMillisecond, 50};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const bool risk_adverse = seed % 4 < 2;
        const auto kind =
            risk_adverse ? engine::QueueKind::RiskAdverse : engine::QueueKind::LogProb2;
        const auto built_in =
            venue.config(RulesPreset::Strict, latency, kind, test::exchange_of(seed));
        auto custom = built_in;
        for (engine::AssetConfig& asset : custom.assets) {
            if (risk_adverse)
                asset.queue = custom_queue("own", Rewritten<engine::RiskAdverseQueue>{});
            else
                asset.queue = custom_queue("own", Rewritten<ProbabilityQueue<LogProbability2>>{});
            asset.latency = custom_latency("own", RewrittenLatency{latency});
            asset.fee = custom_fee(
                "own", [](const Execution& e) { return (e.maker ? -0.00005 : 0.0007) * e.amount; });
        }
        ASSERT_EQ(seen(custom, seed), seen(built_in, seed));
    }
}

/// Depends on everything it is told, and on how often.
struct Wanderer {
    std::uint64_t state = 1;

    std::uint64_t draw(Nanos at, OrderId id) {
        state = state * 6364136223846793005u + static_cast<std::uint64_t>(at) + id;
        return state >> 33;
    }
};
struct WanderingQueue : Wanderer {
    struct State {
        double ahead;
        std::string history;  // a state may own memory
    };

    void rest(State& s, const QueuedOrder& o, double level_qty) {
        s.ahead = level_qty * static_cast<double>(draw(o.exch_ts, o.order_id) % 100) / 100.0;
        s.history = "joined behind some others";
    }
    void trade(State& s, const QueuedOrder&, double qty) { s.ahead -= qty; }
    void depth(State& s, const QueuedOrder& o, double, double after) {
        if (draw(o.exch_ts, o.order_id) % 2 == 0) s.ahead = std::min(s.ahead, after);
    }
    double executable(State& s, const QueuedOrder& o) {
        const double qty = std::max(-s.ahead, 0.0);
        if (o.leaves_lots > 0 && qty > 0.0) s.ahead = 0.0;
        return s.history.empty() ? 0.0 : qty;
    }
};
struct WanderingLatency : Wanderer {
    Nanos entry(const OrderRequest& r) {
        const auto n = static_cast<Nanos>(draw(r.req_ts, r.order_id) % (3 * kMillisecond));
        return n % 7 == 0 ? -n - 2 * kMillisecond : n + kMillisecond;
    }
    Nanos response(const OrderResponse& r) {
        return kMillisecond + static_cast<Nanos>(draw(r.exch_ts, r.order_id) % kMillisecond);
    }
    Nanos least_entry() const { return kMillisecond; }
    Nanos least_response() const { return kMillisecond; }
};
struct WanderingFee : Wanderer {
    double operator()(const Execution& e) {
        return static_cast<double>(draw(e.exch_ts, e.order_id) % 1000);
    }
};

TEST(CustomModels, MayKeepStateAndGiveTheSameWhateverTheScheduling) {
    const TwoAssetVenue venue(32, 1200);
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        auto config = venue.config(RulesPreset::Strict, {}, engine::QueueKind::RiskAdverse,
                                   test::exchange_of(seed));
        for (engine::AssetConfig& asset : config.assets) {
            asset.queue = custom_queue("own", WanderingQueue{});
            asset.latency = custom_latency("own", WanderingLatency{});
            asset.fee = custom_fee("own", WanderingFee{});
        }
        const auto plain = seen(config, seed);
        for (std::uint64_t schedule = 1; schedule <= 3; ++schedule) {
            SCOPED_TRACE("seed " + std::to_string(seed * 100 + schedule));
            auto link = std::make_unique<test::AdversarialLink>(config, seed * 100 + schedule);
            ASSERT_EQ(seen(std::move(link), seed), plain);
        }
    }
}

ScriptedMarket touch() { return ScriptedMarket().bid(1000, 100, 5).ask(1000, 105, 5); }

// The model sees the order, its book and the event; an empty level in front fills on any trade.
struct HalfOfLevel {
    struct State {
        double ahead = 7.0;
    };
    void rest(State& s, const QueuedOrder& order, double level_qty) {
        ASSERT_EQ(s.ahead, 7.0);  // starts afresh for every order
        ASSERT_EQ(level_qty, 5.0);
        ASSERT_EQ(order.exch_ts, 1510);
        ASSERT_EQ(order.price_ticks, order.book.best_bid());
        ASSERT_EQ(order.side, Side::Buy);
        s.ahead = level_qty / 2;
    }
    void trade(State& s, const QueuedOrder& order, double qty) {
        ASSERT_EQ(order.exch_ts, 3000);
        ASSERT_EQ(order.leaves_lots, 4);
        s.ahead -= qty;
    }
    void depth(State& s, const QueuedOrder& order, double before, double after) {
        ASSERT_EQ(order.book.bid_qty(100), after);
        ASSERT_EQ(before, 5.0);
        s.ahead = std::min(s.ahead, after / 2);
    }
    double executable(State& s, const QueuedOrder&) { return s.ahead < 0.0 ? -s.ahead : 0.0; }
};

TEST(CustomQueue, DecidesWhatATradeAtTheOrdersPriceReaches) {
    ScriptedVenue venue(touch().bid(2000, 100, 4).sell_trade(3000, 100, 5).quiet(9000),
                        {.queue = custom_queue("half", HalfOfLevel{}),
                         .exchange = engine::ExchangeKind::PartialFill});
    venue->elapse(500);
    venue.buy(1, 100, 4);
    venue->elapse(1000);
    EXPECT_EQ(venue.order(1).status, Status::New);
    venue->elapse(1000);
    EXPECT_EQ(venue.order(1).status, Status::PartiallyFilled);
    EXPECT_EQ(venue.position(), 3.0);  // 5 traded, half of 4 were ahead
}

TEST(CustomFee, MayDependOnWhatWasExecutedBefore) {
    struct Tiers {
        double traded = 0.0;
        double operator()(const Execution& e) {
            const double rate = traded >= 3.0 ? 0.5 : 1.0;
            traded += e.qty;
            return rate * e.amount;
        }
    };
    engine::FeeModel fee;
    fee = custom_fee("tiers", Tiers{});
    const std::vector markets(2, touch().quiet(9000));
    ScriptedVenue venue(markets, {.fee = fee});
    venue->elapse(500);
    venue.buy(1, 105, 2);
    venue.buy(2, 105, 1);
    venue.buy(3, 105, 1);
    venue.buy(4, 105, 1, TimeInForce::Gtc, false, 1);  // another instrument, another copy
    venue->elapse(500);
    EXPECT_EQ(venue->state_values(0).fee, 3 * 105.0 + 0.5 * 105.0);
    EXPECT_EQ(venue->state_values(1).fee, 105.0);
}

/// Latencies as given, above bounds as given.
struct Fixed {
    Nanos entry_ns = 10;
    Nanos response_ns = 10;
    Nanos least = 10;
    Nanos entry(const OrderRequest&) const { return entry_ns; }
    Nanos response(const OrderResponse&) const { return response_ns; }
    Nanos least_entry() const { return least; }
    Nanos least_response() const { return least; }
};

void trade_with(const test::ScriptOptions& options) {
    ScriptedVenue venue(touch().sell_trade(3000, 100, 9).quiet(9000), options);
    venue->elapse(500);
    venue.buy(7, 100, 1, TimeInForce::Gtc, true);
    venue->elapse(4000);
}

TEST(CustomLatency, IsRefusedBelowItsOwnBound) {
    const auto refused = [](const Fixed& latency, const std::string& why) {
        const auto trade = [&] { trade_with({.latency = custom_latency("fibre", latency)}); };
        test::expect_error(trade, ExitCode::Usage, "latency model \"fibre\": " + why);
    };
    refused({9, 10, 10},
            "its entry latency is 9 ns for the request of order 7 at 1500, below its "
            "least_entry of 10 ns");
    refused({10, 8, 10},
            "its response latency is 8 ns for order 7 at 1510, below its "
            "least_response of 10 ns");
    refused({1, 1, -1}, "its least latencies, -1 ns to the venue and -1 ns back, must not be");
    // A refusal must not be heard sooner than an answer could be.
    refused({-19, 10, 10},
            "its entry latency is -19 ns for the request of order 7 at 1500; a "
            "refused request is heard of after a round trip of at least 20 ns");
    refused({kBeforeAll, 10, 10}, "its entry latency is -9223372036854775808");
}

TEST(CustomLatency, RefusesRequestsOnTheWay) {
    ScriptedVenue venue(touch().quiet(9000), {.latency = custom_latency("no", Fixed{-20, 10, 10})});
    venue->elapse(500);
    venue.buy(1, 100, 1, TimeInForce::Gtc, true);
    EXPECT_EQ(venue.now(), 1520);
    EXPECT_EQ(venue.order(1).status, Status::Expired);
}

TEST(CustomFee, IsRefusedWhenItIsNoNumber) {
    engine::FeeModel fee;
    fee = custom_fee("broken",
                     [](const Execution&) { return std::numeric_limits<double>::quiet_NaN(); });
    test::expect_error([&] { trade_with({.fee = fee}); }, ExitCode::Usage,
                       "fee model \"broken\": the fee of 1 at 100 for order 7 at 3000 is nan");
}

TEST(CustomQueue, IsRefusedWhenItExecutesLessThanNothing) {
    struct Broken : HalfOfLevel {
        double executable(State&, const QueuedOrder&) { return -2.0; }
        void rest(State&, const QueuedOrder&, double) {}
        void trade(State&, const QueuedOrder&, double) {}
    };
    test::expect_error([] { trade_with({.queue = custom_queue("broken", Broken{})}); },
                       ExitCode::Usage,
                       "queue model \"broken\": -2 of order 7 can be executed at 3000");
}

TEST(CustomLatency, DoesNotGoWithMeasuredOnes) {
    engine::VenueConfig config;
    engine::AssetConfig& asset = config.assets.emplace_back();
    asset.instrument.symbol = "BTC";
    asset.instrument.grid = {1.0, 1.0};
    const engine::LatencyRow row{1, 2, 3, 0};
    asset.latency_data = {std::span(&row, 1)};
    asset.latency = custom_latency("fibre", Fixed{});
    test::expect_error([&] { botkit::InProcessLink link(config); }, ExitCode::Usage,
                       "BTC: there are measured latencies and the latency model \"fibre\"");
}

// A request made later but on a quicker way waits for the one before it.
TEST(EntryLatency, MayDifferByKindOfRequestWithoutOvertaking) {
    const engine::ConstantLatency latency{100, 10, 40, 5};
    ScriptedVenue venue(touch().quiet(9000), {.latency = latency});
    venue->elapse(500);
    venue.buy(1, 100, 2, TimeInForce::Gtc, true);
    EXPECT_EQ(venue.latency(), (std::vector<Nanos>{1500, 1600, 1610}));
    venue->modify(0, 1, 99, 2, true);
    EXPECT_EQ(venue.latency(), (std::vector<Nanos>{1610, 1650, 1660}));
    venue->cancel(0, 1, true);
    EXPECT_EQ(venue.latency(), (std::vector<Nanos>{1660, 1665, 1675}));
    EXPECT_EQ(venue.order(1).status, Status::Canceled);

    venue.buy(2, 100, 2, TimeInForce::Gtc, true);
    venue.buy(3, 100, 2);
    venue->elapse(1);
    venue->cancel(0, 2, true);  // sent at 1786, on its way with the submit of 1785
    EXPECT_EQ(venue.latency(), (std::vector<Nanos>{1786, 1885, 1895}));
    EXPECT_EQ(venue.order(3).exch_ts, 1885);
}

}  // namespace
}  // namespace ringside
