#include "tests/support/tls_server.hpp"

#include <deque>
#include <map>
#include <optional>
#include <thread>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

namespace ringside::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Stream = beast::ssl_stream<beast::tcp_stream>;
using Response = http::response<http::string_body>;

Response make_response(const TlsServer::Answer& answer) {
    Response response;
    response.version(11);
    response.result(static_cast<unsigned>(answer.status));
    for (const auto& [name, value] : answer.fields) response.set(name, value);
    response.body() = answer.body;
    response.keep_alive(!answer.last);
    response.prepare_payload();
    return response;
}

}  // namespace

struct TlsServer::Impl {
    struct Connection;

    Impl(const Certificate& certificate, Handlers calls)
        : handlers(std::move(calls)), acceptor(io, {asio::ip::address_v4::loopback(), 0}) {
        tls.use_certificate_chain(asio::buffer(certificate.certificate_pem));
        tls.use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
        accept();
        thread = std::thread([this] { io.run(); });
    }

    Handlers handlers;
    asio::io_context io;
    asio::ssl::context tls{asio::ssl::context::tls_server};
    tcp::acceptor acceptor;
    std::atomic<Greeting> greeting{Greeting::Proper};
    std::atomic<std::uint64_t> accepted{0};
    std::atomic<std::uint64_t> pings{0};
    bool is_silent = false;
    std::uint64_t clients = 0;
    std::map<std::uint64_t, std::shared_ptr<Connection>> open{};
    std::vector<std::shared_ptr<Connection>> stalled{};
    std::thread thread;

    void accept() {
        acceptor.async_accept([this](const error_code& error, tcp::socket socket) {
            if (error) return;
            accepted.fetch_add(1);
            begin(std::move(socket));
            accept();
        });
    }
    void begin(tcp::socket socket);
    void each(std::uint64_t client, const std::function<void(Connection&)>& action);
};

struct TlsServer::Impl::Connection : std::enable_shared_from_this<Connection> {
    Connection(Impl& owner, tcp::socket socket)
        : server(owner), stream(std::move(socket), owner.tls) {}

    Impl& server;
    Stream stream;
    std::optional<websocket::stream<Stream&>> web_socket{};
    beast::flat_buffer input{};
    http::request<http::string_body> request{};
    Response response{};
    std::deque<std::string> output{};
    Client client{};

    void start() {
        stream.async_handshake(asio::ssl::stream_base::server,
                               [self = shared_from_this()](const error_code& error) {
                                   if (!error) self->read_request();
                               });
    }

    void read_request() {
        request = {};
        http::async_read(stream, input, request,
                         [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (error || self->server.is_silent) return;
                             if (websocket::is_upgrade(self->request)) return self->upgrade();
                             self->answer(self->server.handlers.on_request(
                                 {std::string(self->request.method_string()),
                                  std::string(self->request.target()), self->request.body()}));
                         });
    }

    void answer(const Answer& answer) {
        if (answer.withheld) return server.stalled.push_back(shared_from_this());
        if (answer.cut_off) return beast::get_lowest_layer(stream).close();
        response = make_response(answer);
        http::async_write(stream, response,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (error) return;
                              if (self->response.keep_alive()) return self->read_request();
                              beast::get_lowest_layer(self->stream).close();
                          });
    }

    void upgrade() {
        client.target = request.target();
        if (server.greeting == Greeting::NoUpgrade) {
            return server.stalled.push_back(shared_from_this());
        }
        if (server.handlers.on_upgrade) {
            const Answer verdict = server.handlers.on_upgrade(client.target);
            if (verdict.status != 101) return answer(verdict);
        }
        web_socket.emplace(stream);
        web_socket->control_callback([this](websocket::frame_type kind, beast::string_view) {
            if (kind == websocket::frame_type::ping) server.pings.fetch_add(1);
        });
        web_socket->async_accept(request, [self = shared_from_this()](const error_code& error) {
            if (error) return;
            self->client.number = ++self->server.clients;
            self->server.open[self->client.number] = self;
            if (self->server.handlers.on_open) self->server.handlers.on_open(self->client);
            self->read();
        });
    }

    void read() {
        if (server.is_silent) return;
        web_socket->async_read(
            input, [self = shared_from_this()](const error_code& error, std::size_t) {
                if (self->server.is_silent) return;
                if (error) {
                    self->server.open.erase(self->client.number);
                    return;
                }
                const std::string text = beast::buffers_to_string(self->input.data());
                self->input.clear();
                if (self->server.handlers.on_message) {
                    self->server.handlers.on_message(self->client, text);
                }
                self->read();
            });
    }

    void send(const std::string& text) {
        output.push_back(text);
        if (output.size() == 1) write();
    }
    void write() {
        web_socket->async_write(asio::buffer(output.front()),
                                [self = shared_from_this()](const error_code& error, std::size_t) {
                                    if (error) return;
                                    self->output.pop_front();
                                    if (!self->output.empty()) self->write();
                                });
    }
    void close() {
        web_socket->async_close(websocket::close_code::going_away,
                                [self = shared_from_this()](const error_code&) {});
    }
    void cut() { beast::get_lowest_layer(stream).close(); }
};

void TlsServer::Impl::begin(tcp::socket socket) {
    auto made = std::make_shared<Connection>(*this, std::move(socket));
    if (greeting == Greeting::NoTls) {
        stalled.push_back(std::move(made));
    } else {
        made->start();
    }
}

void TlsServer::Impl::each(std::uint64_t client, const std::function<void(Connection&)>& action) {
    const auto now_open = open;
    for (const auto& [number, connection] : now_open) {
        if (client == 0 || client == number) action(*connection);
    }
}

TlsServer::TlsServer(const Certificate& certificate, Handlers handlers)
    : impl_(std::make_unique<Impl>(certificate, std::move(handlers))) {}

TlsServer::~TlsServer() {
    impl_->io.stop();
    impl_->thread.join();
    impl_->open.clear();
    impl_->stalled.clear();
}

std::uint16_t TlsServer::port() const noexcept { return impl_->acceptor.local_endpoint().port(); }
std::string TlsServer::address(const std::string& scheme) const {
    return scheme + "://localhost:" + std::to_string(port());
}

void TlsServer::greet(Greeting greeting) { impl_->greeting = greeting; }
void TlsServer::send(const std::string& text, std::uint64_t client) {
    post([this, text, client] {
        if (impl_->is_silent) return;
        impl_->each(client, [&](Impl::Connection& connection) { connection.send(text); });
    });
}
void TlsServer::cut(std::uint64_t client) {
    post([this, client] {
        impl_->each(client, [](Impl::Connection& connection) { connection.cut(); });
    });
}
void TlsServer::close(std::uint64_t client) {
    post([this, client] {
        impl_->each(client, [](Impl::Connection& connection) { connection.close(); });
    });
}
void TlsServer::fall_silent() {
    post([this] {
        impl_->is_silent = true;
        // Reads that are under way would still answer a ping.
        impl_->each(0, [](Impl::Connection& connection) {
            beast::get_lowest_layer(connection.stream).cancel();
        });
    });
}
void TlsServer::post(std::function<void()> action) { asio::post(impl_->io, std::move(action)); }
std::uint64_t TlsServer::accepted() const noexcept { return impl_->accepted; }
std::uint64_t TlsServer::pings() const noexcept { return impl_->pings; }

}  // namespace ringside::test
