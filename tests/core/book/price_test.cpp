#include "core/price.hpp"

#include <bit>
#include <cstdlib>
#include <random>
#include <string>

#include <gtest/gtest.h>

#include "tests/core/book/map_book.hpp"

namespace ringside {
namespace {

TEST(Rounding, AgreesWithTheDefinitionOnEveryKindOfDouble) {
    std::mt19937_64 random(7);
    for (int i = 0; i < 1'000'000; ++i) {
        const double any = std::bit_cast<double>(random());
        ASSERT_EQ(round_to_integer(any), test::saturated_round(any)) << any;
        // Halves, and their neighbours on both sides, of every magnitude.
        const auto whole =
            static_cast<double>(static_cast<std::int64_t>(random()) >> (random() % 64));
        for (const double x : {whole + 0.5, std::nextafter(whole + 0.5, -HUGE_VAL),
                               std::nextafter(whole + 0.5, HUGE_VAL), whole}) {
            ASSERT_EQ(round_to_integer(x), test::saturated_round(x)) << x;
        }
    }
}

TEST(Rounding, GoesAwayFromZeroAtHalvesAndSaturates) {
    EXPECT_EQ(round_to_integer(0.5), 1);
    EXPECT_EQ(round_to_integer(-0.5), -1);
    EXPECT_EQ(round_to_integer(2.5), 3);
    EXPECT_EQ(round_to_integer(-2.5), -3);
    EXPECT_EQ(round_to_integer(0.49999999999999994), 0);
    EXPECT_EQ(round_to_integer(-0.49999999999999994), 0);
    EXPECT_EQ(round_to_integer(0x1p51 - 0.5), 1LL << 51);
    EXPECT_EQ(round_to_integer(0x1p51 + 0.5), (1LL << 51) + 1);
    EXPECT_EQ(round_to_integer(0x1p52 + 1), (1LL << 52) + 1);
    EXPECT_EQ(round_to_integer(0x1p62), 1LL << 62);
    EXPECT_EQ(round_to_integer(0x1p63), kNoAsk);
    EXPECT_EQ(round_to_integer(-0x1p63), kNoBid);
    EXPECT_EQ(round_to_integer(1e300), kNoAsk);
    EXPECT_EQ(round_to_integer(-HUGE_VAL), kNoBid);
    EXPECT_EQ(round_to_integer(std::nan("")), 0);
}

TEST(Grid, GivesTheDoubleThatADecimalQuantityIsWrittenAs) {
    EXPECT_EQ((Grid{0.1, 0.1}.qty(3)), 0.3);
    EXPECT_EQ((Grid{0.1, 0.001}.qty(1486)), 1.486);
    std::mt19937_64 random(8);
    double lot = 1.0;
    for (int digits = 0; digits <= 9; ++digits) {
        lot = std::strtod(("1e-" + std::to_string(digits)).c_str(), nullptr);
        const Grid grid{0.1, lot};
        for (int i = 0; i < 20'000; ++i) {
            const auto lots = static_cast<Lots>(random() % 1'000'000'000'000);
            const std::string text = std::to_string(lots) + "e-" + std::to_string(digits);
            ASSERT_EQ(grid.qty(lots), std::strtod(text.c_str(), nullptr)) << text;
        }
    }
}

TEST(Grid, MultipliesWhereTheLotIsNoPartOfAWhole) {
    EXPECT_EQ((Grid{0.1, 5.0}.qty(3)), 15.0);
    EXPECT_EQ((Grid{0.1, 0.25}.qty(3)), 0.75);
    EXPECT_EQ((Grid{0.1, 0.3}.qty(3)), 3 * 0.3);
    EXPECT_EQ((Grid{0.1, 100.0}.qty(-2)), -200.0);
}

TEST(Grid, BringsTicksAndLotsBack) {
    std::mt19937_64 random(9);
    for (const double step : {0.1, 0.01, 0.5, 0.25, 1e-8, 0.0005, 1.0, 10.0, 0.3}) {
        const Grid grid{step, step};
        for (int i = 0; i < 20'000; ++i) {
            const auto n =
                static_cast<std::int64_t>(random() % 2'000'000'000'000) - 1'000'000'000'000;
            ASSERT_EQ(grid.to_ticks_nearest(grid.price(n)), n) << step;
            ASSERT_EQ(grid.to_lots_nearest(grid.qty(n)), n) << step;
        }
    }
}

}  // namespace
}  // namespace ringside
