#include "core/net/web_socket_keeper.hpp"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/tls_fixture.hpp"

namespace ringside::net {
namespace {

using test::TlsServer;

constexpr Backoff::Options kSoon{.first = 2 * kMillisecond, .most = 10 * kMillisecond};

class WebSocketKeeperTest : public test::TlsFixture {
  protected:
    static TlsServer::Handlers quiet() {
        return {.on_request = [](const auto&) { return TlsServer::Answer{}; },
                .on_open = {},
                .on_message = {},
                .on_upgrade = {}};
    }
    WebSocketKeeper::Handlers ignoring() {
        return {.on_up = [](std::uint64_t) {},
                .on_message = [](std::uint64_t, std::string_view, Nanos) {},
                .on_down = [](std::uint64_t, const NetError&, Nanos) {}};
    }
};

TEST_F(WebSocketKeeperTest, ConnectsAgainEachTimeTheConnectionIsCut) {
    auto server = quiet();
    server.on_open = [this](const TlsServer::Client& client) {
        server_->send("hello " + std::to_string(client.number));
        if (client.number < 4) server_->cut(client.number);
    };
    serve(server);
    std::vector<std::uint64_t> up;
    std::vector<std::uint64_t> down;
    auto handlers = ignoring();
    handlers.on_up = [&](std::uint64_t number) { up.push_back(number); };
    handlers.on_down = [&](std::uint64_t number, const NetError& error, Nanos wait) {
        down.push_back(number);
        EXPECT_EQ(error.fault, NetFault::Closed);
        EXPECT_GT(wait, 0);
    };
    handlers.on_message = [&](std::uint64_t, std::string_view text, Nanos) {
        if (text == "hello 4") loop_.stop();
    };
    const WebSocketKeeper keeper(loop_, tls_, url("wss"), {.backoff = kSoon}, handlers);
    run();
    EXPECT_TRUE(keeper.is_up());
    EXPECT_EQ(up, (std::vector<std::uint64_t>{1, 2, 3, 4}));
    EXPECT_EQ(down, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(WebSocketKeeperTest, WaitsLongerAfterEachFailure) {
    auto server = quiet();
    server.on_upgrade = [](const std::string&) { return TlsServer::Answer{.status = 503}; };
    serve(server);
    std::vector<Nanos> waits;
    auto handlers = ignoring();
    handlers.on_down = [&](std::uint64_t, const NetError& error, Nanos wait) {
        EXPECT_EQ(error.fault, NetFault::Declined);
        waits.push_back(wait);
        if (waits.size() == 4) loop_.stop();
    };
    const Backoff::Options options{.first = 2 * kMillisecond, .most = 16 * kMillisecond};
    const WebSocketKeeper keeper(loop_, tls_, url("wss"), {.backoff = options, .seed = 11},
                                 handlers);
    run();
    Backoff expected(options, 11);
    for (const Nanos wait : waits) EXPECT_EQ(wait, expected.next());
}

TEST_F(WebSocketKeeperTest, WaitsAsLongAsTheVenueAsks) {
    auto server = quiet();
    server.on_upgrade = [](const std::string&) {
        return TlsServer::Answer{.status = 418, .fields = {{"Retry-After", "120"}}};
    };
    serve(server);
    auto handlers = ignoring();
    Nanos waited = 0;
    handlers.on_down = [&](std::uint64_t, const NetError&, Nanos wait) {
        waited = wait;
        loop_.stop();
    };
    const WebSocketKeeper keeper(loop_, tls_, url("wss"), {.backoff = kSoon}, handlers);
    run();
    EXPECT_EQ(waited, 120 * kSecond);
}

TEST_F(WebSocketKeeperTest, OpensTheNextConnectionBeforeItLeavesTheOld) {
    auto server = quiet();
    server.on_open = [this](const TlsServer::Client& client) {
        server_->send("news " + std::to_string(client.number));
    };
    serve(server);
    std::vector<std::string> messages;
    auto handlers = ignoring();
    WebSocketKeeper* kept = nullptr;
    handlers.on_message = [&](std::uint64_t number, std::string_view text, Nanos) {
        messages.emplace_back(std::to_string(number) + " hears " + std::string(text));
        if (messages.size() == 1) kept->renew();
        if (messages.size() == 3) loop_.stop();
    };
    handlers.on_down = [](std::uint64_t, const NetError& error, Nanos) { FAIL() << error.words; };
    WebSocketKeeper keeper(loop_, tls_, url("wss"), {.backoff = kSoon, .overlap = kPatience},
                           handlers);
    kept = &keeper;
    run();
    // The second connection's greeting goes to all that are open.
    std::sort(messages.begin(), messages.end());
    EXPECT_EQ(messages,
              (std::vector<std::string>{"1 hears news 1", "1 hears news 2", "2 hears news 2"}));
}

TEST_F(WebSocketKeeperTest, LeavesTheOldConnectionAfterTheOverlap) {
    serve(quiet());
    std::vector<std::uint64_t> up;
    auto handlers = ignoring();
    handlers.on_up = [&](std::uint64_t number) {
        up.push_back(number);
        if (number == 4) loop_.stop();
    };
    handlers.on_down = [](std::uint64_t, const NetError& error, Nanos) { FAIL() << error.words; };
    const WebSocketKeeper keeper(
        loop_, tls_, url("wss"),
        {.backoff = kSoon, .renew_after = 20 * kMillisecond, .overlap = 5 * kMillisecond},
        handlers);
    run();
    EXPECT_EQ(up, (std::vector<std::uint64_t>{1, 2, 3, 4}));
    EXPECT_TRUE(keeper.is_up());
}

TEST_F(WebSocketKeeperTest, StaysOnTheOldConnectionWhileTheNewOneFails) {
    auto server = quiet();
    std::atomic<int> attempts{0};
    server.on_upgrade = [&attempts](const std::string&) {
        const int attempt = ++attempts;
        return TlsServer::Answer{.status = attempt == 2 || attempt == 3 ? 503 : 101};
    };
    serve(server);
    auto handlers = ignoring();
    std::vector<std::uint64_t> failed;
    WebSocketKeeper* kept = nullptr;
    handlers.on_up = [&](std::uint64_t number) {
        if (number == 1) kept->renew();
        if (number == 4) loop_.stop();
    };
    handlers.on_down = [&](std::uint64_t number, const NetError&, Nanos) {
        failed.push_back(number);
        EXPECT_TRUE(kept->is_up());
    };
    WebSocketKeeper keeper(loop_, tls_, url("wss"), {.backoff = kSoon}, handlers);
    kept = &keeper;
    run();
    EXPECT_EQ(failed, (std::vector<std::uint64_t>{2, 3}));
}

}  // namespace
}  // namespace ringside::net
