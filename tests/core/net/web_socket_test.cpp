#include "core/net/web_socket.hpp"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/tls_fixture.hpp"

namespace ringside::net {
namespace {

using test::TlsServer;

class WebSocketTest : public test::TlsFixture {
  protected:
    TlsServer::Handlers echo() {
        return {.on_request = [](const auto&) { return TlsServer::Answer{}; },
                .on_open = {},
                .on_message =
                    [this](const TlsServer::Client& client, const std::string& text) {
                        server_->send(text + " from " + client.target, client.number);
                    },
                .on_upgrade = {}};
    }
    /// Handlers that write down what happens, and end run() when the connection is down.
    WebSocket::Handlers noting() {
        return {.on_open = [this] { ++opened_; },
                .on_message =
                    [this](std::string_view text, Nanos received) {
                        messages_.emplace_back(text);
                        EXPECT_GT(received, 0);
                    },
                .on_down =
                    [this](const NetError& error) {
                        end_ = error;
                        loop_.stop();
                    }};
    }
    /// How a connection that never opens, or is lost, ends.
    NetError end_of(const TlsContext& tls, const WebSocketOptions& options = {}) {
        const WebSocket socket(loop_, tls, url("wss", "/secret?key=hidden"), options, noting());
        run();
        EXPECT_TRUE(end_);
        const NetError error = end_.value_or(NetError{});
        EXPECT_EQ(error.words.find("hidden"), std::string::npos) << error.words;
        return error;
    }

    int opened_ = 0;
    std::vector<std::string> messages_;
    std::optional<NetError> end_;
};

TEST_F(WebSocketTest, CarriesMessagesBothWays) {
    serve(echo());
    auto handlers = noting();
    std::optional<WebSocket> socket;
    handlers.on_open = [&] {
        EXPECT_TRUE(socket->send("one"));
        EXPECT_TRUE(socket->send("two"));
    };
    handlers.on_message = [&](std::string_view text, Nanos) {
        messages_.emplace_back(text);
        if (messages_.size() == 2) socket->close();
    };
    socket.emplace(loop_, tls_, url("wss", "/path?q"), WebSocketOptions{}, handlers);
    run();
    EXPECT_EQ(messages_, (std::vector<std::string>{"one from /path?q", "two from /path?q"}));
    ASSERT_TRUE(end_);
    EXPECT_EQ(end_->fault, NetFault::Stopped);
    EXPECT_FALSE(socket->send("three"));
}

TEST_F(WebSocketTest, RefusesAServerOfAnUnknownAuthority) {
    serve(echo());
    const TlsContext only_the_systems;
    EXPECT_EQ(end_of(only_the_systems).fault, NetFault::Certificate);
    EXPECT_EQ(opened_, 0);
}

TEST_F(WebSocketTest, RefusesACertificateForAnotherHost) {
    serve(echo(), "DNS:venue.example.com");
    EXPECT_EQ(end_of(tls_).fault, NetFault::Certificate);
    EXPECT_EQ(opened_, 0);
}

TEST_F(WebSocketTest, GivesUpAServerThatStallsBeforeItIsOpen) {
    for (const auto greeting : {TlsServer::Greeting::NoTls, TlsServer::Greeting::NoUpgrade}) {
        serve(echo());
        server_->greet(greeting);
        EXPECT_EQ(end_of(tls_, {.connect_timeout = 200 * kMillisecond}).fault, NetFault::Timeout);
        EXPECT_EQ(opened_, 0);
    }
}

TEST_F(WebSocketTest, NoticesAPeerThatDoesNotAnswerAPing) {
    auto handlers = echo();
    handlers.on_open = [this](const auto&) { server_->fall_silent(); };
    serve(handlers);
    EXPECT_EQ(end_of(tls_, {.silence_limit = 200 * kMillisecond}).fault, NetFault::DeadPeer);
    EXPECT_EQ(opened_, 1);
}

TEST_F(WebSocketTest, StaysUpAsLongAsPingsAreAnswered) {
    serve(echo());
    const WebSocket socket(loop_, tls_, url("wss"), {.silence_limit = 200 * kMillisecond},
                           noting());
    Timer look(loop_);
    std::function<void()> watch = [&] {
        if (server_->pings() >= 5) return loop_.stop();
        look.after(10 * kMillisecond, watch);
    };
    watch();
    run();
    EXPECT_FALSE(end_) << end_->words;
    EXPECT_TRUE(socket.is_open());
}

TEST_F(WebSocketTest, TellsTheStatusThatDeclinedIt) {
    auto handlers = echo();
    handlers.on_upgrade = [](const std::string&) {
        return TlsServer::Answer{.status = 429, .fields = {{"Retry-After", "7"}}};
    };
    serve(handlers);
    const NetError error = end_of(tls_);
    EXPECT_EQ(error.fault, NetFault::Declined);
    EXPECT_EQ(error.status, 429);
    EXPECT_EQ(error.retry_after, 7 * kSecond);
}

TEST_F(WebSocketTest, TellsThatThePeerLeftOrVanished) {
    auto handlers = echo();
    handlers.on_open = [this](const auto&) { server_->close(); };
    serve(handlers);
    const NetError left = end_of(tls_);
    EXPECT_EQ(left.fault, NetFault::Closed);
    EXPECT_NE(left.words.find("1001"), std::string::npos) << left.words;
    handlers.on_open = [this](const auto&) { server_->cut(); };
    serve(handlers);
    EXPECT_EQ(end_of(tls_).fault, NetFault::Closed);
}

TEST_F(WebSocketTest, RefusesAMessageThatIsTooLarge) {
    auto handlers = echo();
    handlers.on_open = [this](const auto&) { server_->send(std::string(70'000, 'x')); };
    serve(handlers);
    EXPECT_EQ(end_of(tls_, {.message_bytes_max = 65'536}).fault, NetFault::TooLarge);
    EXPECT_TRUE(messages_.empty());
}

TEST_F(WebSocketTest, RefusesToQueueMoreThanItsLimit) {
    serve(echo());
    auto handlers = noting();
    std::optional<WebSocket> socket;
    handlers.on_open = [&] {
        EXPECT_FALSE(socket->send(std::string(1001, 'x')));
        EXPECT_TRUE(socket->send(std::string(600, 'x')));
        EXPECT_FALSE(socket->send(std::string(600, 'x')));
        loop_.stop();
    };
    socket.emplace(loop_, tls_, url("wss"), WebSocketOptions{.queued_bytes_max = 1000}, handlers);
    EXPECT_FALSE(socket->send("too early"));
    run();
}

TEST_F(WebSocketTest, MayBeDestroyedByItsOwnHandlers) {
    serve(echo());
    std::optional<WebSocket> socket;
    auto handlers = noting();
    handlers.on_open = [&] { socket->send("x"); };
    handlers.on_message = [&](std::string_view, Nanos) {
        socket.reset();
        loop_.stop();
    };
    socket.emplace(loop_, tls_, url("wss"), WebSocketOptions{}, handlers);
    run();
    EXPECT_FALSE(end_);
}

}  // namespace
}  // namespace ringside::net
