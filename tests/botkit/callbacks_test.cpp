#include <sstream>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/adversarial_link.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/random_bot.hpp"
#include "tests/support/scripted_market.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside {
namespace {

using botkit::Context;
using test::ScriptedMarket;
using test::ScriptedVenue;
using test::TwoAssetVenue;

/// Writes down what callbacks are told, and when.
class Diary {
  public:
    explicit Diary(Context& context) {
        context.on_trade([this](Context& c, AssetNo a, const Event& e) {
            write(c, a, "trade", e.px);
            EXPECT_GE(c.current_timestamp(), e.local_ts);
        });
        context.on_book([this](Context& c, AssetNo a, const Event&) {
            write(c, a, "book", c.depth(a).best_bid_price());
        });
        context.on_order([this](Context& c, AssetNo a, const OrderResponse& r) {
            const Order* order = c.orders(a).find(r.order_id);
            write(c, a, "order", static_cast<double>(order == nullptr ? -1 : order->leaves_lots));
        });
        context.on_fill([this](Context& c, AssetNo a, const OrderResponse& r) {
            write(c, a, "fill", c.position(a));
            EXPECT_TRUE(r.executed);
        });
    }
    std::string text() const { return text_.str(); }

  private:
    void write(const Context& c, AssetNo a, const char* what, double value) {
        text_ << c.current_timestamp() << ' ' << a << ' ' << what << ' ' << value << '\n';
    }
    std::ostringstream text_;
};

ScriptedMarket lively() {
    return ScriptedMarket()
        .bid(1000, 100, 5)
        .ask(1000, 105, 5)
        .sell_trade(2000, 100, 2)
        .bid(2000, 99, 3)
        .sell_trade(3000, 98, 9)
        .quiet(9000);
}

TEST(Callbacks, ComeInOrderOfTimeWithTheClockAtTheEvent) {
    ScriptedVenue venue(lively(), {});
    venue->elapse(500);
    venue.buy(1, 100, 4);
    const Diary diary(*venue);
    EXPECT_EQ(venue->elapse(3000), Code::Ok);
    // Rows are heard 1 after they happen, responses 10 after.
    EXPECT_EQ(diary.text(),
              "1520 0 order 4\n"
              "2001 0 trade 100\n"
              "2001 0 book 100\n"
              "3001 0 trade 98\n"
              "3010 0 order 0\n"
              "3010 0 fill 4\n");
    EXPECT_EQ(venue.now(), 4500);
}

TEST(Callbacks, MayAskTheVenueAtTheTimeOfTheirEvent) {
    ScriptedVenue venue(lively(), {});
    venue->on_trade([](Context& c, AssetNo a, const Event& e) {
        if (e.px == 100.0) {
            EXPECT_EQ(c.submit_buy_order(a, 1, 99, 1, TimeInForce::Gtc, OrderType::Limit, false),
                      Code::Ok);
        }
    });
    venue->on_fill([](Context& c, AssetNo a, const OrderResponse& r) {
        EXPECT_EQ(r.order_id, 1u);
        EXPECT_EQ(c.submit_sell_order(a, 2, 120, 1, TimeInForce::Gtc, OrderType::Limit, false),
                  Code::Ok);
    });
    venue->elapse(5000);
    EXPECT_EQ(venue.order(1).local_ts, 2001);
    EXPECT_EQ(venue.order(1).status, Status::Filled);
    EXPECT_EQ(venue.order(2).local_ts, 3010);
    EXPECT_EQ(venue.order(2).exch_ts, 3020);
    EXPECT_EQ(venue.order(2).status, Status::New);
}

TEST(Callbacks, MayNotLetTimePass) {
    ScriptedVenue venue(lively(), {});
    int calls = 0;
    venue->on_trade([&](Context& c, AssetNo a, const Event&) {
        ++calls;
        const Nanos now = c.current_timestamp();
        EXPECT_EQ(c.elapse(1), Code::InvalidRequest);
        EXPECT_EQ(c.wait_next_feed(true, 1), Code::InvalidRequest);
        EXPECT_EQ(c.wait_order_response(a, 1, 1), Code::InvalidRequest);
        EXPECT_EQ(c.submit_buy_order(a, 9, 99, 1, TimeInForce::Gtc, OrderType::Limit, true),
                  Code::InvalidRequest);
        EXPECT_EQ(c.current_timestamp(), now);
        test::expect_error([&] { c.on_book({}); }, ExitCode::Usage, "register");
    });
    EXPECT_EQ(venue->elapse(5000), Code::Ok);
    EXPECT_EQ(calls, 2);
    EXPECT_TRUE(venue->orders(0).empty());
}

TEST(Callbacks, EndTheCallWithWhatTheyThrow) {
    ScriptedVenue venue(lively(), {});
    venue->on_trade([](Context&, AssetNo, const Event&) { throw std::runtime_error("stop"); });
    EXPECT_THROW(venue->elapse(5000), std::runtime_error);
    venue->on_trade({});
    EXPECT_EQ(venue->elapse(100), Code::Ok);  // and afterwards time may pass again
}

constexpr engine::ConstantLatency kLatencies[] = {
    {0, 0}, {1, 1}, {10 * kMillisecond, 10 * kMillisecond}, {0, kMillisecond}, {kMillisecond, 0}};

std::vector<std::int64_t> seen(std::unique_ptr<botkit::Link> link, std::uint64_t seed,
                               std::string* diary_text) {
    Context context(std::move(link));
    std::optional<Diary> diary;
    if (diary_text != nullptr) diary.emplace(context);
    test::RandomBot bot(seed);
    bot(context, 150);
    if (diary) *diary_text = diary->text();
    return bot.seen();
}

TEST(Callbacks, ThatOnlyLookChangeNothing) {
    const TwoAssetVenue venue(41, 1200);
    for (const RulesPreset rules : {RulesPreset::Strict, RulesPreset::Compat}) {
        for (std::uint64_t seed = 1; seed <= 20; ++seed) {
            SCOPED_TRACE("seed " + std::to_string(seed));
            const auto config = venue.config(rules, kLatencies[seed % 5], test::queue_of(seed),
                                             test::exchange_of(seed));
            // A venue across processes runs ahead of its bots, also in compat.
            const auto in_process = [&] {
                return std::make_unique<botkit::InProcessLink>(config, engine::Pace::AheadOfBots);
            };
            std::string told, told_across;
            const auto plain = seen(in_process(), seed, nullptr);
            ASSERT_EQ(seen(in_process(), seed, &told), plain);
            auto across = std::make_unique<test::AdversarialLink>(config, seed);
            ASSERT_EQ(seen(std::move(across), seed, &told_across), plain);
            ASSERT_EQ(told_across, told);
        }
    }
}

/// Trades in its callbacks alone, seldom enough that without latency one request does not lead to
/// another for ever.
std::string trade_by_callbacks(std::unique_ptr<botkit::Link> link, std::uint64_t seed) {
    Context context(std::move(link));
    test::Dice dice(seed);
    OrderId last_id = 0;
    std::ostringstream told;
    const auto act = [&](Context& c, AssetNo a, std::uint64_t rarely) {
        if (!dice.one_in(rarely)) return;
        const Grid& grid = c.instrument(a).grid;
        const Ticks bid = c.depth(a).best_bid();
        if (bid == kNoBid) return;
        Code code = Code::Ok;
        if (dice.one_in(3)) {
            code = c.cancel(a, last_id - static_cast<OrderId>(dice.between(0, 5)), false);
        } else {
            const double price = grid.price(bid + dice.between(-3, 3));
            const double qty = grid.qty(dice.between(1, 30));
            code = dice.one_in(2) ? c.submit_buy_order(a, ++last_id, price, qty, TimeInForce::Gtc,
                                                       OrderType::Limit, false)
                                  : c.submit_sell_order(a, ++last_id, price, qty, TimeInForce::Gtc,
                                                        OrderType::Limit, false);
        }
        told << c.current_timestamp() << ' ' << a << ' ' << static_cast<int>(code) << ' '
             << c.position(a) << '\n';
    };
    context.on_trade([&](Context& c, AssetNo a, const Event&) { act(c, a, 5); });
    context.on_book([&](Context& c, AssetNo a, const Event&) { act(c, a, 20); });
    context.on_order([&](Context& c, AssetNo a, const OrderResponse&) { act(c, a, 4); });
    context.on_fill([&](Context& c, AssetNo a, const OrderResponse&) { act(c, a, 2); });
    while (context.elapse(40 * kMillisecond) == Code::Ok) {
    }
    return told.str();
}

TEST(Callbacks, ThatTradeSeeTheSameWhateverTheScheduling) {
    const TwoAssetVenue venue(42, 1200);
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        const auto config = venue.config(RulesPreset::Strict, kLatencies[seed % 5],
                                         test::queue_of(seed), test::exchange_of(seed));
        const std::string plain =
            trade_by_callbacks(std::make_unique<botkit::InProcessLink>(config), seed);
        ASSERT_GT(plain.size(), 1000u);
        for (std::uint64_t schedule = 1; schedule <= 2; ++schedule) {
            SCOPED_TRACE("seed " + std::to_string(seed * 100 + schedule));
            auto link = std::make_unique<test::AdversarialLink>(config, seed * 100 + schedule);
            ASSERT_EQ(trade_by_callbacks(std::move(link), seed), plain);
        }
    }
}

/// The same reaction, once from a callback and once by waiting for each event.
TEST(Callbacks, DoWhatPollingEachEventDoes) {
    const auto react = [](Context& c) {
        const OrderId id = static_cast<OrderId>(c.current_timestamp());
        if (id % 3 == 0) {
            c.submit_buy_order(0, id, 100, 1, TimeInForce::Gtc, OrderType::Limit, false);
        } else if (id % 3 == 1 && c.orders(0).size() > 0) {
            c.cancel(0, c.orders(0).begin()->order_id, false);
        }
        c.clear_inactive_orders(0);
    };
    ScriptedMarket market;
    test::Dice dice(3);
    for (Nanos t = 1000; t < 60'000; t += 50 + dice.between(0, 40)) {
        if (dice.one_in(3))
            market.sell_trade(t, 100, 1);
        else
            market.bid(t, 100, static_cast<double>(dice.between(1, 5)));
    }
    const auto state = [](ScriptedVenue& venue) {
        const botkit::StateValues& s = venue->state_values(0);
        return std::vector<double>{s.position, s.balance, s.fee, static_cast<double>(s.num_trades)};
    };
    ScriptedVenue polled(market, {.latency = {7, 16}});
    for (Code code = Code::Ok; code != Code::EndOfData;) {
        code = polled->wait_next_feed(false, 1'000'000);
        if (code == Code::MarketFeed) react(*polled);
    }
    ScriptedVenue called(market, {.latency = {7, 16}});
    called->on_trade([&](Context& c, AssetNo, const Event&) { react(c); });
    called->on_book([&](Context& c, AssetNo, const Event&) { react(c); });
    while (called->elapse(5000) == Code::Ok) {
    }
    EXPECT_GT(polled->state_values(0).num_trades, 10);
    EXPECT_EQ(state(called), state(polled));
}

}  // namespace
}  // namespace ringside
