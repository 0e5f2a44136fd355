#include "connectord/instrument_watch.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace ringside::connectord {
namespace {

class Instruments : public ::testing::Test {
  protected:
    Instruments() {
        for (const char* symbol : {"A", "B"}) {
            VenueInstrument one;
            one.instrument = {.symbol = symbol, .grid = {0.1, 0.001}};
            one.instrument.order_rules.min_value = 5.0;
            facts_.instruments.push_back(one);
        }
        facts_.rates.limits = {{2400, 60 * kSecond}, {300, 10 * kSecond}};
        facts_.rates.names = {"weight", "orders"};
        watch_.emplace(facts_, handlers());
    }
    void look() {
        heard_.clear();
        watch_->take(facts_);
    }
    InstrumentWatch::Handlers handlers() {
        return {
            .traded =
                [this](AssetNo a, const std::string& why) {
                    heard_.push_back(std::to_string(a) + " traded " + why);
                },
            .unusable =
                [this](AssetNo a, const std::string&) {
                    heard_.push_back(std::to_string(a) + " unusable");
                },
            .rules =
                [this](AssetNo a, const OrderRules& rules) {
                    heard_.push_back(std::to_string(a) + " from " +
                                     std::to_string(rules.min_value));
                },
            .rate =
                [this](std::size_t limit, std::uint32_t most) {
                    heard_.push_back("rate " + std::to_string(limit) + " " + std::to_string(most));
                }};
    }
    using Heard = std::vector<std::string>;

    VenueFacts facts_;
    Heard heard_;
    std::optional<InstrumentWatch> watch_;
};

TEST_F(Instruments, SayNothingAsLongAsNothingChanges) {
    look();
    EXPECT_EQ(heard_, Heard{});
}

TEST_F(Instruments, AreHaltedAndTradedAgain) {
    facts_.instruments[1].not_traded = "B breaks";
    look();
    EXPECT_EQ(heard_, (Heard{"1 traded B breaks"}));
    look();
    EXPECT_EQ(heard_, Heard{});
    // What an instrument that is not traded looks like says nothing.
    facts_.instruments[1].instrument.grid = {};
    look();
    EXPECT_EQ(heard_, Heard{});
    facts_.instruments[1].instrument.grid = {0.1, 0.001};
    facts_.instruments[1].not_traded.clear();
    look();
    EXPECT_EQ(heard_, (Heard{"1 traded "}));
}

TEST_F(Instruments, AreOfNoUseForGoodOnceTheirStepsChange) {
    facts_.instruments[0].instrument.grid.tick_size = 0.01;
    look();
    EXPECT_EQ(heard_, (Heard{"0 unusable"}));
    facts_.instruments[0].instrument.grid.tick_size = 0.1;
    facts_.instruments[0].instrument.order_rules.min_value = 7.0;
    look();
    EXPECT_EQ(heard_, Heard{});
}

TEST_F(Instruments, PassOnNewRulesAndLimits) {
    facts_.instruments[0].instrument.order_rules.min_value = 10.0;
    facts_.rates.limits[1].most = 100;
    look();
    EXPECT_EQ(heard_, (Heard{"0 from 10.000000", "rate 1 100"}));
    EXPECT_EQ(watch_->changes(), 2U);
}

}  // namespace
}  // namespace ringside::connectord
