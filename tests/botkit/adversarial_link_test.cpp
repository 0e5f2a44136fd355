#include "tests/support/adversarial_link.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/support/random_bot.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/two_asset_venue.hpp"

namespace ringside {
namespace {

using engine::ConstantLatency;
using test::AdversarialLink;
using test::RandomBot;
using test::TwoAssetVenue;

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

TEST(AdversarialLink, ChangesNothingWithALatencyForEachKindOfRequest) {
    expect_scheduling_not_to_matter({3 * kMillisecond, kMillisecond, 0, 5 * kMillisecond}, 26);
    expect_scheduling_not_to_matter({kMillisecond, 1, 4 * kMillisecond, kMillisecond / 2}, 27);
}

// Cancels are refused on the way, and that is heard before any other answer could be.
TEST(AdversarialLink, ChangesNothingWhenRequestsAreRefusedOnTheWay) {
    expect_scheduling_not_to_matter(
        {3 * kMillisecond, 3 * kMillisecond, std::nullopt, -kMillisecond}, 28);
}

TEST(AdversarialLink, ChangesNothingWithALongLatency) {
    expect_scheduling_not_to_matter({10 * kMillisecond, 10 * kMillisecond}, 25);
}

}  // namespace
}  // namespace ringside
