#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "core/rules.hpp"
#include "engine/latency_model.hpp"

namespace ringside::engine {
namespace {

constexpr Nanos kBase = 1'700'000'000'000'000'000;

/// Twenty-one round trips a second apart; 7, 8 and the last were refused.
std::vector<LatencyRow> measured() {
    std::vector<LatencyRow> rows;
    for (Nanos i = 0; i <= 20; ++i) {
        const Nanos req = kBase + i * kSecond;
        const Nanos exch = req + 5'000'000 * (1 + i % 3);
        rows.push_back({req, exch, exch + 3'000'001 * (1 + i % 2)});
    }
    rows[7].exch_ts = rows[8].exch_ts = 0;
    rows[20].exch_ts = -5;
    return rows;
}

LatencyModel model(const Rules& rules) {
    return LatencyModel(std::make_shared<LatencyTable>(measured(), 0, rules), rules);
}

/// When a response made at `exch` after the base is heard, after the base.
Nanos heard(const Rules& rules, Nanos exch) {
    return exch + model(rules).response({.exch_ts = kBase + exch});
}

// HftBacktest takes the refused rows for rows at time 0: the line between 0 and the next good row
// makes every response of the gap come at about the time of that row's.
TEST(MeasuredLatency, MakesResponsesAroundRefusalsComeAtTheEndOfTheGapInCompat) {
    const Rules compat = Rules::compat();
    EXPECT_EQ(heard(compat, 6'500'000'000), 9'010'999'937);
    EXPECT_EQ(heard(compat, 7'500'000'123), 9'011'000'060);
    EXPECT_EQ(heard(compat, 8'990'000'000), 9'010'999'809);
}

// On the line from row 6 (answered at 6.005 s, 3000001 ns) to row 9 (9.005 s, 6000002 ns): a slope
// of 3000001 in 3 s, so 495000 more after 0.495 s, 1495000 after 1.495000123 s, 2985000 after
// 2.985 s.
TEST(MeasuredLatency, PassesRefusalsOverInStrict) {
    const Rules strict = Rules::strict();
    EXPECT_EQ(heard(strict, 6'500'000'000), 6'500'000'000 + 3'495'001);
    EXPECT_EQ(heard(strict, 7'500'000'123), 7'500'000'123 + 4'495'001);
    EXPECT_EQ(heard(strict, 8'990'000'000), 8'990'000'000 + 5'985'001);
}

// Row 6 took 5 ms there and 3000001 ns back, row 7, refused, 10 ms and 6000002 ns: the round trip
// goes from 8000001 to 16000002 ns, and is 12000001 half way.
TEST(MeasuredLatency, RefusesNextToARefusalAfterItsRoundTrip) {
    for (const Rules& rules : {Rules::strict(), Rules::compat()}) {
        EXPECT_EQ(model(rules).entry({.req_ts = kBase + 6'500'000'000}), -12'000'001);
        EXPECT_EQ(model(rules).entry({.req_ts = kBase + 5'500'000'000}), 10'000'000);
    }
}

// After the last row, which was refused: row 19 in strict (10 ms), minus all of time in compat.
TEST(MeasuredLatency, EndsWithTheLastGoodRowInStrict) {
    const Nanos late = kBase + 30 * kSecond;
    EXPECT_EQ(model(Rules::strict()).entry({.req_ts = late}), 10'000'000);
    EXPECT_EQ(model(Rules::compat()).entry({.req_ts = late}), -5 - (kBase + 20 * kSecond));
}

}  // namespace
}  // namespace ringside::engine
