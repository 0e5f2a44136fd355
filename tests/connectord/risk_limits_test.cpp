#include "connectord/risk_limits.hpp"

#include <array>
#include <limits>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace ringside::connectord {
namespace {

constexpr BotNo kBot = 3;

class RiskLimitsTest : public testing::Test {
  protected:
    void limit(const RiskOptions& options) {
        const std::array instruments{Instrument{.symbol = "ONE", .grid = {0.5, 0.1}}};
        limits_.emplace_back(instruments, std::array{options});
        limits_.back().set_touch(0, {.bid = 1000, .ask = 1002, .valid = true});
    }
    Code check(Side side, Ticks price, Lots qty, const Exposure& bot = {},
               const Exposure& account = {}, OrderType type = OrderType::Limit, Nanos now = 0) {
        const OrderRequest request{.price_ticks = price,
                                   .qty_lots = qty,
                                   .kind = RequestKind::Submit,
                                   .side = side,
                                   .type = type};
        return limits_.back().check(kBot, request, qty, bot, account, now);
    }
    RiskLimits& limits() { return limits_.back(); }

    std::vector<RiskLimits> limits_;
};

TEST_F(RiskLimitsTest, WithoutLimitsEverythingPasses) {
    limit({});
    EXPECT_EQ(check(Side::Buy, 1, 1'000'000'000), Code::Ok);
}

TEST_F(RiskLimitsTest, SizeAndValueOfAnOrder) {
    limit({.bot = {.max_order_lots = 10, .max_order_value = 400.0}});
    EXPECT_EQ(check(Side::Buy, 800, 10), Code::Ok);  // 400 at 1.0
    EXPECT_EQ(check(Side::Buy, 801, 10), Code::OrderValueTooLarge);
    EXPECT_EQ(check(Side::Buy, 1, 11), Code::OrderTooLarge);
    EXPECT_EQ(check(Side::Buy, 0, 8, {}, {}, OrderType::Market), Code::OrderValueTooLarge);
    EXPECT_EQ(check(Side::Buy, 0, 7, {}, {}, OrderType::Market), Code::Ok);
    limits().set_touch(0, {});
    EXPECT_EQ(check(Side::Buy, 0, 7, {}, {}, OrderType::Market), Code::NoTouch);
}

TEST_F(RiskLimitsTest, ThePositionThatOpenOrdersCouldLeadTo) {
    limit({.account = {.max_position_lots = 10}});
    const Exposure long_six{.position = 6, .open_buy = 3, .open_sell = 100};
    EXPECT_EQ(check(Side::Buy, 1000, 1, {}, long_six), Code::Ok);
    EXPECT_EQ(check(Side::Buy, 1000, 2, {}, long_six), Code::PositionLimit);
    const Exposure short_six{.position = -6, .open_buy = 100, .open_sell = 3};
    EXPECT_EQ(check(Side::Sell, 1000, 1, {}, short_six), Code::Ok);
    EXPECT_EQ(check(Side::Sell, 1000, 2, {}, short_six), Code::PositionLimit);
    // Beyond the limit there is a way back.
    const Exposure beyond{.position = 20};
    EXPECT_EQ(check(Side::Sell, 1000, 5, {}, beyond), Code::Ok);
    EXPECT_EQ(check(Side::Sell, 1000, 31, {}, beyond), Code::PositionLimit);
}

TEST_F(RiskLimitsTest, OpenSizeAndNumberOfOrders) {
    limit({.bot = {.max_open_lots = 10, .max_open_orders = 3}});
    EXPECT_EQ(check(Side::Buy, 1000, 2, {.open_buy = 4, .open_sell = 4}), Code::Ok);
    EXPECT_EQ(check(Side::Buy, 1000, 3, {.open_buy = 4, .open_sell = 4}), Code::OpenSizeLimit);
    EXPECT_EQ(check(Side::Buy, 1000, 1, {.open_orders = 2}), Code::Ok);
    EXPECT_EQ(check(Side::Buy, 1000, 1, {.open_orders = 3}), Code::OpenOrdersLimit);
}

TEST_F(RiskLimitsTest, PricesFarFromTheTouch) {
    limit({.price_band = 0.01});
    EXPECT_EQ(check(Side::Buy, 1012, 1), Code::Ok);
    EXPECT_EQ(check(Side::Buy, 1013, 1), Code::PriceOutOfBand);
    EXPECT_EQ(check(Side::Sell, 990, 1), Code::Ok);
    EXPECT_EQ(check(Side::Sell, 989, 1), Code::PriceOutOfBand);
    EXPECT_EQ(check(Side::Sell, std::numeric_limits<Ticks>::max(), 1), Code::PriceOutOfBand);
    limits().set_touch(0, {.bid = 1000, .ask = 1002, .valid = false});
    EXPECT_EQ(check(Side::Buy, 1000, 1), Code::NoTouch);
    limits().set_touch(0, {.bid = 1000, .ask = kNoAsk, .valid = true});
    EXPECT_EQ(check(Side::Buy, 1000, 1), Code::NoTouch);
}

TEST_F(RiskLimitsTest, OrdersOfOneBotInATime) {
    limit({.max_orders = 4, .order_window = kSecond});
    for (int i = 0; i < 4; ++i) EXPECT_EQ(check(Side::Buy, 1000, 1), Code::Ok);
    EXPECT_EQ(check(Side::Buy, 1000, 1), Code::OrderRateLimit);
    const auto later = [&](Nanos now) {
        return check(Side::Buy, 1000, 1, {}, {}, OrderType::Limit, now);
    };
    EXPECT_EQ(later(kSecond / 4 - 1), Code::OrderRateLimit);
    EXPECT_EQ(later(kSecond / 4), Code::Ok);
    EXPECT_EQ(later(kSecond / 4), Code::OrderRateLimit);
}

TEST_F(RiskLimitsTest, ARefusedOrderCostsNothingOfTheRate) {
    limit({.bot = {.max_order_lots = 5}, .max_orders = 1});
    EXPECT_EQ(check(Side::Buy, 1000, 6), Code::OrderTooLarge);
    EXPECT_EQ(check(Side::Buy, 1000, 5), Code::Ok);
    EXPECT_EQ(limits().refused(), 1U);
}

TEST_F(RiskLimitsTest, TheKillSwitchStaysUntilItIsReset) {
    limit({});
    limits().kill();
    EXPECT_EQ(check(Side::Buy, 1000, 1), Code::KillSwitch);
    EXPECT_EQ(check(Side::Sell, 1000, 1), Code::KillSwitch);
    limits().reset();
    EXPECT_EQ(check(Side::Buy, 1000, 1), Code::Ok);
}

TEST_F(RiskLimitsTest, RefusesLimitsThatMakeNoSense) {
    EXPECT_THROW(limit({.bot = {.max_order_lots = -1}}), Error);
    EXPECT_THROW(limit({.price_band = 1.0}), Error);
    EXPECT_THROW(limit({.order_window = 0}), Error);
}

}  // namespace
}  // namespace ringside::connectord
