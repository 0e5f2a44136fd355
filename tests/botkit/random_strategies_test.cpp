#include <cmath>
#include <map>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/random_bot.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside {
namespace {

using engine::ConstantLatency;
using test::RandomBot;
using test::TwoAssetVenue;

struct Wire {
    std::vector<OrderRequest> requests;
    std::vector<OrderResponse> responses;
};

/// Passes everything on and keeps a copy of what went over the wire.
class RecordingLink final : public botkit::Link {
  public:
    RecordingLink(const engine::VenueConfig& config, Wire& wire) : link_(config), wire_(wire) {}

    const VenueInfo& info() const override { return link_.info(); }
    botkit::FeedRows next_rows() override { return link_.next_rows(); }
    botkit::FeedRows next_unseen_rows(Nanos until) override {
        return link_.next_unseen_rows(until);
    }
    bool send(const OrderRequest& request) override {
        wire_.requests.push_back(request);
        return link_.send(request);
    }
    void promise(Nanos time) override { link_.promise(time); }
    botkit::Horizon poll(std::vector<OrderResponse>& responses) override {
        const std::size_t before = responses.size();
        const botkit::Horizon horizon = link_.poll(responses);
        wire_.responses.insert(wire_.responses.end(),
                               responses.begin() + static_cast<std::ptrdiff_t>(before),
                               responses.end());
        return horizon;
    }
    void idle() override { link_.idle(); }

  private:
    botkit::InProcessLink link_;
    Wire& wire_;
};

/// What the responses to one order add up to since its size was last set.
struct Life {
    bool over = false;
    bool touched = false;  ///< executed at all
    Lots executed = 0;
};

void expect_lives_to_end_once(const Wire& wire) {
    std::map<std::pair<AssetNo, std::uint64_t>, Life> lives;  // by asset and id
    for (const OrderResponse& r : wire.responses) {
        if (r.kind == ResponseKind::Refused) continue;
        Life& life = lives[{r.asset_no, r.order_id}];
        ASSERT_FALSE(life.over) << "order " << r.order_id << " goes on after its end";
        const bool sets_size =
            r.req_seq != 0 && wire.requests[r.req_seq - 1].kind == RequestKind::Modify;
        if (sets_size) life.executed = 0;
        if (r.executed) {
            life.executed += r.exec_lots;
            life.touched = true;
            ASSERT_GT(r.exec_lots, 0);
            ASSERT_EQ(r.status, r.leaves_lots > 0 ? Status::PartiallyFilled : Status::Filled);
        }
        life.over = is_terminal(r.status);
        if (!life.over) {
            ASSERT_EQ(r.status, life.touched ? Status::PartiallyFilled : Status::New);
        }
        // A clear of market-by-order data takes what was open of an order with it.
        const bool cleared = r.status == Status::Expired && r.kind == ResponseKind::Update &&
                             r.req_seq == 0 && r.leaves_lots == 0;
        if (!cleared) {
            ASSERT_EQ(life.executed + r.leaves_lots, r.qty_lots) << "order " << r.order_id;
        }
        if (life.over) life = {};  // the id may be used again
    }
}

void expect_one_answer_each(const Wire& wire) {
    std::vector<int> answers(wire.requests.size() + 1);
    std::map<AssetNo, Nanos> heard;
    for (const OrderResponse& r : wire.responses) {
        ASSERT_LE(r.req_seq, wire.requests.size());
        ASSERT_GE(r.resp_ts, heard[r.asset_no]) << "responses overtake each other";
        ASSERT_GE(r.resp_ts, r.exch_ts);
        heard[r.asset_no] = r.resp_ts;
        ++answers[r.req_seq];
        if (r.req_seq != 0) {
            ASSERT_EQ(r.req_ts, wire.requests[r.req_seq - 1].req_ts);
            ASSERT_EQ(r.order_id, wire.requests[r.req_seq - 1].order_id);
        }
    }
    for (std::size_t seq = 1; seq < answers.size(); ++seq) {
        ASSERT_EQ(answers[seq], 1) << "answers to request " << seq;
    }
}

/// Equal but for the rounding of sums whose terms are `total` in magnitude.
void expect_near(double is, long double ought, long double total, const char* what) {
    ASSERT_NEAR(is, static_cast<double>(ought), 1e-12 * static_cast<double>(total)) << what;
}

void expect_state_of_fills(const botkit::Context& context, const Wire& wire) {
    for (AssetNo a = 0; a < context.num_assets(); ++a) {
        const Instrument& instrument = context.instrument(a);
        long double position = 0, balance = 0, fee = 0, volume = 0, value = 0;
        std::int64_t trades = 0;
        for (const OrderResponse& r : wire.responses) {
            if (!r.executed || r.asset_no != a) continue;
            const long double qty =
                static_cast<long double>(r.exec_lots) * (a == 0 ? 0.001L : 1.0L);
            const long double px =
                static_cast<long double>(r.exec_price_ticks) * (a == 0 ? 0.1L : 0.01L);
            const long double amount =
                instrument.kind == ContractKind::Inverse ? 10.0L * qty / px : px * qty;
            const long double sign = r.side == Side::Buy ? 1 : -1;
            position += sign * qty;
            balance -= sign * amount;
            fee += amount * (r.maker ? -0.00005L : 0.0007L);
            volume += qty;
            value += amount;
            ++trades;
        }
        const botkit::StateValues& state = context.state_values(a);
        expect_near(state.position, position, volume, "position");
        expect_near(state.balance, balance, value, "balance");
        expect_near(state.fee, fee, value * 0.0007L, "fee");
        expect_near(state.trading_volume, volume, volume, "volume");
        expect_near(state.trading_value, value, value, "value");
        ASSERT_EQ(state.num_trades, trades);
    }
}

/// At the end nothing is in flight and the bot sees each order as the venue last told it.
void expect_final_orders(const botkit::Context& context, const Wire& wire) {
    std::map<std::pair<AssetNo, OrderId>, OrderResponse> last;
    for (const OrderResponse& r : wire.responses) {
        if (r.kind != ResponseKind::Refused) last[{r.asset_no, r.order_id}] = r;
    }
    for (AssetNo a = 0; a < context.num_assets(); ++a) {
        for (const Order& order : context.orders(a)) {
            ASSERT_FALSE(order.pending()) << "order " << order.order_id;
            const OrderResponse& r = last.at({a, order.order_id});
            ASSERT_EQ(order.status, r.status);
            ASSERT_EQ(order.price_ticks, r.price_ticks);
            ASSERT_EQ(order.qty_lots, r.qty_lots);
            ASSERT_EQ(order.leaves_lots, r.leaves_lots);
        }
    }
}

std::vector<std::int64_t> run(const engine::VenueConfig& config, std::uint64_t seed, Wire& wire) {
    botkit::Context context(std::make_unique<RecordingLink>(config, wire));
    RandomBot bot(seed);
    bot(context, 400);
    if (config.rules == RulesPreset::Strict) {
        expect_lives_to_end_once(wire);
        expect_one_answer_each(wire);
        expect_state_of_fills(context, wire);
        expect_final_orders(context, wire);
    }
    return bot.seen();
}

constexpr ConstantLatency kLatencies[] = {{0, 0},
                                          {1, 1},
                                          {10 * kMillisecond, 10 * kMillisecond},
                                          {0, 3 * kMillisecond},
                                          {2 * kMillisecond, 0}};

/// One in five by order, every second one with partial fills, every queue model and latency.
class Configurations {
  public:
    engine::VenueConfig of(std::uint64_t seed, RulesPreset rules) const {
        const auto& venues = seed % 5 == 0 ? by_order_ : by_level_;
        return venues[seed % venues.size()].config(
            rules, kLatencies[seed / 2 % 5], test::queue_of(seed / 10), test::exchange_of(seed));
    }

  private:
    std::vector<TwoAssetVenue> by_level_ = make(BookKind::L2);
    std::vector<TwoAssetVenue> by_order_ = make(BookKind::L3);

    static std::vector<TwoAssetVenue> make(BookKind book) {
        std::vector<TwoAssetVenue> venues;
        for (std::uint64_t market = 1; market <= 3; ++market) {
            venues.emplace_back(market, 3000, book);
        }
        return venues;
    }
};

TEST(RandomStrategies, KeepTheirBooksWithTheVenueInStrict) {
    const Configurations configurations;
    std::size_t fills = 0;
    std::size_t partial_fills = 0;
    for (std::uint64_t seed = 1; seed <= 1000 && !HasFatalFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Wire wire;
        run(configurations.of(seed, RulesPreset::Strict), seed, wire);
        for (const OrderResponse& r : wire.responses) {
            fills += r.executed ? 1 : 0;
            partial_fills += r.executed && r.status == Status::PartiallyFilled ? 1 : 0;
        }
    }
    EXPECT_GT(fills, 15'000u);  // the bots do trade
    EXPECT_GT(partial_fills, 500u);
}

TEST(RandomStrategies, SeeTheSameTwice) {
    const Configurations configurations;
    for (const RulesPreset rules : {RulesPreset::Strict, RulesPreset::Compat}) {
        for (std::uint64_t seed = 1; seed <= 60; ++seed) {
            SCOPED_TRACE("seed " + std::to_string(seed));
            const auto config = configurations.of(seed, rules);
            Wire first, second;
            ASSERT_EQ(run(config, seed, first), run(config, seed, second));
            ASSERT_EQ(first.responses.size(), second.responses.size());
        }
    }
}

}  // namespace
}  // namespace ringside
