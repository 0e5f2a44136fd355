#pragma once

#include <functional>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "core/net/authority.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/tls_context.hpp"
#include "core/net/url.hpp"
#include "tests/support/temp_dir.hpp"
#include "tests/support/tls_server.hpp"

namespace ringside::test {

/// A server on loopback whose certificate is good, and what a client of it needs.
class TlsFixture : public ::testing::Test {
  protected:
    static constexpr Nanos kPatience = 60 * kSecond;

    void serve(TlsServer::Handlers handlers, const std::string& names = "DNS:localhost") {
        server_ = std::make_unique<TlsServer>(authority_.issue(names), std::move(handlers));
    }
    net::Url url(const std::string& scheme, const std::string& target = "") const {
        return net::Url::parse(server_->address(scheme) + target);
    }
    /// Runs the loop until a handler calls loop_.stop(); fails the test if none ever does.
    void run() {
        net::Timer patience(loop_);
        patience.after(kPatience, [this] {
            ADD_FAILURE() << "nothing more happened";
            loop_.stop();
        });
        loop_.run();
        loop_.restart();
    }

    Authority authority_;
    TempDir dir_;
    net::TlsContext tls_{dir_.write("authority.pem", authority_.pem())};
    net::EventLoop loop_;
    std::unique_ptr<TlsServer> server_;
};

}  // namespace ringside::test
