#include "engine/simulated_venue.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "tests/support/scripted_market.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside {
namespace {

using engine::Pace;
using engine::SimulatedVenue;
using test::ScriptedMarket;

constexpr Nanos kStart = 1'000;
constexpr Nanos kLatency = 10;

/// A market of one instrument, tick and lot 1, quoted 95 to 105.
ScriptedMarket quoted() {
    ScriptedMarket market;
    market.bid(kStart, 95.0, 5.0).ask(kStart, 105.0, 5.0);
    return market;
}

/// Up to when the venue rules out an answer to whom a bid at 90 and an ask at 110 belong.
Nanos safe_until(const ScriptedMarket& market) {
    engine::AssetConfig asset;
    asset.instrument.symbol = "A";
    asset.instrument.grid = {1.0, 1.0};
    asset.data = {std::span(market.rows())};
    asset.latency = engine::ConstantLatency{kLatency, kLatency};
    const engine::VenueConfig config{
        .name = "scripted", .rules = RulesPreset::Strict, .assets = {asset}};
    SimulatedVenue venue(config, Pace::AheadOfBots, Decoding::InTurn);
    const engine::SessionNo bot = venue.open_session();
    for (const Side side : {Side::Buy, Side::Sell}) {
        const bool buy = side == Side::Buy;
        venue.accept(bot, {.seq = buy ? 1U : 2U,
                           .order_id = buy ? 1U : 2U,
                           .req_ts = kStart,
                           .price_ticks = buy ? 90 : 110,
                           .qty_lots = 1,
                           .kind = RequestKind::Submit,
                           .side = side});
    }
    venue.promise(bot, kStart + 1);
    venue.run();
    EXPECT_EQ(venue.outbox(bot).size(), 2U);
    return venue.progress(bot).safe_until;
}

Nanos heard_before(Nanos exch_ts) { return exch_ts + kLatency - 1; }

TEST(SimulatedVenue, RulesOutAnswersUpToATradeThatReachesAnOrder) {
    const ScriptedMarket sold = quoted()
                                    .sell_trade(2'000, 91.0, 1.0)
                                    .buy_trade(2'100, 80.0, 1.0)
                                    .sell_trade(3'000, 90.0, 1.0)
                                    .quiet(9'000);
    EXPECT_EQ(safe_until(sold), heard_before(3'000));
    const ScriptedMarket bought =
        quoted().buy_trade(2'000, 109.0, 1.0).buy_trade(4'000, 111.0, 1.0);
    EXPECT_EQ(safe_until(bought), heard_before(4'000));
}

TEST(SimulatedVenue, RulesOutAnswersUpToALevelThatStandsAgainstAnOrder) {
    const ScriptedMarket fallen =
        quoted().bid(2'000, 90.0, 7.0).ask(2'500, 91.0, 1.0).ask(3'000, 90.0, 1.0).quiet(9'000);
    EXPECT_EQ(safe_until(fallen), heard_before(3'000));
    const ScriptedMarket risen = quoted().bid(2'000, 109.0, 7.0).bid(4'000, 110.0, 1.0);
    EXPECT_EQ(safe_until(risen), heard_before(4'000));
}

TEST(SimulatedVenue, GoesByNoRowThatTheExchangeDoesNotSee) {
    const ScriptedMarket market = quoted()
                                      .sell_trade(2'000, 90.0, 1.0)
                                      .only(kLocalEvent)
                                      .sell_trade(3'000, 90.0, 1.0)
                                      .row(9'000, EventKind::Depth, kBuyEvent, 80.0, 1.0)
                                      .only(kLocalEvent);
    EXPECT_EQ(safe_until(market), heard_before(3'000));
}

// Where the data ends, or is not looked at yet, the last row that was is the earliest to follow.
TEST(SimulatedVenue, RulesOutAnswersUpToTheLastRowThatItLookedAt) {
    EXPECT_EQ(safe_until(quoted().bid(2'000, 80.0, 1.0).ask(3'000, 120.0, 1.0)),
              heard_before(3'000));
    ScriptedMarket local = quoted().bid(2'000, 80.0, 1.0);
    local.row(9'000, EventKind::Depth, kBuyEvent, 80.0, 1.0).only(kLocalEvent);
    EXPECT_EQ(safe_until(local), heard_before(2'000));
    ScriptedMarket late = quoted();
    for (Nanos at = 2'000; at < 22'000; ++at) late.bid(at, 50.0, 1.0);
    late.sell_trade(22'000, 90.0, 1.0);
    const Nanos until = safe_until(late);
    EXPECT_GT(until, heard_before(2'500));
    EXPECT_LE(until, heard_before(22'000));
}

/// Trades at random on a random market and holds every answer against what was ruled out before.
class Watch {
  public:
    Watch(const engine::VenueConfig& config, std::uint64_t seed)
        : venue_(config, Pace::AheadOfBots, Decoding::InTurn),
          bot_(venue_.open_session()),
          dice_(seed),
          now_(venue_.info().start_ts) {}

    void run(int steps) {
        for (int i = 0; i < steps; ++i) {
            // Nothing of what was ruled out holds once a new request's answer may come.
            Nanos ruled_out = venue_.progress(bot_).safe_until;
            if (dice_.one_in(3)) {
                trade();
                ruled_out = std::min(ruled_out, now_ + venue_.info().least_round_trip_ns - 1);
            }
            now_ += dice_.between(0, 2 * kMillisecond);
            venue_.promise(bot_, now_);
            while (venue_.feed().next_ts() <= now_) venue_.feed().take(64);
            venue_.run();
            for (const OrderResponse& response : venue_.outbox(bot_)) {
                ASSERT_GT(response.resp_ts, ruled_out);
                fills_ += response.kind == ResponseKind::Fill;
            }
            venue_.outbox(bot_).clear();
        }
    }
    int fills() const noexcept { return fills_; }

  private:
    void trade() {
        const bool linear = dice_.one_in(2);
        const bool buy = dice_.one_in(2);
        const Ticks away = dice_.between(-2, 6);
        ++seq_;
        venue_.accept(bot_, {.seq = seq_,
                             .order_id = dice_.one_in(4) ? seq_ / 2 + 1 : seq_,
                             .req_ts = now_,
                             .price_ticks = (linear ? 5000 : 7000) + (buy ? -away : away),
                             .qty_lots = dice_.between(1, 60),
                             .asset_no = linear ? 0U : 1U,
                             .kind = dice_.one_in(4) ? RequestKind::Cancel : RequestKind::Submit,
                             .side = buy ? Side::Buy : Side::Sell});
    }

    SimulatedVenue venue_;
    engine::SessionNo bot_;
    test::Dice dice_;
    Nanos now_;
    std::uint64_t seq_ = 0;
    int fills_ = 0;
};

TEST(SimulatedVenue, AnswersNothingThatItRuledOut) {
    int fills = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        const BookKind book = seed % 4 == 0 ? BookKind::L3 : BookKind::L2;
        const test::TwoAssetVenue market(seed, 6000, book);
        for (const Nanos latency : {Nanos{0}, Nanos{1}, kMillisecond}) {
            const engine::ConstantLatency there_and_back{latency, latency};
            Watch watch(market.config(RulesPreset::Strict, there_and_back, test::queue_of(seed),
                                      test::exchange_of(seed)),
                        seed);
            watch.run(600);
            if (HasFatalFailure()) return;
            fills += watch.fills();
        }
    }
    EXPECT_GT(fills, 100);
}

}  // namespace
}  // namespace ringside
