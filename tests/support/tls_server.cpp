#include "tests/support/tls_server.hpp"

#include <future>
#include <utility>

namespace ringside::test {

TlsServer::TlsServer(const net::Certificate& certificate, Handlers handlers)
    : handlers_(std::move(handlers)),
      server_(loop_, certificate, adapt()),
      port_(server_.port()),
      thread_([this] { loop_.run(); }) {}

TlsServer::~TlsServer() {
    loop_.stop();
    thread_.join();
}

/// Tests number the clients, not the connections.
net::TlsServer::Handlers TlsServer::adapt() {
    net::TlsServer::Handlers adapted;
    adapted.on_request = handlers_.on_request;
    if (handlers_.on_upgrade) {
        adapted.on_upgrade = [this](const Question& question) {
            return handlers_.on_upgrade(question.target);
        };
    } else {
        adapted.on_upgrade = [](const Question&) { return Answer{.status = 101}; };
    }
    adapted.on_open = [this](std::uint64_t connection, const std::string& target) {
        const Client& client = open_[connection] = {++clients_, target};
        if (handlers_.on_open) handlers_.on_open(client);
    };
    adapted.on_message = [this](std::uint64_t connection, std::string_view text) {
        if (handlers_.on_message) handlers_.on_message(open_.at(connection), std::string(text));
    };
    adapted.on_gone = [this](std::uint64_t connection) { open_.erase(connection); };
    return adapted;
}

void TlsServer::each(std::uint64_t client, const std::function<void(std::uint64_t)>& action) const {
    const auto now_open = open_;
    for (const auto& [connection, one] : now_open) {
        if (client == 0 || client == one.number) action(connection);
    }
}

std::string TlsServer::address(const std::string& scheme) const {
    return scheme + "://localhost:" + std::to_string(port());
}

void TlsServer::greet(Greeting greeting) {
    ask([this, greeting] { return server_.greet(greeting), std::uint64_t{0}; });
}
void TlsServer::send(const std::string& text, std::uint64_t client) {
    post([this, text, client] {
        each(client, [&](std::uint64_t connection) { server_.send(connection, text); });
    });
}
void TlsServer::cut(std::uint64_t client) {
    post([this, client] {
        each(client, [this](std::uint64_t connection) { server_.cut(connection); });
    });
}
void TlsServer::close(std::uint64_t client) {
    post([this, client] {
        each(client, [this](std::uint64_t connection) { server_.close(connection); });
    });
}
void TlsServer::fall_silent() {
    post([this] { server_.fall_silent(); });
}
void TlsServer::post(std::function<void()> action) { loop_.post(std::move(action)); }

std::uint64_t TlsServer::ask(const std::function<std::uint64_t()>& question) {
    if (std::this_thread::get_id() == thread_.get_id()) return question();
    std::promise<std::uint64_t> answer;
    post([&] { answer.set_value(question()); });
    return answer.get_future().get();
}
std::uint64_t TlsServer::accepted() {
    return ask([this] { return server_.accepted(); });
}
std::uint64_t TlsServer::pings() {
    return ask([this] { return server_.pings(); });
}

}  // namespace ringside::test
