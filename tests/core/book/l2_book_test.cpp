#include "core/book/l2_book.hpp"

#include <cmath>
#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "tests/core/book/map_book.hpp"

namespace ringside {
namespace {

using test::CompatMapBook;
using test::StrictMapBook;

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr Side kBid = Side::Buy;
constexpr Side kAsk = Side::Sell;

/// Updates of a market whose touch wanders, jumps and crosses, in the ways feeds are known to err.
class RandomUpdates {
  public:
    RandomUpdates(std::uint64_t seed, const Grid& grid) : random_(seed), grid_(grid) {}

    struct Update {
        bool bid = true;
        bool clear = false;
        bool both = false;
        double px = 0.0;
        double qty = 0.0;
    };

    Update next() {
        wander();
        Update u;
        u.bid = chance(2);
        if (chance(400)) {
            u.clear = true;
            u.both = chance(4);
            u.px = chance(4) ? (chance(2) ? kNaN : HUGE_VAL) : price(centre_ + between(-60, 60));
            return u;
        }
        // Mostly on the own side of the centre; every hundredth update crosses it.
        std::int64_t away = chance(30) ? between(0, 9000) : between(0, 40);
        if (chance(100)) away = -away / 4;
        u.px = price(u.bid ? centre_ - away : centre_ + 1 + away);
        u.qty = quantity();
        return u;
    }
    Ticks near() { return centre_ + between(-50, 50); }

  private:
    bool chance(std::uint64_t one_in) { return random_() % one_in == 0; }
    std::int64_t between(std::int64_t low, std::int64_t high) {
        return low +
               static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(high - low + 1));
    }
    void wander() {
        if (chance(3)) centre_ += between(-2, 2);
        if (chance(20'000)) centre_ += between(-5000, 5000);
        if (chance(100'000)) centre_ = between(-2'000'000, 2'000'000);
    }
    /// Off the grid by less than half a tick, as decimal prices are.
    double price(Ticks tick) {
        const double off = static_cast<double>(between(-40, 40)) / 100.0;
        return (static_cast<double>(tick) + off) * grid_.tick_size;
    }
    double quantity() {
        const double lot = grid_.lot_size;
        switch (random_() % 16) {
            case 0:
            case 1:
            case 2:
            case 3:
                return 0.0;
            case 4:
                return lot * 0.5;
            case 5:
                return std::nextafter(lot * 0.5, 0.0);
            case 6:
                return lot * 0.3;
            case 7:
                return chance(8) ? -lot * static_cast<double>(between(0, 3)) * 0.5 : lot;
            default:
                return lot * static_cast<double>(between(1, 100'000)) / 7.0;
        }
    }

    std::mt19937_64 random_;
    Grid grid_;
    Ticks centre_ = 0;
};

template <typename Reference>
void follow_reference(const Rules& rules, const Grid& grid, std::uint64_t seed, int updates) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    L2Book book(grid, rules);
    Reference reference(grid);
    RandomUpdates random(seed, grid);
    for (int i = 0; i < updates; ++i) {
        SCOPED_TRACE("update " + std::to_string(i));
        const auto u = random.next();
        if (u.clear && u.both) {
            book.clear_all();
            reference.clear_all();
        } else if (u.clear) {
            book.clear(u.bid ? kBid : kAsk, u.px);
            u.bid ? reference.clear_bids(u.px) : reference.clear_asks(u.px);
        } else {
            const MarketUpdate update{
                .qty = u.qty,
                .tick = static_cast<std::int32_t>(grid.to_ticks_nearest(u.px)),
                .action = u.bid ? Action::SetBid : Action::SetAsk};
            const LevelChange is =
                i % 2 == 0 ? book.set(u.bid ? kBid : kAsk, u.px, u.qty) : book.apply(update);
            const LevelChange ought =
                u.bid ? reference.set_bid(u.px, u.qty) : reference.set_ask(u.px, u.qty);
            ASSERT_EQ(is.tick, ought.tick);
            ASSERT_EQ(is.best_before, ought.best_before);
            ASSERT_EQ(is.best_after, ought.best_after);
            ASSERT_EQ(is.qty_before, ought.qty_before);
            ASSERT_EQ(is.qty_after, ought.qty_after);
        }
        ASSERT_EQ(book.best_bid(), reference.best_bid());
        ASSERT_EQ(book.best_ask(), reference.best_ask());
        const Ticks probe = random.near();
        ASSERT_EQ(book.bid_qty(probe), reference.bid_qty(probe));
        ASSERT_EQ(book.ask_qty(probe), reference.ask_qty(probe));
        if (i % 10'000 == 0) {
            for (const auto& [tick, qty] : reference.bids()) ASSERT_EQ(book.bid_qty(tick), qty);
            for (const auto& [tick, qty] : reference.asks()) ASSERT_EQ(book.ask_qty(tick), qty);
        }
    }
}

TEST(L2Book, FollowsTheReferenceBookUpdateByUpdateInCompat) {
    follow_reference<CompatMapBook>(Rules::compat(), {0.1, 0.001}, 1, 300'000);
    follow_reference<CompatMapBook>(Rules::compat(), {0.01, 1.0}, 2, 150'000);
    follow_reference<CompatMapBook>(Rules::compat(), {0.5, 0.1}, 3, 100'000);
}

TEST(L2Book, IsAnUncrossedBookWithoutLeftoversInStrict) {
    follow_reference<StrictMapBook>(Rules::strict(), {0.1, 0.001}, 4, 300'000);
    follow_reference<StrictMapBook>(Rules::strict(), {0.01, 1.0}, 5, 150'000);
    follow_reference<StrictMapBook>(Rules::strict(), {0.5, 0.1}, 6, 100'000);
}

TEST(L2Book, HasNoPriceWhereASideIsEmpty) {
    L2Book book({0.1, 0.001}, Rules::strict());
    EXPECT_TRUE(std::isnan(book.best_bid_price()));
    EXPECT_TRUE(std::isnan(book.best_ask_price()));
    book.set(kBid, 99.9, 1.0);
    EXPECT_EQ(book.best_bid_price(), 999 * 0.1);
    EXPECT_TRUE(std::isnan(book.best_ask_price()));
}

TEST(L2Book, TakesHalfALotForALevelAndAnythingLessForNone) {
    // 0.0005 / 0.001 is 0.5 exactly, which rounds to one lot; the double below it does not.
    L2Book book({0.1, 0.001}, Rules::strict());
    book.set(kBid, 1.0, std::nextafter(0.0005, 0.0));
    EXPECT_EQ(book.best_bid(), kNoBid);
    book.set(kBid, 1.0, 0.0005);
    EXPECT_EQ(book.best_bid(), 10);
    EXPECT_EQ(book.bid_qty(10), 0.0005);
}

TEST(L2Book, ReadsASnapshotsEmptyLevelsOnlyInCompat) {
    const auto row = [](std::uint64_t side, double px, double qty) {
        return Event{.ev = side, .px = px, .qty = qty};
    };
    L2Book strict({1.0, 1.0}, Rules::strict());
    L2Book compat({1.0, 1.0}, Rules::compat());
    for (L2Book* book : {&strict, &compat}) {
        book->apply_snapshot_row(row(kBuyEvent, 99.0, 2.0));
        book->apply_snapshot_row(row(kBuyEvent, 100.0, 0.0));
        book->apply_snapshot_row(row(kSellEvent, 103.0, 0.0));
        book->apply_snapshot_row(row(kSellEvent, 104.0, 3.0));
        book->apply_snapshot_row(row(0, 101.0, 3.0));
    }
    EXPECT_EQ(strict.best_bid(), 99);
    EXPECT_EQ(strict.best_ask(), 104);
    EXPECT_EQ(compat.best_bid(), 100);
    EXPECT_EQ(compat.best_ask(), 103);
}

TEST(L2Book, SurvivesPricesFarOutsideAnyMarket) {
    for (const Rules& rules : {Rules::strict(), Rules::compat()}) {
        L2Book book({0.1, 0.001}, rules);
        book.set(kAsk, 1e300, 1.0);
        book.set(kBid, -1e300, 1.0);
        book.set(kBid, 100.0, 1.0);
        book.set(kAsk, 100.1, 1.0);
        EXPECT_EQ(book.best_bid(), 1000);
        EXPECT_EQ(book.best_ask(), 1001);
    }
}

}  // namespace
}  // namespace ringside
