#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <thread>

#include "core/net/authority.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/tls_server.hpp"

namespace ringside::test {

using net::Authority;

/// A server on a thread of its own, on which its handlers run, too.
class TlsServer {
  public:
    using Question = net::ServerRequest;
    using Answer = net::ServerAnswer;
    using Greeting = net::Greeting;
    /// A WebSocket connection; number counts from 1.
    struct Client {
        std::uint64_t number = 0;
        std::string target;
    };
    struct Handlers {
        std::function<Answer(const Question&)> on_request;
        std::function<void(const Client&)> on_open;
        std::function<void(const Client&, const std::string&)> on_message;
        /// Status other than 101 declines the upgrade.
        std::function<Answer(const std::string& target)> on_upgrade;
    };

    TlsServer(const net::Certificate& certificate, Handlers handlers);
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    ~TlsServer();

    std::uint16_t port() const noexcept { return port_; }
    /// "https://localhost:12345"; any scheme.
    std::string address(const std::string& scheme) const;

    // From any thread:
    void greet(Greeting greeting);
    /// To all WebSocket clients, or to one.
    void send(const std::string& text, std::uint64_t client = 0);
    /// Cuts connections without a word.
    void cut(std::uint64_t client = 0);
    /// Takes leave as WebSocket demands.
    void close(std::uint64_t client = 0);
    /// No byte is read from clients, or written to them, from now on; no ping is answered.
    void fall_silent();
    /// Runs on the server's thread.
    void post(std::function<void()> action);
    std::uint64_t accepted();  ///< TCP connections so far
    std::uint64_t pings();     ///< of clients, answered

  private:
    net::TlsServer::Handlers adapt();
    void each(std::uint64_t client, const std::function<void(std::uint64_t)>& action) const;
    std::uint64_t ask(const std::function<std::uint64_t()>& question);

    Handlers handlers_;
    net::EventLoop loop_;
    std::uint64_t clients_ = 0;
    std::map<std::uint64_t, Client> open_;  ///< by number of the connection
    net::TlsServer server_;
    std::uint16_t port_;
    std::thread thread_;
};

}  // namespace ringside::test
