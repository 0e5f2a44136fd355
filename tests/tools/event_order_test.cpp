#include "tools/ringside/event_order.hpp"

#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/row_check.hpp"
#include "tools/ringside/feed_order.hpp"
#include "tools/ringside/random.hpp"

namespace ringside {
namespace {

constexpr std::uint64_t kBoth = kExchEvent | kLocalEvent;

Event row(Nanos exch_ts, Nanos local_ts, std::uint64_t id = 0) {
    Event event;
    event.ev = 1;
    event.exch_ts = exch_ts;
    event.local_ts = local_ts;
    event.order_id = id;
    return event;
}

/// A row's number and flags.
struct Out {
    std::uint64_t id;
    std::uint64_t flags;
    bool operator==(const Out&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Out& o) {
    return out << o.id << ((o.flags & kExchEvent) != 0 ? "E" : "")
               << ((o.flags & kLocalEvent) != 0 ? "L" : "");
}

std::vector<Out> ordered(const std::vector<Event>& rows) {
    std::vector<Out> out;
    for (const Event& event : correct_event_order(rows)) {
        out.push_back({event.order_id, event.ev & kBoth});
    }
    return out;
}

TEST(EventOrder, LeavesRowsInOrderAlone) {
    EXPECT_EQ(ordered({row(1, 2, 0), row(3, 4, 1), row(3, 4, 2), row(3, 5, 3)}),
              (std::vector<Out>{{0, kBoth}, {1, kBoth}, {2, kBoth}, {3, kBoth}}));
}

TEST(EventOrder, GivesNothingForNothing) { EXPECT_TRUE(ordered({}).empty()); }

TEST(EventOrder, SplitsARowThatOvertookAnother) {
    // Row 1 happened first and was seen last.
    EXPECT_EQ(ordered({row(20, 30, 0), row(10, 40, 1)}),
              (std::vector<Out>{{1, kExchEvent}, {0, kBoth}, {1, kLocalEvent}}));
}

TEST(EventOrder, SplitsAtEqualExchangeTimesByLocalTime) {
    // Equal at the exchange: file order there, local order at the bot.
    EXPECT_EQ(ordered({row(10, 40, 0), row(10, 30, 1)}),
              (std::vector<Out>{{1, kLocalEvent}, {0, kBoth}, {1, kExchEvent}}));
}

TEST(EventOrder, KeepsFileOrderAtEqualTimes) {
    EXPECT_EQ(
        ordered({row(10, 40, 0), row(20, 40, 1), row(5, 40, 2), row(20, 40, 3)}),
        (std::vector<Out>{{2, kExchEvent}, {0, kBoth}, {1, kBoth}, {2, kLocalEvent}, {3, kBoth}}));
}

TEST(EventOrder, EmitsWhatOneOrderHasLeftWhenTheOtherIsUsedUp) {
    EXPECT_EQ(
        ordered({row(30, 1, 0), row(10, 2, 1), row(20, 3, 2)}),
        (std::vector<Out>{
            {1, kExchEvent}, {2, kExchEvent}, {0, kBoth}, {1, kLocalEvent}, {2, kLocalEvent}}));
}

TEST(EventOrder, KeepsFlagsAndPayloadIncludingNaN) {
    Event event = row(1, 2, 7);
    event.ev = 1ULL << 40 | kBuyEvent | 2;
    event.px = std::numeric_limits<double>::quiet_NaN();
    event.qty = -0.0;
    event.ival = -5;
    event.fval = 2.5;
    const auto out = correct_event_order(std::vector{event, event});
    ASSERT_EQ(out.size(), 2u);
    event.ev |= kBoth;
    EXPECT_EQ(std::memcmp(&out[0], &event, sizeof event), 0);
    EXPECT_EQ(std::memcmp(&out[1], &event, sizeof event), 0);
}

TEST(EventOrder, KeepsFlagsThatAnInputRowHasAlready) {
    Event seen = row(10, 40, 0);
    seen.ev |= kBoth;
    const auto out = correct_event_order(std::vector{seen, row(10, 30, 1)});
    ASSERT_EQ(out.size(), 3u);
    EXPECT_EQ(out[1].ev & kBoth, kBoth);
}

std::vector<Event> random_rows(Random& random, std::size_t count, std::uint32_t spread) {
    std::vector<Event> rows;
    Nanos time = 1'000;
    for (std::size_t i = 0; i < count; ++i) {
        time += random.below(4);
        rows.push_back(row(time + random.below(spread), time + random.below(spread), i));
    }
    return rows;
}

TEST(EventOrder, GivesEachTimelineEveryRowOnceAndSorted) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        const auto rows = random_rows(random, 1 + static_cast<std::size_t>(random.below(300)),
                                      1 + static_cast<std::uint32_t>(random.below(40)));
        const auto out = correct_event_order(rows);
        for (const auto flag : {kExchEvent, kLocalEvent}) {
            std::vector<int> seen(rows.size());
            const Event* last = nullptr;
            for (const Event& event : out) {
                ASSERT_NE(event.ev & kBoth, 0u) << "seed " << seed;
                if ((event.ev & flag) == 0) continue;
                ++seen[event.order_id];
                const auto time = [&](const Event& e) {
                    return flag == kExchEvent ? e.exch_ts : e.local_ts;
                };
                if (last != nullptr) {
                    ASSERT_LE(time(*last), time(event)) << "seed " << seed;
                    if (time(*last) == time(event)) {
                        ASSERT_LT(last->order_id, event.order_id);
                    }
                }
                last = &event;
            }
            EXPECT_EQ(seen, std::vector<int>(rows.size(), 1)) << "seed " << seed;
        }
    }
}

TEST(EventOrder, OfAStreamIsThatOfTheWholeArray) {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        std::vector<Event> rows;
        Nanos time = 1'000;
        for (std::uint64_t i = 0; i < 300; ++i) {
            time += random.below(4);
            rows.push_back(row(time, time + random.below(12), i));
        }
        std::vector<Event> streamed;
        FeedOrder order([&](std::span<const Event> block) {
            streamed.insert(streamed.end(), block.begin(), block.end());
        });
        for (const Event& event : rows) order.push(event);
        order.finish();
        const auto whole = correct_event_order(rows);
        ASSERT_EQ(streamed.size(), whole.size()) << "seed " << seed;
        EXPECT_EQ(std::memcmp(streamed.data(), whole.data(), whole.size() * sizeof(Event)), 0)
            << "seed " << seed;
    }
}

TEST(EventOrder, OfStoredMessagesIsThatOfTheirRows) {
    for (std::uint64_t seed = 1; seed <= 100; ++seed) {
        Random random(seed);
        RowStore store;
        std::vector<Event> rows;
        Nanos time = 1'000;
        for (int message = 0; message < 100; ++message) {
            time += random.below(4);
            const Nanos exch_ts = time + random.below(20);
            const Nanos local_ts = time + random.below(20);
            store.begin_message(local_ts);
            store.set_exch_ts(exch_ts);
            for (auto left = random.below(5); left > 0; --left) {
                Event event = row(exch_ts, local_ts + 100);
                event.ev |= random.percent(50) ? kBuyEvent : kSellEvent;
                event.px = static_cast<double>(rows.size());
                store.add(event.ev, event.px, event.qty);
                rows.push_back(event);
            }
        }
        const auto whole = correct_event_order(rows);
        std::vector<Event> emitted;
        emit_in_order(store, 100, [&](std::span<const Event> block) {
            emitted.insert(emitted.end(), block.begin(), block.end());
        });
        ASSERT_EQ(emitted.size(), whole.size()) << "seed " << seed;
        EXPECT_EQ(std::memcmp(emitted.data(), whole.data(), whole.size() * sizeof(Event)), 0)
            << "seed " << seed;
    }
}

TEST(ClockShift, IsNothingUnlessALatencyIsNegative) {
    EXPECT_EQ(clock_shift(0, 500), 0);
    EXPECT_EQ(clock_shift(3, 500), 0);
    EXPECT_EQ(clock_shift(kNever, 500), 0);
}

TEST(ClockShift, MakesTheLeastLatencyTheBaseLatency) {
    std::vector<Event> rows{row(100, 90), row(100, 140), row(200, 170)};
    EXPECT_EQ(correct_local_time(rows, 5), 35);
    EXPECT_EQ(rows[0].local_ts, 125);
    EXPECT_EQ(rows[1].local_ts, 175);
    EXPECT_EQ(rows[2].local_ts, 205);
}

TEST(ClockShift, ToleratesNoRows) {
    std::vector<Event> none;
    EXPECT_EQ(correct_local_time(none, 5), 0);
}

}  // namespace
}  // namespace ringside
