#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/certificates.hpp"

namespace ringside::test {

/// HTTPS and WebSocket on a free port of 127.0.0.1, on a thread of its own. Handlers run on that
/// thread. What it does wrong, it does on request.
class TlsServer {
  public:
    struct Question {
        std::string method;
        std::string target;
        std::string body;
    };
    struct Answer {
        int status = 200;
        std::string body{};
        std::vector<std::pair<std::string, std::string>> fields{};
        bool withheld = false;  ///< never sent
        bool cut_off = false;   ///< the connection goes instead
        bool last = false;      ///< the connection goes behind it
    };
    /// A WebSocket connection; number counts from 1.
    struct Client {
        std::uint64_t number = 0;
        std::string target;
    };
    enum class Greeting : std::uint8_t {
        Proper,
        NoTls,      ///< accepts, and says nothing
        NoUpgrade,  ///< TLS, and then nothing
    };
    struct Handlers {
        std::function<Answer(const Question&)> on_request;
        std::function<void(const Client&)> on_open;
        std::function<void(const Client&, const std::string&)> on_message;
        /// Status other than 101 declines the upgrade.
        std::function<Answer(const std::string& target)> on_upgrade;
    };

    TlsServer(const Certificate& certificate, Handlers handlers);
    TlsServer(const TlsServer&) = delete;
    TlsServer& operator=(const TlsServer&) = delete;
    ~TlsServer();

    std::uint16_t port() const noexcept;
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
    std::uint64_t accepted() const noexcept;  ///< TCP connections so far
    std::uint64_t pings() const noexcept;     ///< of clients, answered

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ringside::test
