#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "core/net/net_error.hpp"
#include "tests/venue_simulator/running_simulator.hpp"

namespace ringside::test {
namespace {

const std::string kPlace = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.010";

class SimulatorTest : public RunningSimulator {
  protected:
    /// A WebSocket and what came from it.
    struct Socket {
        Socket(net::EventLoop& loop, const net::TlsContext& tls, const net::Url& url,
               const net::WebSocketOptions& options)
            : socket(
                  loop, tls, url, options,
                  {.on_open = [this] { is_open = true; },
                   .on_message = [this](std::string_view text, Nanos) { texts.emplace_back(text); },
                   .on_down =
                       [this](const net::NetError& error) {
                           is_open = false;
                           fault = error.fault;
                       }}) {}

        bool has(const std::string& part) const {
            return std::any_of(texts.begin(), texts.end(), [&](const std::string& text) {
                return text.find(part) != text.npos;
            });
        }

        bool is_open = false;
        net::NetFault fault = net::NetFault::None;
        std::vector<std::string> texts;
        net::WebSocket socket;
    };
    std::unique_ptr<Socket> connect(const std::string& target,
                                    const net::WebSocketOptions& options = {}) {
        auto made = std::make_unique<Socket>(loop_, *tls_, url("wss", target), options);
        wait_for([&] { return made->is_open || made->fault != net::NetFault::None; });
        return made;
    }
    std::unique_ptr<Socket> connect_user() {
        last_ = ask(*rest_, {.method = "POST",
                             .target = "/fapi/v1/listenKey",
                             .fields = {{"X-MBX-APIKEY", "key"}}});
        return connect("/private/ws/" + field(body(), "listenKey"));
    }
    static std::string ws_request(const std::string& id, const std::string& method,
                                  std::map<std::string, std::string> params,
                                  const std::string& secret = "secret") {
        params["apiKey"] = "key";
        params["timestamp"] = std::to_string(wall_now() / kMillisecond);
        std::string text;
        std::string json;
        for (const auto& [name, value] : params) {
            text += (text.empty() ? "" : "&") + name + "=" + value;
            json += "\"" + name + "\":\"" + value + "\",";
        }
        const auto signer = net::make_hmac_signer(net::Secret(std::string(secret)));
        return R"({"id":")" + id + R"(","method":")" + method + R"(","params":{)" + json +
               R"("signature":")" + signer->sign(text) + "\"}}";
    }
};

TEST_F(SimulatorTest, TradesByRestAndTellsItOnTheUserStream) {
    start();
    const auto user = connect_user();
    ASSERT_TRUE(user->is_open);
    const std::string accepted =
        signed_request("POST", "/fapi/v1/order", kPlace + "&price=49000.0&newClientOrderId=a1");
    EXPECT_EQ(status(), 200) << accepted;
    EXPECT_EQ(field(accepted, "status"), "NEW");
    EXPECT_EQ(last_.reply->field("x-mbx-order-count-10s"), "1");
    EXPECT_FALSE(last_.reply->field("x-mbx-used-weight-1m").empty());
    const std::string amended =
        signed_request("PUT", "/fapi/v1/order",
                       "symbol=BTCUSDT&side=BUY&quantity=0.020&price=48990.0&origClientOrderId=a1");
    EXPECT_EQ(field(amended, "price"), "48990.0") << amended;
    EXPECT_EQ(field(amended, "origQty"), "0.020");
    EXPECT_EQ(
        field(signed_request("GET", "/fapi/v1/openOrders", "symbol=BTCUSDT"), "clientOrderId"),
        "a1");
    EXPECT_EQ(
        field(signed_request("DELETE", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=a1"),
              "status"),
        "CANCELED");
    EXPECT_EQ(field(signed_request("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=a1"),
                    "status"),
              "CANCELED");
    signed_request("POST", "/fapi/v1/order",
                   "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.010&newClientOrderId=a2");
    wait_for([&] { return user->has("ACCOUNT_UPDATE"); });
    for (const char* part :
         {R"("x":"NEW","X":"NEW")", R"("x":"AMENDMENT")", R"("x":"CANCELED","X":"CANCELED")",
          R"("e":"TRADE_LITE")", R"("x":"TRADE","X":"FILLED")", R"("pa":"0.010")"}) {
        EXPECT_TRUE(user->has(part)) << part;
    }
    const std::string trades = signed_request("GET", "/fapi/v1/userTrades", "symbol=BTCUSDT");
    EXPECT_EQ(field(trades, "qty"), "0.010") << trades;
    const std::string state = control("GET", "state");
    EXPECT_EQ(field(state, "qty"), "0.010");
    const std::string balance = signed_request("GET", "/fapi/v3/balance", "");
    EXPECT_EQ(field(balance, "balance"), field(state, "balance"));
    EXPECT_EQ(field(signed_request("GET", "/fapi/v3/positionRisk", ""), "positionAmt"), "0.010");
}

TEST_F(SimulatorTest, TradesByWebSocketWithTheLimitsInTheAnswers) {
    start();
    const auto api = connect("/ws-fapi/v1");
    ASSERT_TRUE(api->is_open);
    const auto request = [&](const std::string& text) {
        const std::size_t before = api->texts.size();
        api->socket.send(text);
        wait_for([&] { return api->texts.size() > before; });
        return api->texts.back();
    };
    const std::map<std::string, std::string> order{
        {"symbol", "BTCUSDT"},     {"side", "BUY"},      {"type", "LIMIT"},
        {"timeInForce", "GTC"},    {"price", "49000.0"}, {"quantity", "0.010"},
        {"newClientOrderId", "w1"}};
    EXPECT_EQ(field(request(ws_request("p0", "order.place", order, "wrong")), "code"), "-1022");
    const std::string placed = request(ws_request("p1", "order.place", order));
    EXPECT_EQ(field(placed, "id"), "p1");
    EXPECT_EQ(field(placed, "status"), "200") << placed;
    EXPECT_NE(placed.find(R"("interval":"SECOND","intervalNum":10,"limit":300,"count":1)"),
              std::string::npos);
    EXPECT_EQ(field(request(ws_request("p2", "order.place", order)), "code"), "-4116");
    control("POST", "faults", R"({"kind":"rate_limit","target":"order_api","delay":"7s"})");
    const std::string limited = request(ws_request("p3", "order.place", order));
    EXPECT_EQ(field(limited, "code"), "-1003");
    EXPECT_EQ(std::stoll(field(limited, "retryAfter")) - std::stoll(field(limited, "serverTime")),
              7000);
    const std::map<std::string, std::string> which{{"symbol", "BTCUSDT"},
                                                   {"origClientOrderId", "w1"}};
    auto change = which;
    change["side"] = "BUY";
    change["quantity"] = "0.030";
    change["price"] = "48000.0";
    EXPECT_EQ(field(request(ws_request("m", "order.modify", change)), "origQty"), "0.030");
    EXPECT_EQ(field(request(ws_request("s", "order.status", which)), "price"), "48000.0");
    EXPECT_NE(request(ws_request("c", "order.cancel", which)).find("CANCELED"), std::string::npos);
    EXPECT_EQ(field(request(ws_request("c", "order.cancel", which)), "code"), "-2011");
    EXPECT_EQ(field(request(ws_request("b", "account.balance", {})), "balance"), "10000.00000000");
    EXPECT_EQ(field(request(ws_request("l", "session.logon", {})), "code"), "-4056");
    EXPECT_EQ(field(request(R"({"id":7,"method":"no.such","params":{}})"), "code"), "-1020");
    EXPECT_EQ(field(request("no JSON"), "status"), "400");
}

TEST_F(SimulatorTest, StreamsTheBookSoThatItsSnapshotFits) {
    start();
    const auto stream = connect("/public/stream?streams=btcusdt@depth@0ms/btcusdt@depth@100ms");
    ASSERT_TRUE(stream->is_open);
    wait_for([&] { return stream->texts.size() > 20; });
    const std::int64_t snapshot =
        std::stoll(field(get("/fapi/v1/depth?symbol=BTCUSDT&limit=1000"), "lastUpdateId"));
    const std::vector<std::string> names{"btcusdt@depth@0ms", "btcusdt@depth@100ms"};
    const auto is_past = [&](const std::string& name) {
        return std::ranges::any_of(stream->texts, [&](const std::string& text) {
            return field(text, "stream") == name && std::stoll(field(text, "u")) > snapshot;
        });
    };
    wait_for([&] { return std::ranges::all_of(names, is_past); });
    for (const std::string& name : names) {
        std::int64_t last = 0;
        bool fits = false;
        for (const std::string& text : stream->texts) {
            if (field(text, "stream") != name) continue;
            const std::int64_t first_id = std::stoll(field(text, "U"));
            const std::int64_t last_id = std::stoll(field(text, "u"));
            const std::int64_t previous = std::stoll(field(text, "pu"));
            EXPECT_TRUE(last == 0 || previous == last) << text;
            last = last_id;
            fits = fits || (previous <= snapshot && snapshot <= last_id);
            EXPECT_LE(first_id, last_id);
        }
        EXPECT_TRUE(fits) << name;
    }
}

TEST_F(SimulatorTest, AnswersSubscriptions) {
    start();
    const auto stream = connect("/ws");
    stream->socket.send(R"({"method":"SUBSCRIBE","params":["btcusdt@bookTicker"],"id":4})");
    wait_for([&] { return stream->has("bookTicker"); });
    EXPECT_EQ(stream->texts.front(), R"({"result":null,"id":4})");
    stream->socket.send(R"({"method":"LIST_SUBSCRIPTIONS","id":"five"})");
    wait_for([&] { return stream->has(R"({"result":["btcusdt@bookTicker"],"id":"five"})"); });
    stream->socket.send(R"({"method":"NOTHING","id":6})");
    wait_for([&] { return stream->has(R"("code":2)"); });
    stream->socket.send("no JSON");
    wait_for([&] { return stream->has(R"("code":3)"); });
}

TEST_F(SimulatorTest, CarriesOnTheRoutesOf2026WhatBelongsThere) {
    start();
    const auto wrong = connect("/market/ws/btcusdt@depth@0ms");
    const auto right = connect("/public/ws/btcusdt@depth@0ms");
    wait_for([&] { return right->texts.size() > 20; });
    EXPECT_TRUE(wrong->texts.empty());
    const auto nowhere = connect("/elsewhere/ws");
    EXPECT_EQ(nowhere->fault, net::NetFault::Declined);
}

TEST_F(SimulatorTest, LeavesTheOutcomeOfATimeoutUnknown) {
    start();
    control("POST", "faults", R"({"kind":"timeout","target":"rest","executed":1.0})");
    std::string answer =
        signed_request("POST", "/fapi/v1/order", kPlace + "&price=49000.0&newClientOrderId=t1");
    EXPECT_EQ(status(), 408);
    EXPECT_EQ(field(answer, "code"), "-1007");
    EXPECT_EQ(field(signed_request("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=t1"),
                    "status"),
              "NEW");
    control("POST", "faults", R"({"kind":"timeout","target":"rest","executed":0.0})");
    signed_request("POST", "/fapi/v1/order", kPlace + "&price=49000.0&newClientOrderId=t2");
    EXPECT_EQ(status(), 408);
    answer = signed_request("GET", "/fapi/v1/order", "symbol=BTCUSDT&origClientOrderId=t2");
    EXPECT_EQ(field(answer, "code"), "-2013");
}

TEST_F(SimulatorTest, AnswersWithFaultsThatWereAskedFor) {
    start();
    control("POST", "faults", R"({"kind":"rate_limit","target":"rest","delay":"7s"})");
    get("/fapi/v1/time");
    EXPECT_EQ(status(), 429);
    EXPECT_EQ(last_.reply->retry_after(), 7 * kSecond);
    control("POST", "faults", R"({"kind":"server_error","target":"rest"})");
    get("/fapi/v1/time");
    EXPECT_EQ(status(), 502);
    get("/fapi/v1/time");
    EXPECT_EQ(status(), 200);
    const std::string state = control("GET", "state");
    EXPECT_EQ(field(state, "rate_limit"), "1");
    EXPECT_EQ(field(state, "server_error"), "1");
    EXPECT_EQ(field(state, "calm"), "true");
    control("POST", "faults", R"({"kind":"nothing"})");
    EXPECT_EQ(status(), 400);
    control("POST", "faults", R"({"kind":"gap","colour":"red"})");
    EXPECT_EQ(status(), 400);
}

TEST_F(SimulatorTest, CutsSilencesAndLeavesGaps) {
    start();
    const auto stream = connect("/public/ws/btcusdt@depth@0ms");
    wait_for([&] { return stream->texts.size() > 3; });
    control("POST", "faults", R"({"kind":"gap","target":"market","times":2})");
    const auto gaps = [&] {
        int count = 0;
        for (std::size_t i = 1; i < stream->texts.size(); ++i) {
            count += field(stream->texts[i], "pu") != field(stream->texts[i - 1], "u") ? 1 : 0;
        }
        return count;
    };
    wait_for([&] { return gaps() > 0; });
    control("POST", "faults", R"({"kind":"disconnect","target":"market"})");
    wait_for([&] { return !stream->is_open; });
    EXPECT_EQ(stream->fault, net::NetFault::Closed);
    const auto second =
        connect("/public/ws/btcusdt@depth@0ms", {.silence_limit = 300 * kMillisecond});
    wait_for([&] { return !second->texts.empty(); });
    control("POST", "faults", R"({"kind":"silence","target":"market"})");
    wait_for([&] { return !second->is_open; });
    EXPECT_EQ(second->fault, net::NetFault::DeadPeer);
}

TEST_F(SimulatorTest, LosesNoMessageThatComesBehindTheNextOne) {
    start();
    const auto user = connect_user();
    control("POST", "faults", R"({"kind":"reorder","target":"user"})");
    signed_request("POST", "/fapi/v1/order", kPlace + "&price=49000.0&newClientOrderId=r1");
    wait_for([&] { return user->has(R"("c":"r1")"); });
    EXPECT_EQ(user->texts.size(), 1U);
}

TEST_F(SimulatorTest, SendsHugeAndMalformedFrames) {
    start();
    const auto stream = connect("/public/ws/btcusdt@depth@0ms", {.message_bytes_max = 1 << 20});
    wait_for([&] { return stream->texts.size() > 3; });
    control("POST", "faults", R"({"kind":"malformed","target":"market","times":5})");
    wait_for([&] { return stream->has("<html>"); });
    control("POST", "faults", R"({"kind":"huge","target":"market","bytes":2000000})");
    wait_for([&] { return !stream->is_open; });
    EXPECT_EQ(stream->fault, net::NetFault::TooLarge);
}

TEST_F(SimulatorTest, ExpiresListenKeysAndTellsTheirStreams) {
    start();
    const auto user = connect_user();
    const std::string key = field(body(), "listenKey");
    control("POST", "faults", R"({"kind":"expire_listen_key"})");
    wait_for([&] { return user->has("listenKeyExpired"); });
    EXPECT_TRUE(user->has(key));
    last_ =
        ask(*rest_,
            {.method = "PUT", .target = "/fapi/v1/listenKey", .fields = {{"X-MBX-APIKEY", "key"}}});
    EXPECT_EQ(field(body(), "code"), "-1125");
}

TEST_F(SimulatorTest, ServesAStaleSnapshotAndAWrongCertificateWhileItShould) {
    start();
    const auto snapshot = [&] {
        return field(get("/fapi/v1/depth?symbol=BTCUSDT&limit=5"), "lastUpdateId");
    };
    control("POST", "faults", R"({"kind":"stale_snapshot","lasts":"1h"})");
    const std::string stale = snapshot();
    const auto stream = connect("/public/ws/btcusdt@depth@0ms");
    wait_for([&] { return stream->texts.size() > 5; });
    EXPECT_EQ(snapshot(), stale);
    control("POST", "faults", R"({"kind":"certificate","lasts":"1h"})");
    wait_for([&] { return !stream->is_open; });
    const auto refused = connect("/public/ws/btcusdt@depth@0ms");
    EXPECT_EQ(refused->fault, net::NetFault::Certificate);
    control("DELETE", "faults");
    EXPECT_NE(snapshot(), stale);
    EXPECT_EQ(status(), 200);
}

TEST_F(SimulatorTest, LetsAnEd25519KeyLogOnOnce) {
    // A pair made for this test.
    const std::string secret =
        "-----BEGIN PRIVATE KEY-----\n"
        "MC4CAQAwBQYDK2VwBCIEIGm3Vonn3eNIJsCH5kzd1iDpXW45VJQ3sdAkVzeqvGMF\n"
        "-----END PRIVATE KEY-----\n";
    dir_.write("public.pem",
               "-----BEGIN PUBLIC KEY-----\n"
               "MCowBQYDK2VwAyEA7j0z+ZWEzSb0E+bYHLtBuQL4GhsZTd+4sq3FT07xCb4=\n"
               "-----END PUBLIC KEY-----\n");
    start("ed25519_api_key = \"other\"\ned25519_public_key = \"public.pem\"\n");
    const auto api = connect("/ws-fapi/v1");
    const auto request = [&](const std::string& method, const std::string& params) {
        const std::size_t before = api->texts.size();
        api->socket.send(R"({"id":1,"method":")" + method + R"(","params":{)" + params + "}}");
        wait_for([&] { return api->texts.size() > before; });
        return api->texts.back();
    };
    const auto time = [] { return std::to_string(wall_now() / kMillisecond); };
    EXPECT_EQ(field(request("account.balance", "\"timestamp\":" + time()), "code"), "-2014");
    const std::string now = time();
    const auto signer = net::make_ed25519_signer(net::Secret(std::string(secret)));
    const std::string signature = signer->sign("apiKey=other&timestamp=" + now);
    const std::string logon = request("session.logon", R"("apiKey":"other","timestamp":)" + now +
                                                           R"(,"signature":")" + signature + "\"");
    EXPECT_EQ(field(logon, "status"), "200") << logon;
    EXPECT_EQ(field(logon, "apiKey"), "other");
    EXPECT_EQ(field(request("account.balance", "\"timestamp\":" + time()), "balance"),
              "10000.00000000");
    EXPECT_EQ(field(request("account.balance", "\"timestamp\":1"), "code"), "-1021");
    request("session.logout", "");
    EXPECT_EQ(field(request("account.balance", "\"timestamp\":" + time()), "code"), "-2014");
}

TEST_F(SimulatorTest, EndsConnectionsThatAreOldOrTooLoud) {
    start("[limits]\nmessages_per_second = 3\n", "connection_life = \"400ms\"\n");
    const auto loud = connect("/ws");
    for (int i = 0; i < 40; ++i) loud->socket.send(R"({"method":"LIST_SUBSCRIPTIONS","id":1})");
    wait_for([&] { return !loud->is_open; });
    EXPECT_LE(loud->texts.size(), 6U) << "of one second, or of two";
    const auto old = connect("/public/ws/btcusdt@depth@0ms");
    wait_for([&] { return !old->is_open; });
    EXPECT_FALSE(old->texts.empty());
    EXPECT_EQ(old->fault, net::NetFault::Closed);
}

TEST_F(SimulatorTest, RefusesThoseWhoAskTooMuch) {
    start("[limits]\nweight_per_minute = 3\nrefusals_before_ban = 1\n");
    // The minute may turn in between.
    wait_for([&] { return get("/fapi/v1/ping").find("-1003") != std::string::npos; });
    EXPECT_EQ(status(), 429);
    EXPECT_GT(last_.reply->retry_after(), 0);
    wait_for([&] { return get("/fapi/v1/ping").find("banned") != std::string::npos; });
    EXPECT_EQ(status(), 418);
    EXPECT_GT(last_.reply->retry_after(), 100 * kSecond);
}

}  // namespace
}  // namespace ringside::test
