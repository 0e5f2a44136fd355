#include "botkit/lockstep.hpp"

#include <gtest/gtest.h>

#include "botkit/fiber.hpp"
#include "botkit/in_process_link.hpp"
#include "tests/support/random_bot.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside::botkit {
namespace {

using engine::ConstantLatency;
using test::exchange_of;
using test::queue_of;
using test::RandomBot;
using test::TwoAssetVenue;
using Seen = std::vector<std::int64_t>;

Seen seen_alone(const engine::VenueConfig& config, std::uint64_t seed, int steps) {
    Context context(std::make_unique<InProcessLink>(config));
    RandomBot bot(seed);
    bot(context, steps);
    return bot.seen();
}

/// What each bot saw; empty for one that needs a venue of its own.
std::vector<Seen> seen_together(const engine::VenueConfig& config,
                                const std::vector<std::uint64_t>& seeds, int steps) {
    SharedVenue venue(config, Decoding::InTurn);
    std::vector<Seen> seen(seeds.size());
    std::vector<LockstepBot> bots;
    for (std::size_t b = 0; b < seeds.size(); ++b) {
        bots.push_back([&, b](std::unique_ptr<Link> link) {
            try {
                Context context(std::move(link));
                RandomBot bot(seeds[b]);
                // They end at different times: the last ones long before the data.
                bot(context, steps / static_cast<int>(b + 1));
                seen[b] = bot.seen();
            } catch (const NeedsVenueOfItsOwn&) {
            }
        });
    }
    run_in_lockstep(venue, std::move(bots), [] {});
    return seen;
}

TEST(Lockstep, EachOfManyRandomBotsSeesWhatItWouldSeeAlone) {
    constexpr int kSteps = 900;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const BookKind book = seed % 4 == 3 ? BookKind::L3 : BookKind::L2;
        const TwoAssetVenue market(seed, 3000, book);
        const auto exchange =
            book == BookKind::L3 ? engine::ExchangeKind::NoPartialFill : exchange_of(seed);
        const auto config =
            market.config(RulesPreset::Strict,
                          ConstantLatency{.entry_ns = static_cast<Nanos>(seed % 3) * 700'000,
                                          .response_ns = static_cast<Nanos>(seed % 2) * 1'300'000},
                          queue_of(seed), exchange);
        const std::vector<std::uint64_t> seeds{seed * 100, seed * 100 + 1, seed * 100 + 2,
                                               seed * 100 + 3, seed * 100 + 4};
        const std::vector<Seen> together = seen_together(config, seeds, kSteps);
        for (std::size_t b = 0; b < seeds.size(); ++b) {
            const Seen alone = seen_alone(config, seeds[b], kSteps / static_cast<int>(b + 1));
            ASSERT_GT(alone.size(), 100u);
            ASSERT_EQ(together[b], alone) << "bot " << b;
        }
    }
}

TEST(Lockstep, ACompatBotSeesTheSameUnlessItsClockIsTurnedBack) {
    constexpr int kSteps = 600;
    int same = 0;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE(testing::Message() << "seed " << seed);
        const TwoAssetVenue market(seed, 3000);
        const auto config = market.config(
            RulesPreset::Compat, ConstantLatency{.entry_ns = 500'000, .response_ns = 800'000},
            queue_of(seed), exchange_of(seed));
        const std::vector<std::uint64_t> seeds{seed, seed + 50, seed + 90};
        const std::vector<Seen> together = seen_together(config, seeds, kSteps);
        for (std::size_t b = 0; b < seeds.size(); ++b) {
            if (together[b].empty()) continue;
            ++same;
            ASSERT_EQ(together[b], seen_alone(config, seeds[b], kSteps / static_cast<int>(b + 1)))
                << "bot " << b;
        }
    }
    EXPECT_GT(same, 12) << "most bots share a venue";
}

TEST(Lockstep, ABotThatSleepsForAllOfTheDataDoesNotHoldThemInMemory) {
    const TwoAssetVenue market(7, 200'000);
    const auto config =
        market.config(RulesPreset::Strict, ConstantLatency{.entry_ns = 1000, .response_ns = 1000},
                      engine::QueueKind::LogProb2);
    SharedVenue venue(config, Decoding::InTurn);
    std::uint64_t most_between = 0;
    std::uint64_t rows_heard = 0;
    std::vector<LockstepBot> bots;
    bots.push_back([](std::unique_ptr<Link> link) {
        Context context(std::move(link));
        while (context.elapse(3'000'000 * kSecond) == Code::Ok) {
        }
    });
    bots.push_back([&](std::unique_ptr<Link> link) {
        Context context(std::move(link));
        while (context.elapse(kMillisecond) == Code::Ok) {
            const std::uint64_t heard = context.events_processed();
            if (heard > venue.rows_passed()) {
                most_between = std::max(most_between, heard - venue.rows_passed());
            }
        }
        rows_heard = context.events_processed();
    });
    run_in_lockstep(venue, std::move(bots), [] {});
    EXPECT_GT(rows_heard, 200'000u);
    EXPECT_LT(most_between, 100'000u);
}

/// A bot that looks at the book in callbacks: what it saw.
Seen seen_in_callbacks(std::unique_ptr<Link> link) {
    Context context(std::move(link));
    Seen seen;
    context.on_book([&](Context& c, AssetNo a, const Event&) {
        seen.push_back(c.depth(a).best_bid());
        seen.push_back(c.depth(a).best_ask());
        seen.push_back(c.current_timestamp());
    });
    while (context.elapse(3 * kMillisecond) == Code::Ok) {
    }
    return seen;
}

TEST(Lockstep, BotsThatLookInCallbacksHaveBooksOfTheirOwnBesideOthersWhoShareThem) {
    const TwoAssetVenue market(21, 3000);
    const auto config = market.config(RulesPreset::Strict,
                                      ConstantLatency{.entry_ns = 300'000, .response_ns = 400'000},
                                      engine::QueueKind::LogProb2);
    SharedVenue venue(config, Decoding::InTurn);
    std::vector<Seen> seen(3);
    std::vector<LockstepBot> bots;
    for (std::size_t b = 0; b < 3; ++b) {
        bots.push_back([&, b](std::unique_ptr<Link> link) {
            if (b < 2) {
                seen[b] = seen_in_callbacks(std::move(link));
                return;
            }
            Context context(std::move(link));
            RandomBot bot(4);
            bot(context, 500);
            seen[b] = bot.seen();
        });
    }
    run_in_lockstep(venue, std::move(bots), [] {});
    const Seen alone = seen_in_callbacks(std::make_unique<InProcessLink>(config));
    ASSERT_GT(alone.size(), 3000U);
    EXPECT_EQ(seen[0], alone);
    EXPECT_EQ(seen[1], alone);
    EXPECT_EQ(seen[2], seen_alone(config, 4, 500));
}

TEST(Fiber, ContinuesWhereItLeftOffWithItsLocalsIntact) {
    std::vector<int> order;
    std::unique_ptr<Fiber> fiber;
    fiber = std::make_unique<Fiber>([&] {
        for (int i = 0; i < 3; ++i) {
            order.push_back(i);
            fiber->suspend();
        }
    });
    while (!fiber->done()) {
        fiber->resume();
        order.push_back(-1);
    }
    EXPECT_EQ(order, (std::vector<int>{0, -1, 1, -1, 2, -1, -1}));
}

TEST(Fiber, AnExceptionCaughtOnItsStackStaysThere) {
    std::vector<std::string> caught;
    std::vector<std::unique_ptr<Fiber>> fibers(3);
    for (std::size_t f = 0; f < fibers.size(); ++f) {
        fibers[f] = std::make_unique<Fiber>([&, f] {
            try {
                fibers[f]->suspend();
                throw std::runtime_error(std::to_string(f));
            } catch (const std::runtime_error& error) {
                caught.emplace_back(error.what());
            }
        });
    }
    for (int round = 0; round < 2; ++round) {
        for (auto& fiber : fibers) fiber->resume();
    }
    EXPECT_EQ(caught, (std::vector<std::string>{"0", "1", "2"}));
}

}  // namespace
}  // namespace ringside::botkit
