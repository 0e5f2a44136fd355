#include "connectord/decimal.hpp"

#include <gtest/gtest.h>

namespace ringside::connectord {
namespace {

TEST(Decimal, ReadsDigitsWithOneSignAndOnePoint) {
    const auto number = Decimal::parse("-0.00120");
    ASSERT_TRUE(number);
    EXPECT_EQ(number->units, -120);
    EXPECT_EQ(number->decimals, 5U);
    EXPECT_EQ(number->value(), -0.0012);
    for (const char* bad :
         {"", "-", ".", "1e5", "1.2.3", "+1", " 1", "1 ", "NaN", "0x10", "1234567890123456789"}) {
        EXPECT_FALSE(Decimal::parse(bad)) << bad;
    }
}

TEST(DecimalStep, WritesWholeStepsAsTheVenueExpects) {
    EXPECT_EQ(DecimalStep::parse("0.10")->text(618002), "61800.2");
    EXPECT_EQ(DecimalStep::parse("0.001")->text(6), "0.006");
    EXPECT_EQ(DecimalStep::parse("0.05")->text(3), "0.15");
    EXPECT_EQ(DecimalStep::parse("1")->text(250), "250");
    EXPECT_EQ(DecimalStep::parse("100")->text(3), "300");
    EXPECT_EQ(DecimalStep::parse("0.001")->text(-1500), "-1.500");
    EXPECT_FALSE(DecimalStep::parse("0"));
    EXPECT_FALSE(DecimalStep::parse("0.000"));
    EXPECT_FALSE(DecimalStep::parse("-1"));
    EXPECT_FALSE(DecimalStep::parse("tick"));
}

TEST(DecimalStep, ReadsBackWhatItWrites) {
    for (const char* text : {"0.10", "0.001", "0.00000001", "5", "0.25"}) {
        const auto step = DecimalStep::parse(text);
        ASSERT_TRUE(step);
        for (const std::int64_t steps : {0L, 1L, -1L, 7L, 618002L, 9'000'000'000L}) {
            EXPECT_EQ(step->steps(step->text(steps)), steps) << text;
        }
    }
}

TEST(DecimalStep, TellsMultiplesFromOtherNumbers) {
    const auto tick = DecimalStep::parse("0.10");
    EXPECT_EQ(tick->steps("61800.20000"), 618002);
    EXPECT_FALSE(tick->steps("61800.25"));
    EXPECT_EQ(tick->nearest("61800.25"), 618003);
    EXPECT_EQ(tick->nearest("-61800.24"), -618002);
    EXPECT_FALSE(tick->nearest(""));
}

}  // namespace
}  // namespace ringside::connectord
