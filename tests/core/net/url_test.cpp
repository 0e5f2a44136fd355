#include "core/net/url.hpp"

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"

namespace ringside::net {
namespace {

TEST(Url, TakesAnAddressApart) {
    const Url url = Url::parse("wss://fstream.example.com:9443/public/stream?streams=a@b/c@d");
    EXPECT_EQ(url.scheme, "wss");
    EXPECT_EQ(url.host, "fstream.example.com");
    EXPECT_EQ(url.port, "9443");
    EXPECT_EQ(url.target, "/public/stream?streams=a@b/c@d");
    EXPECT_EQ(url.authority(), "fstream.example.com:9443");
}

TEST(Url, FillsInPortAndPath) {
    const Url bare = Url::parse("https://example.com");
    EXPECT_EQ(bare.port, "443");
    EXPECT_EQ(bare.target, "/");
    EXPECT_EQ(bare.authority(), "example.com");
    EXPECT_EQ(bare.place(), "example.com:443");
    EXPECT_EQ(Url::parse("https://example.com?a=1").target, "/?a=1");
}

TEST(Url, KnowsAddressesOfVersionSix) {
    const Url url = Url::parse("https://[::1]:8443/x");
    EXPECT_EQ(url.host, "::1");
    EXPECT_EQ(url.port, "8443");
    EXPECT_EQ(url.place(), "[::1]:8443");
}

TEST(Url, RefusesWhatIsNotEncryptedOrNotAnAddress) {
    for (const char* text :
         {"http://example.com", "ws://example.com", "example.com", "", "https://", "https://:443",
          "https://example.com:", "https://example.com:0", "https://example.com:70000",
          "https://example.com:44x", "https://[::1", "https://user:pw@example.com",
          "https://example.com/a b", "https://example.com/#x", "https://example.com/\r\nX: y"}) {
        test::expect_error([&] { Url::parse(text); }, ExitCode::Usage, "address");
    }
}

TEST(Url, DoesNotRepeatWhatMayBeAKey) {
    const auto error = test::error_of([] { Url::parse("https://key:hidden@example.com/hidden"); });
    ASSERT_TRUE(error);
    EXPECT_EQ(std::string(error->what()).find("hidden"), std::string::npos);
}

TEST(Url, PercentEncodesAllThatIsReserved) {
    EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
    EXPECT_EQ(percent_encode("a+b/c=="), "a%2Bb%2Fc%3D%3D");
    EXPECT_EQ(percent_encode("\xc3\xbc &"), "%C3%BC%20%26");
}

}  // namespace
}  // namespace ringside::net
