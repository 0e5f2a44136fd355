#include "connectord/client_order_id.hpp"

#include <random>
#include <set>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace ringside::connectord {
namespace {

TEST(ClientOrderIds, ReadBackWhatTheyWrote) {
    const ClientOrderIds ids("rs");
    std::mt19937_64 random(7);
    for (int i = 0; i < 100'000; ++i) {
        const OrderKey key{.epoch = static_cast<std::uint32_t>(1 + random() % kMaxEpoch),
                           .counter = static_cast<std::uint32_t>(random() % kMaxCounter),
                           .bot = static_cast<BotNo>(random() % kMaxBots)};
        ASSERT_EQ(ids.parse(ids.text(key)), key);
        ASSERT_EQ(OrderKey::unpack(key.packed()), key);
    }
    const OrderKey last{.epoch = kMaxEpoch, .counter = kMaxCounter, .bot = kMaxBots - 1};
    EXPECT_EQ(ids.parse(ids.text(last)), last);
    EXPECT_EQ(OrderKey::unpack(last.packed()), last);
}

TEST(ClientOrderIds, AreOfLettersAndDigitsAndFitTheShortestVenue) {
    const ClientOrderIds ids("prefix7");
    const std::string text = ids.text({.epoch = kMaxEpoch, .counter = kMaxCounter, .bot = 1022});
    EXPECT_LE(text.size(), 18U);  // Kraken's
    EXPECT_EQ(text.size(), ClientOrderIds::kMaxLength);
    for (const char c : text) EXPECT_TRUE(std::isalnum(static_cast<unsigned char>(c))) << c;
}

TEST(ClientOrderIds, KeepTheirTextSoThatOldOrdersAreStillRead) {
    const ClientOrderIds ids("rs");
    EXPECT_EQ(ids.text({.epoch = 1, .counter = 0, .bot = 0}), "rs00010000000");
    EXPECT_EQ(ids.text({.epoch = 62, .counter = 61, .bot = 36}), "rs00100a0000z");
}

TEST(ClientOrderIds, LeaveForeignOnesAlone) {
    const ClientOrderIds ids("rs");
    for (const char* foreign :
         {"", "rs", "web_abc", "autoclose-1234", "rs0001000000", "xx00010000000", "rs000100000000",
          "rs0001000000-", "rs00000000000", "rs0001zz00000"}) {
        EXPECT_FALSE(ids.parse(foreign)) << foreign;
    }
}

TEST(ClientOrderIds, RefuseAPrefixThatCannotTellOursFromOthers) {
    for (const char* prefix : {"", "a-b", "12345678", "x y", "\xc3\xa4"}) {
        EXPECT_THROW(ClientOrderIds{prefix}, Error) << prefix;
    }
}

TEST(Epoch, GrowsWhateverTheClockSays) {
    constexpr Nanos kNow = 1'790'000'000 * kSecond;  // in 2026
    const std::uint32_t first = next_epoch(0, kNow);
    EXPECT_GT(first, 1'400'000U);  // minutes since 2024: later than any run of a lost journal
    EXPECT_EQ(next_epoch(first, kNow), first + 1);
    EXPECT_EQ(next_epoch(first, 0), first + 1);
    EXPECT_EQ(next_epoch(first, kNow + 3600 * kSecond), first + 60);
    EXPECT_THROW(next_epoch(kMaxEpoch, kNow), Error);
}

}  // namespace
}  // namespace ringside::connectord
