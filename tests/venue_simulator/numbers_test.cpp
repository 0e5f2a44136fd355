#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/random_market.hpp"
#include "tools/venue_simulator/decimal.hpp"
#include "tools/venue_simulator/filters.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {
namespace {

int code_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Refusal& refusal) {
        return refusal.code();
    }
    return 0;
}

TEST(DecimalStep, WritesAndReadsEveryStepExactly) {
    test::Dice dice(11);
    for (const double size : {0.1, 0.001, 0.5, 1.0, 0.25, 0.00001, 5.0}) {
        const DecimalStep step(size);
        for (int i = 0; i < 1000; ++i) {
            const std::int64_t steps = dice.between(-10'000'000, 10'000'000);
            const auto parsed = step.parse(step.text(steps));
            ASSERT_EQ(parsed.fault, DecimalStep::Fault::None) << step.text(steps);
            ASSERT_EQ(parsed.steps, steps) << step.text(steps);
        }
    }
    EXPECT_EQ(DecimalStep(0.1).text(500'001), "50000.1");
    EXPECT_EQ(DecimalStep(0.25).text(3), "0.75");
    EXPECT_EQ(DecimalStep(0.001).text(-5), "-0.005");
}

TEST(DecimalStep, TellsWhatIsWrongWithAText) {
    const DecimalStep step(0.5);
    using Fault = DecimalStep::Fault;
    EXPECT_EQ(step.parse("1.50").steps, 3);
    EXPECT_EQ(step.parse("1.55").fault, Fault::TooPrecise);
    EXPECT_EQ(step.parse("1.2").fault, Fault::OffStep);
    for (const char* text : {"", "-", ".", "abc", "1e3", "1.2.3", "1 ", "0x10", "nan", "inf",
                             "99999999999999999999999"}) {
        EXPECT_EQ(step.parse(text).fault, Fault::NoNumber) << text;
    }
}

TEST(DecimalStep, RefusesAStepThatIsNoDecimal) {
    for (const double size : {0.0, -0.1, 1.0 / 3.0}) {
        test::expect_error([&] { DecimalStep step(size); }, ExitCode::Usage, "decimal step");
    }
}

TEST(Filters, RefuseWithTheVenuesCodes) {
    Instrument instrument;
    instrument.symbol = "BTCUSDT";
    instrument.grid = {0.1, 0.001};
    const Filters filters(instrument, {.max_qty = 10.0, .market_max_qty = 1.0, .max_price = 1e6});
    EXPECT_EQ(filters.read_price("50000.1"), 500'001);
    EXPECT_EQ(filters.read_qty("0.005", OrderType::Limit), 5);
    const auto price = [&](const char* text) { return code_of([&] { filters.read_price(text); }); };
    const auto qty = [&](const char* text, OrderType type) {
        return code_of([&] { filters.read_qty(text, type); });
    };
    EXPECT_EQ(price("x"), -1102);
    EXPECT_EQ(price("1.23"), -1111);
    EXPECT_EQ(price("0"), -4001);
    EXPECT_EQ(price("-1"), -4001);
    EXPECT_EQ(price("1000000.1"), -4002);
    EXPECT_EQ(qty("0.0001", OrderType::Limit), -1111);
    EXPECT_EQ(qty("0", OrderType::Limit), -4003);
    EXPECT_EQ(qty("10.001", OrderType::Limit), -4005);
    EXPECT_EQ(qty("1.001", OrderType::Market), -4005);
    EXPECT_EQ(code_of([&] { filters.check_notional(4.99); }), -4164);
    EXPECT_EQ(code_of([&] { filters.check_notional(5.0); }), 0);
    EXPECT_EQ(code_of([&] { filters.check_band(Side::Buy, 525'001, 50'000.0); }), -4016);
    EXPECT_EQ(code_of([&] { filters.check_band(Side::Sell, 474'999, 50'000.0); }), -4024);
    EXPECT_EQ(code_of([&] { filters.check_band(Side::Buy, 525'000, 50'000.0); }), 0);
}

}  // namespace
}  // namespace ringside::venue_simulator
