#include "engine/latency_model.hpp"

#include <gtest/gtest.h>

#include "core/config.hpp"
#include "engine/venue_config.hpp"
#include "tests/support/expect_error.hpp"

namespace ringside::engine {
namespace {

struct Bounds {
    Nanos entry, response, round_trip;
    bool operator==(const Bounds&) const = default;
};
Bounds bounds_of(const LatencyModel& model) {
    return {model.least_entry(), model.least_response(), model.least_round_trip()};
}

TEST(ConstantLatency, DiffersByKindOfRequest) {
    LatencyModel model(ConstantLatency{100, 10, 40, 5});
    EXPECT_EQ(model.entry({.kind = RequestKind::Submit}), 100);
    EXPECT_EQ(model.entry({.kind = RequestKind::Modify}), 40);
    EXPECT_EQ(model.entry({.kind = RequestKind::Cancel}), 5);
    LatencyModel same(ConstantLatency{100, 10, std::nullopt, 5});
    EXPECT_EQ(same.entry({.kind = RequestKind::Modify}), 100);
}

TEST(LatencyModel, PromisesNoMoreThanItsQuickestKindOfRequest) {
    EXPECT_EQ(bounds_of(LatencyModel(ConstantLatency{100, 10})), (Bounds{100, 10, 110}));
    EXPECT_EQ(bounds_of(LatencyModel(ConstantLatency{100, 10, 40, 5})), (Bounds{5, 10, 15}));
    EXPECT_EQ(bounds_of(LatencyModel(ConstantLatency{5, 10, 40, 100})), (Bounds{5, 10, 15}));
    // A refusal does not arrive, and is heard after its own time.
    EXPECT_EQ(bounds_of(LatencyModel(ConstantLatency{100, 10, 40, -7})), (Bounds{0, 10, 7}));
    EXPECT_EQ(bounds_of(LatencyModel(ConstantLatency{-90, 10})), (Bounds{0, 10, 90}));
}

TEST(LatencyModel, TakesTheBoundsOfAModelOfTheUsers) {
    struct Own {
        Nanos entry(const OrderRequest&) const { return 30; }
        Nanos response(const OrderResponse&) const { return 20; }
        Nanos least_entry() const { return 25; }
        Nanos least_response() const { return 15; }
    };
    EXPECT_EQ(bounds_of(LatencyModel(custom_latency("own", Own{}))), (Bounds{25, 15, 40}));
}

LatencyChoice read(const std::string& latency) {
    Config config = Config::parse(
        "[[asset]]\nsymbol = \"A\"\ndata = []\ntick_size = 1\n"
        "lot_size = 1\nlatency = " +
            latency + "\n",
        "venue.toml");
    const VenueConfig venue = VenueConfig::read(config);
    config.finish();
    return venue.assets.at(0).latency;
}

TEST(LatencyConfig, HasAnEntryForEachKindOfRequest) {
    const ConstantLatency all =
        read(R"({ entry = "3ms", modify_entry = "2ms", cancel_entry = "1ms", response = "4ms" })")
            .constant;
    EXPECT_EQ(all.entry_ns, 3 * kMillisecond);
    EXPECT_EQ(all.modify_entry_ns, 2 * kMillisecond);
    EXPECT_EQ(all.cancel_entry_ns, kMillisecond);
    EXPECT_EQ(all.response_ns, 4 * kMillisecond);
    const ConstantLatency plain = read(R"({ entry = "3ms", response = "4ms" })").constant;
    EXPECT_EQ(plain.entry(RequestKind::Cancel), 3 * kMillisecond);
    test::expect_error([] { read(R"({ cancel_entry = "-1ms" })"); }, ExitCode::Usage,
                       "a latency cannot be negative");
}

}  // namespace
}  // namespace ringside::engine
