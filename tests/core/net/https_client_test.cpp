#include "core/net/https_client.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "tests/support/expect_error.hpp"
#include "tests/support/tls_fixture.hpp"

namespace ringside::net {
namespace {

using test::TlsServer;

class HttpsClientTest : public test::TlsFixture {
  protected:
    static TlsServer::Handlers echo() {
        return {.on_request =
                    [](const TlsServer::Question& question) {
                        return TlsServer::Answer{
                            .body = question.method + " " + question.target + " " + question.body,
                            .fields = {{"X-Weight", "17"}, {"retry-after", "9"}}};
                    },
                .on_open = {},
                .on_message = {},
                .on_upgrade = {}};
    }
    static TlsServer::Handlers answering(const TlsServer::Answer& answer) {
        auto handlers = echo();
        handlers.on_request = [answer](const auto&) { return answer; };
        return handlers;
    }
    HttpOutcome ask(HttpsClient& client, HttpRequest request) {
        HttpOutcome outcome;
        EXPECT_TRUE(client.request(std::move(request), [&](HttpOutcome told) {
            outcome = std::move(told);
            loop_.stop();
        }));
        run();
        return outcome;
    }
    /// The outcome of one request to the server that now runs, with a new client.
    HttpOutcome ask_once(const TlsContext& tls, const HttpsOptions& options = {}) {
        HttpsClient client(loop_, tls, url("https"), options);
        return ask(client, {.target = "/secret?signature=hidden"});
    }
    static void expect_fault(const HttpOutcome& outcome, NetFault fault) {
        EXPECT_FALSE(outcome.reply);
        EXPECT_EQ(outcome.error.fault, fault) << outcome.error.words;
        EXPECT_EQ(outcome.error.words.find("hidden"), std::string::npos) << outcome.error.words;
    }
};

TEST_F(HttpsClientTest, GetsAnswersOverOneConnection) {
    serve(echo());
    HttpsClient client(loop_, tls_, url("https"));
    for (int i = 0; i < 3; ++i) {
        const HttpOutcome outcome =
            ask(client, {.method = "POST", .target = "/a?b=c", .body = "words"});
        ASSERT_TRUE(outcome.reply) << outcome.error.words;
        EXPECT_EQ(outcome.reply->status, 200);
        EXPECT_EQ(outcome.reply->body, "POST /a?b=c words");
        EXPECT_EQ(outcome.reply->field("x-weight"), "17");
        EXPECT_EQ(outcome.reply->retry_after(), 9 * kSecond);
        EXPECT_GT(outcome.reply->received_ts, 0);
    }
    EXPECT_EQ(server_->accepted(), 1U);
}

TEST_F(HttpsClientTest, AnswersRequestsInTheirOrder) {
    serve(echo());
    HttpsClient client(loop_, tls_, url("https"));
    std::vector<std::string> bodies;
    for (int i = 0; i < 5; ++i) {
        client.request({.target = fmt::format("/{}", i)}, [&](HttpOutcome outcome) {
            bodies.push_back(outcome.reply ? outcome.reply->body : outcome.error.words);
            if (bodies.size() == 5) loop_.stop();
        });
    }
    run();
    EXPECT_EQ(bodies,
              (std::vector<std::string>{"GET /0 ", "GET /1 ", "GET /2 ", "GET /3 ", "GET /4 "}));
}

TEST_F(HttpsClientTest, ConnectsAnewWhenThePeerClosesTheIdleConnection) {
    serve(answering({.body = "done", .last = true}));
    HttpsClient client(loop_, tls_, url("https"));
    for (int i = 0; i < 3; ++i) {
        const HttpOutcome outcome = ask(client, {.target = "/"});
        ASSERT_TRUE(outcome.reply) << outcome.error.words;
    }
    EXPECT_EQ(server_->accepted(), 3U);
}

TEST_F(HttpsClientTest, RefusesAServerOfAnUnknownAuthority) {
    serve(echo());
    const TlsContext only_the_systems;
    const HttpOutcome outcome = ask_once(only_the_systems);
    expect_fault(outcome, NetFault::Certificate);
    EXPECT_FALSE(outcome.may_have_arrived);
}

TEST_F(HttpsClientTest, RefusesACertificateForAnotherHost) {
    serve(echo(), "DNS:venue.example.com,IP:127.0.0.1");
    const HttpOutcome outcome = ask_once(tls_);
    expect_fault(outcome, NetFault::Certificate);
    EXPECT_FALSE(outcome.may_have_arrived);
}

TEST_F(HttpsClientTest, RefusesACertificateWhoseTimeIsOver) {
    server_ = std::make_unique<TlsServer>(authority_.issue_expired("DNS:localhost"), echo());
    expect_fault(ask_once(tls_), NetFault::Certificate);
}

TEST_F(HttpsClientTest, ChecksAnAddressAgainstTheAddressesOfTheCertificate) {
    serve(echo(), "IP:127.0.0.1");
    const Url here = Url::parse("https://127.0.0.1:" + std::to_string(server_->port()));
    HttpsClient client(loop_, tls_, here);
    EXPECT_TRUE(ask(client, {.target = "/"}).reply);
    serve(echo(), "IP:127.0.0.2,DNS:localhost");
    HttpsClient other(loop_, tls_,
                      Url::parse("https://127.0.0.1:" + std::to_string(server_->port())));
    expect_fault(ask(other, {.target = "/"}), NetFault::Certificate);
}

TEST_F(HttpsClientTest, GivesUpAServerThatDoesNotShakeHands) {
    serve(echo());
    server_->greet(TlsServer::Greeting::NoTls);
    const HttpOutcome outcome = ask_once(tls_, {.request_timeout = 100 * kMillisecond});
    expect_fault(outcome, NetFault::Timeout);
    EXPECT_FALSE(outcome.may_have_arrived);
}

TEST_F(HttpsClientTest, TellsThatARequestWithoutAnAnswerMayHaveArrived) {
    serve(answering({.withheld = true}));
    const HttpOutcome late = ask_once(tls_, {.request_timeout = 500 * kMillisecond});
    expect_fault(late, NetFault::Timeout);
    EXPECT_TRUE(late.may_have_arrived);
    serve(answering({.cut_off = true}));
    const HttpOutcome cut = ask_once(tls_);
    expect_fault(cut, NetFault::Closed);
    EXPECT_TRUE(cut.may_have_arrived);
}

TEST_F(HttpsClientTest, GoesOnAfterARequestThatFailed) {
    int asked = 0;
    auto handlers = echo();
    handlers.on_request = [&asked](const auto&) {
        return ++asked == 1 ? TlsServer::Answer{.cut_off = true} : TlsServer::Answer{.body = "ok"};
    };
    serve(handlers);
    HttpsClient client(loop_, tls_, url("https"));
    EXPECT_FALSE(ask(client, {.target = "/"}).reply);
    EXPECT_TRUE(ask(client, {.target = "/"}).reply);
}

TEST_F(HttpsClientTest, RefusesAnAnswerThatIsTooLarge) {
    serve(answering({.body = std::string(5000, 'x')}));
    expect_fault(ask_once(tls_, {.body_bytes_max = 4000}), NetFault::TooLarge);
}

TEST_F(HttpsClientTest, SaysWhenNobodyListens) {
    serve(echo());
    const Url gone = url("https");
    server_.reset();
    HttpsClient client(loop_, tls_, gone);
    expect_fault(ask(client, {.target = "/"}), NetFault::Connect);
}

TEST_F(HttpsClientTest, RefusesMoreRequestsThanMayWait) {
    serve(echo());
    HttpsClient client(loop_, tls_, url("https"), {.waiting_max = 2});
    EXPECT_TRUE(client.request({.target = "/"}, [](const HttpOutcome&) {}));
    EXPECT_TRUE(client.request({.target = "/"}, [](const HttpOutcome&) {}));
    EXPECT_FALSE(client.request({.target = "/"}, [](const HttpOutcome&) {}));
}

TEST_F(HttpsClientTest, CallsNobodyAfterItsEnd) {
    serve(echo());
    bool is_over = false;
    {
        HttpsClient client(loop_, tls_, url("https"));
        client.request({.target = "/"}, [&is_over](const HttpOutcome& outcome) {
            EXPECT_FALSE(is_over) << outcome.error.words;
        });
        loop_.poll();
    }
    is_over = true;
    Timer soon(loop_);
    soon.after(50 * kMillisecond, [this] { loop_.stop(); });
    run();
}

TEST(TlsContext, RefusesAFileThatHoldsNoCertificate) {
    const test::TempDir dir;
    test::expect_error([&] { const TlsContext tls(dir.write("ca.pem", "none")); }, ExitCode::Usage,
                       "ca.pem");
    test::expect_error([&] { const TlsContext tls(dir / "absent.pem"); }, ExitCode::Usage,
                       "absent.pem");
}

}  // namespace
}  // namespace ringside::net
