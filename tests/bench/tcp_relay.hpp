#pragma once

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <stdexcept>
#include <vector>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace ringside::bench {

/// Passes the bytes of connections on, both ways, and can be asked when it did: what is encrypted
/// in them stays so. For one server on loopback; one thread.
class TcpRelay {
  public:
    struct Pair {
        int client = -1;  ///< who connected
        int server = -1;
    };
    /// Told of bytes from the server before they are passed on; passes them on itself if it wants
    /// to, and returns true then.
    using OnBytes = std::function<bool(const Pair&, std::span<const char>)>;

    explicit TcpRelay(std::uint16_t server_port) : server_port_(server_port) {
        listener_ = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof(address);
        if (bind(listener_, as_general(address), size) != 0 || listen(listener_, 16) != 0 ||
            getsockname(listener_, as_general(address), &size) != 0) {
            throw std::runtime_error("the relay cannot listen");
        }
        port_ = ntohs(address.sin_port);
    }
    TcpRelay(const TcpRelay&) = delete;
    TcpRelay& operator=(const TcpRelay&) = delete;
    ~TcpRelay() {
        close(listener_);
        for (const Pair& pair : pairs_) cut(pair);
    }

    std::uint16_t port() const noexcept { return port_; }
    const std::vector<Pair>& pairs() const noexcept { return pairs_; }
    void add_to(std::vector<pollfd>& all) const {
        all.push_back({.fd = listener_, .events = POLLIN, .revents = 0});
        for (const Pair& pair : pairs_) {
            all.push_back({.fd = pair.client, .events = POLLIN, .revents = 0});
            all.push_back({.fd = pair.server, .events = POLLIN, .revents = 0});
        }
    }
    /// Passes on what there is.
    void turn(const OnBytes& from_server = {}) {
        accept_all();
        for (std::size_t i = 0; i < pairs_.size(); ++i) {
            const Pair pair = pairs_[i];
            const auto nobody = [](std::span<const char>) { return false; };
            const auto taker = [&](std::span<const char> bytes) {
                return from_server && from_server(pair, bytes);
            };
            const bool lives =
                pass(pair.client, pair.server, nobody) && pass(pair.server, pair.client, taker);
            if (lives) continue;
            cut(pair);
            pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i--));
        }
    }
    static void send_all(int fd, std::span<const char> bytes) {
        while (!bytes.empty()) {
            const ssize_t sent = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (sent < 0 && errno != EAGAIN) return;
            if (sent > 0) bytes = bytes.subspan(static_cast<std::size_t>(sent));
        }
    }

  private:
    static sockaddr* as_general(sockaddr_in& address) {
        return reinterpret_cast<sockaddr*>(&address);
    }
    static sockaddr_in loopback(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_port = htons(port);
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        return address;
    }
    static void cut(const Pair& pair) {
        close(pair.client);
        close(pair.server);
    }
    void accept_all() {
        for (int fd = -1; (fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
            const int server = socket(AF_INET, SOCK_STREAM, 0);
            sockaddr_in address = loopback(server_port_);
            if (connect(server, as_general(address), sizeof(address)) != 0) {
                throw std::runtime_error("the relay cannot reach the server");
            }
            fcntl(server, F_SETFL, O_NONBLOCK);
            for (const int one : {fd, server}) {
                const int yes = 1;
                setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
            }
            pairs_.push_back({fd, server});
        }
    }
    /// False once one of them is over.
    template <typename Take>
    bool pass(int from, int to, const Take& take) {
        for (;;) {
            const ssize_t count = recv(from, buffer_.data(), buffer_.size(), 0);
            if (count == 0) return false;
            if (count < 0) return errno == EAGAIN || errno == EINTR;
            const std::span<const char> bytes(buffer_.data(), static_cast<std::size_t>(count));
            if (!take(bytes)) send_all(to, bytes);
        }
    }

    std::uint16_t server_port_;
    std::uint16_t port_ = 0;
    int listener_ = -1;
    std::vector<Pair> pairs_;
    std::array<char, 1 << 16> buffer_{};
};

}  // namespace ringside::bench
