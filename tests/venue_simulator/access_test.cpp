#include "tools/venue_simulator/access.hpp"

#include <gtest/gtest.h>

#include "core/net/secret.hpp"
#include "core/net/signer.hpp"
#include "tests/support/expect_error.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {
namespace {

constexpr std::int64_t kNow = 1'700'000'000'000;
// A pair made for this test.
constexpr const char* kPrivate =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIGm3Vonn3eNIJsCH5kzd1iDpXW45VJQ3sdAkVzeqvGMF\n"
    "-----END PRIVATE KEY-----\n";
constexpr const char* kPublic =
    "-----BEGIN PUBLIC KEY-----\n"
    "MCowBQYDK2VwAyEA7j0z+ZWEzSb0E+bYHLtBuQL4GhsZTd+4sq3FT07xCb4=\n"
    "-----END PUBLIC KEY-----\n";

std::vector<ApiKey> one_key() {
    std::vector<ApiKey> keys;
    keys.push_back({"key", 0, make_hmac_check("secret")});
    return keys;
}

class AccessTest : public ::testing::Test {
  protected:
    int code(const std::string& key, const std::string& query, const std::string& body = "") {
        try {
            access_.check_signed(key, Parameters::of_rest(query, body), kNow);
        } catch (const Refusal& refusal) {
            return refusal.code();
        }
        return 0;
    }
    static std::string sign(const std::string& text) {
        return net::make_hmac_signer(net::Secret("secret"))->sign(text);
    }
    static std::string timed(std::int64_t sent, const std::string& more = "") {
        const std::string text = "symbol=BTCUSDT&timestamp=" + std::to_string(sent) + more;
        return text + "&signature=" + sign(text);
    }

    Access access_{one_key()};
};

TEST_F(AccessTest, TellsWhoMayNotAsk) {
    EXPECT_EQ(code("key", timed(kNow)), 0);
    EXPECT_EQ(code("", timed(kNow)), -2014);
    EXPECT_EQ(code("other", timed(kNow)), -2015);
    EXPECT_EQ(code("key", "symbol=BTCUSDT&timestamp=" + std::to_string(kNow)), -1102);
    EXPECT_EQ(code("key", timed(kNow) + "0"), -1022);
    EXPECT_EQ(code("key", "symbol=BTCUSDT&signature=" + sign("symbol=BTCUSDT")), -1102);
}

TEST_F(AccessTest, DemandsATimeInsideTheWindow) {
    EXPECT_EQ(code("key", timed(kNow + 999)), 0);
    EXPECT_EQ(code("key", timed(kNow + 1000)), -1021);
    EXPECT_EQ(code("key", timed(kNow - 5000)), 0);
    EXPECT_EQ(code("key", timed(kNow - 5001)), -1021);
    EXPECT_EQ(code("key", timed(kNow - 5001, "&recvWindow=6000")), 0);
    EXPECT_EQ(code("key", timed(kNow, "&recvWindow=60001")), -1131);
}

TEST_F(AccessTest, SignsQueryAndBodyWithNothingBetweenThem) {
    const std::string query = "symbol=BTCUSDT";
    const std::string body = "timestamp=" + std::to_string(kNow);
    EXPECT_EQ(code("key", query, body + "&signature=" + sign(query + body)), 0);
    EXPECT_EQ(code("key", query, body + "&signature=" + sign(query + "&" + body)), -1022);
}

TEST(Signature, AcceptsTheVenuesPublishedExample) {
    const auto check =
        make_hmac_check("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j");
    const Parameters parameters = Parameters::of_rest(
        "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1&recvWindow=5000"
        "&timestamp=1499827319559",
        "");
    EXPECT_TRUE(check->accepts(parameters.signed_text(),
                               "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"));
    EXPECT_TRUE(check->accepts(parameters.signed_text(),
                               "C8DB56825AE71D6D79447849E617115F4A920FA2ACDCAB2B053C4B2838BD6B71"));
    EXPECT_FALSE(
        check->accepts(parameters.signed_text() + "0",
                       "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71"));
}

TEST(Signature, ChecksEd25519WithThePublicKeyAlone) {
    const test::TempDir dir;
    const auto check = make_ed25519_check(dir.write("public.pem", kPublic));
    const std::string good = net::make_ed25519_signer(net::Secret(kPrivate))->sign("words");
    EXPECT_TRUE(check->is_ed25519());
    EXPECT_TRUE(check->accepts("words", good));
    EXPECT_FALSE(check->accepts("other words", good));
    EXPECT_FALSE(check->accepts("words", "no signature"));
    EXPECT_FALSE(check->accepts("words", std::string(88, 'A')));
    test::expect_error([&] { make_ed25519_check(dir.write("bad.pem", "no key")); }, ExitCode::Usage,
                       "bad.pem");
}

TEST(Parameters, OfAWebSocketAreSignedInTheOrderOfTheirNames) {
    const Parameters parameters = Parameters::of_web_socket(
        {{"symbol", "BTCUSDT"}, {"apiKey", "k"}, {"signature", "s"}, {"price", "1"}});
    EXPECT_EQ(parameters.signed_text(), "apiKey=k&price=1&symbol=BTCUSDT");
}

TEST(Parameters, AreDecodedAndTheQueryWins) {
    const Parameters parameters = Parameters::of_rest("a=%5B1%5D&b=&c=5.0", "a=2&d=x+y");
    EXPECT_EQ(parameters.require("a"), "[1]");
    EXPECT_FALSE(parameters.get("b"));
    EXPECT_EQ(parameters.require_integer("c"), 5);
    EXPECT_EQ(parameters.require("d"), "x y");
    EXPECT_THROW(parameters.require("b"), Refusal);
    EXPECT_THROW(parameters.require_integer("d"), Refusal);
}

}  // namespace
}  // namespace ringside::venue_simulator
