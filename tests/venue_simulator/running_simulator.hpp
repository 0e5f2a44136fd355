#pragma once

#include <memory>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "core/config.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/https_client.hpp"
#include "core/net/secret.hpp"
#include "core/net/signer.hpp"
#include "core/net/tls_context.hpp"
#include "core/net/web_socket.hpp"
#include "core/wall_clock.hpp"
#include "tests/support/temp_dir.hpp"
#include "tools/venue_simulator/simulator.hpp"

namespace ringside::test {

/// A simulator of a synthetic market on a thread of its own, and clients of it.
class RunningSimulator : public ::testing::Test {
  protected:
    static constexpr Nanos kPatience = 60 * kSecond;

    void start(const std::string& more = "", const std::string& server = "") {
        const std::string text = "[server]\nca_file = \"authority.pem\"\n" + server + R"(
            [market]
            seed = 3
            [[asset]]
            symbol = "BTCUSDT"
            tick_size = 0.1
            lot_size = 0.001
            exchange = "partial_fill"
            fee = { maker = 0.0002, taker = 0.0005 }
            synth = { seed = 5 }
            [[account]]
            name = "one"
            api_key = "key"
            secret = "secret"
        )" + more;
        const Config file = Config::parse(text, dir_ / "simulator.toml");
        const auto config = venue_simulator::SimulatorConfig::read(file);
        file.finish();
        simulator_ = std::make_unique<venue_simulator::Simulator>(config);
        tls_ = std::make_unique<net::TlsContext>(
            dir_.write("authority.pem", simulator_->authority_pem()));
        thread_ = std::thread([this] { simulator_->run(); });
        rest_ = std::make_unique<net::HttpsClient>(loop_, *tls_, url("https"));
        control_ = std::make_unique<net::HttpsClient>(
            loop_, *tls_,
            net::Url::parse("https://localhost:" + std::to_string(simulator_->control_port())));
    }
    ~RunningSimulator() override {
        rest_.reset();
        control_.reset();
        if (!simulator_) return;
        simulator_->loop().post([this] { simulator_->stop(); });
        thread_.join();
    }

    net::Url url(const std::string& scheme, const std::string& target = "") const {
        return net::Url::parse(scheme + "://localhost:" + std::to_string(simulator_->port()) +
                               target);
    }
    /// Runs the loop until the condition holds; fails the test if it never does.
    template <typename Condition>
    bool wait_for(const Condition& condition) {
        const Nanos until = wall_now() + kPatience;
        while (!condition()) {
            if (wall_now() > until) {
                ADD_FAILURE() << "nothing more happened";
                return false;
            }
            loop_.restart();
            net::Timer tick(loop_);
            tick.after(kMillisecond, [this] { loop_.stop(); });
            loop_.run();
        }
        return true;
    }
    net::HttpOutcome ask(net::HttpsClient& client, net::HttpRequest request) {
        std::optional<net::HttpOutcome> outcome;
        client.request(std::move(request), [&](net::HttpOutcome got) { outcome = std::move(got); });
        wait_for([&] { return outcome.has_value(); });
        return outcome ? *std::move(outcome) : net::HttpOutcome{};
    }
    /// The body of the answer to a signed request; the status goes to `status_`.
    std::string signed_request(const std::string& method, const std::string& path,
                               std::string query) {
        if (!query.empty()) query += '&';
        query += "timestamp=" + std::to_string(wall_now() / kMillisecond);
        const auto signer = net::make_hmac_signer(net::Secret("secret"));
        query += "&signature=" + signer->sign(query);
        last_ = ask(
            *rest_,
            {.method = method, .target = path + "?" + query, .fields = {{"X-MBX-APIKEY", "key"}}});
        return body();
    }
    std::string get(const std::string& target) {
        last_ = ask(*rest_, {.target = target});
        return body();
    }
    std::string control(const std::string& method, const std::string& what,
                        const std::string& json = "") {
        last_ = ask(*control_, {.method = method, .target = "/simulator/" + what, .body = json});
        return body();
    }
    int status() const { return last_.reply ? last_.reply->status : 0; }
    std::string body() const { return last_.reply ? last_.reply->body : last_.error.words; }

    /// The text of a field of a flat piece of JSON, without quotes; empty if there is none.
    static std::string field(const std::string& json, const std::string& name) {
        const std::size_t at = json.find("\"" + name + "\":");
        if (at == json.npos) return {};
        std::size_t begin = at + name.size() + 3;
        if (json[begin] == '"') ++begin;
        return json.substr(begin, json.find_first_of("\",}", begin) - begin);
    }

    TempDir dir_;
    net::EventLoop loop_;
    std::unique_ptr<venue_simulator::Simulator> simulator_;
    std::unique_ptr<net::TlsContext> tls_;
    std::unique_ptr<net::HttpsClient> rest_;
    std::unique_ptr<net::HttpsClient> control_;
    net::HttpOutcome last_;
    std::thread thread_;
};

}  // namespace ringside::test
