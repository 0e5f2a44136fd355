#include "core/net/tls_server.hpp"

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "core/error.hpp"
#include "core/net/tls_stream.hpp"

namespace ringside::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

using Response = http::response<http::string_body>;

constexpr std::chrono::seconds kHandshakeLimit{30};
constexpr std::chrono::minutes kSilenceLimit{10};

Response make_response(const ServerAnswer& answer) {
    Response response;
    response.version(11);
    response.result(static_cast<unsigned>(answer.status));
    for (const auto& [name, value] : answer.fields) response.set(name, value);
    response.body() = answer.body;
    response.keep_alive(!answer.last);
    response.prepare_payload();
    return response;
}

std::shared_ptr<asio::ssl::context> make_context(const Certificate& certificate) {
    auto tls = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    tls->use_certificate_chain(asio::buffer(certificate.certificate_pem));
    tls->use_private_key(asio::buffer(certificate.key_pem), asio::ssl::context::pem);
    return tls;
}

}  // namespace

std::string_view ServerRequest::field(std::string_view name) const noexcept {
    for (const auto& [key, value] : fields) {
        if (beast::iequals(beast::string_view(key.data(), key.size()),
                           beast::string_view(name.data(), name.size()))) {
            return value;
        }
    }
    return {};
}

struct TlsServer::Impl : std::enable_shared_from_this<Impl> {
    struct Connection;
    using Connections = std::map<std::uint64_t, std::shared_ptr<Connection>>;

    Impl(EventLoop& loop, const Certificate& certificate, Handlers calls,
         const ServerOptions& chosen)
        : handlers(std::move(calls)),
          options(chosen),
          tls(make_context(certificate)),
          acceptor(loop.context()) {
        const tcp::endpoint place(asio::ip::address_v4::loopback(), options.port);
        error_code error;
        acceptor.open(place.protocol(), error);
        if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        if (!error) acceptor.bind(place, error);
        if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
        if (error) fail(ExitCode::Io, "127.0.0.1:{}: {}", options.port, error.message());
        port = acceptor.local_endpoint().port();
    }

    Handlers handlers;
    const ServerOptions options;
    std::shared_ptr<asio::ssl::context> tls;
    tcp::acceptor acceptor;
    std::uint16_t port = 0;
    Greeting greeting = Greeting::Proper;
    std::uint64_t accepted = 0;
    std::uint64_t pings = 0;
    bool is_silent = false;
    bool is_over = false;
    Connections connections{};

    void accept() {
        acceptor.async_accept(
            [self = shared_from_this()](const error_code& error, tcp::socket socket) {
                if (self->is_over || error == asio::error::operation_aborted) return;
                if (!error) {
                    ++self->accepted;
                    self->begin(std::move(socket));
                }
                self->accept();
            });
    }
    void begin(tcp::socket socket);
    Connection* find(std::uint64_t connection) const;
    void end();
};

struct TlsServer::Impl::Connection : std::enable_shared_from_this<Connection> {
    Connection(std::shared_ptr<Impl> owner, tcp::socket socket, std::uint64_t no)
        : server(std::move(owner)),
          tls(server->tls),
          stream(std::move(socket), *tls),
          delay(stream.get_executor()),
          number(no) {}

    std::shared_ptr<Impl> server;
    std::shared_ptr<asio::ssl::context> tls;  ///< outlives the stream
    TlsStream stream;
    std::optional<websocket::stream<TlsStream&, kDeflate>> web_socket{};
    beast::flat_buffer input{};
    http::request<http::string_body> request{};
    ServerRequest question{};
    Response response{};
    asio::steady_timer delay;
    std::deque<Text> output{};
    std::size_t output_bytes = 0;
    std::uint64_t number;
    bool is_open = false;  ///< as a WebSocket
    bool is_silent = false;
    bool is_gone = false;

    beast::tcp_stream& socket() { return beast::get_lowest_layer(stream); }
    bool is_mute() const { return is_gone || is_silent || server->is_silent || server->is_over; }

    void start() {
        error_code ignored;
        socket().socket().set_option(tcp::no_delay(true), ignored);
        socket().expires_after(kHandshakeLimit);
        stream.async_handshake(asio::ssl::stream_base::server,
                               [self = shared_from_this()](const error_code& error) {
                                   if (error) return self->leave();
                                   self->socket().expires_never();
                                   self->read_request();
                               });
    }

    void read_request() {
        if (is_mute()) return;
        request = {};
        http::async_read(stream, input, request,
                         [self = shared_from_this()](const error_code& error, std::size_t) {
                             if (self->is_mute()) return;
                             if (error) return self->leave();
                             self->take_request();
                         });
    }

    void take_request() {
        question = {.connection = number,
                    .method = std::string(request.method_string()),
                    .target = std::string(request.target()),
                    .fields = {},
                    .body = std::move(request.body())};
        for (const auto& field : request) {
            question.fields.emplace_back(std::string(field.name_string()),
                                         std::string(field.value()));
        }
        if (websocket::is_upgrade(request)) return upgrade();
        answer(server->handlers.on_request(question));
    }

    void answer(const ServerAnswer& answer) {
        if (answer.withheld || is_mute()) return;
        if (answer.cut_off) return leave();
        response = make_response(answer);
        if (answer.delay <= 0) return write_response();
        delay.expires_after(std::chrono::nanoseconds(answer.delay));
        delay.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error && !self->is_mute()) self->write_response();
        });
    }
    void write_response() {
        http::async_write(stream, response,
                          [self = shared_from_this()](const error_code& error, std::size_t) {
                              if (self->is_mute()) return;
                              if (error || !self->response.keep_alive()) return self->leave();
                              self->read_request();
                          });
    }

    void upgrade() {
        if (server->greeting == Greeting::NoUpgrade) return;
        if (server->handlers.on_upgrade) {
            const ServerAnswer verdict = server->handlers.on_upgrade(question);
            if (verdict.status != 101) return answer(verdict);
        }
        web_socket.emplace(stream);
        web_socket->auto_fragment(false);
        web_socket->control_callback([this](websocket::frame_type kind, beast::string_view) {
            if (kind == websocket::frame_type::ping) ++server->pings;
        });
        web_socket->async_accept(request, [self = shared_from_this()](const error_code& error) {
            if (self->is_mute()) return;
            if (error) return self->leave();
            self->is_open = true;
            if (self->server->handlers.on_open) {
                self->server->handlers.on_open(self->number, self->question.target);
            }
            self->read();
        });
    }

    void read() {
        if (is_mute()) return;
        web_socket->async_read(
            input, [self = shared_from_this()](const error_code& error, std::size_t) {
                if (self->is_mute()) return;
                if (error) return self->leave();
                const std::string text = beast::buffers_to_string(self->input.data());
                self->input.clear();
                if (self->server->handlers.on_message) {
                    self->server->handlers.on_message(self->number, text);
                }
                self->read();
            });
    }

    void send(Text text) {
        if (!is_open || is_mute()) return;
        output_bytes += text->size();
        if (output_bytes > server->options.queued_bytes_max) return leave();
        output.push_back(std::move(text));
        if (output.size() == 1) write();
    }
    void write() {
        web_socket->async_write(asio::buffer(*output.front()),
                                [self = shared_from_this()](const error_code& error, std::size_t) {
                                    if (error || self->is_mute()) return;
                                    self->output_bytes -= self->output.front()->size();
                                    self->output.pop_front();
                                    if (!self->output.empty()) self->write();
                                });
    }
    void ping() {
        if (!is_open || is_mute()) return;
        web_socket->async_ping({}, [self = shared_from_this()](const error_code&) {});
    }
    void close() {
        if (!is_open || is_mute()) return;
        web_socket->async_close(websocket::close_code::going_away,
                                [self = shared_from_this()](const error_code&) {});
    }
    /// Reads that are under way would still answer a ping. Nor is it seen when the client leaves,
    /// so it goes by itself some day.
    void hush() {
        is_silent = true;
        socket().cancel();
        delay.expires_after(kSilenceLimit);
        delay.async_wait([self = shared_from_this()](const error_code& error) {
            if (!error) self->leave();
        });
    }
    void leave() {
        if (std::exchange(is_gone, true)) return;
        const auto self = shared_from_this();
        delay.cancel();
        socket().close();
        server->connections.erase(number);
        is_open = false;
        if (!server->is_over && server->handlers.on_gone) server->handlers.on_gone(number);
    }
};

void TlsServer::Impl::begin(tcp::socket socket) {
    auto made = std::make_shared<Connection>(shared_from_this(), std::move(socket), accepted);
    connections[accepted] = made;
    if (greeting != Greeting::NoTls) made->start();
}

TlsServer::Impl::Connection* TlsServer::Impl::find(std::uint64_t connection) const {
    const auto found = connections.find(connection);
    return found == connections.end() ? nullptr : found->second.get();
}

void TlsServer::Impl::end() {
    is_over = true;
    error_code ignored;
    acceptor.close(ignored);
    const Connections all = std::move(connections);
    connections.clear();
    for (const auto& [number, connection] : all) connection->leave();
}

TlsServer::TlsServer(EventLoop& loop, const Certificate& certificate, Handlers handlers,
                     const ServerOptions& options)
    : impl_(std::make_shared<Impl>(loop, certificate, std::move(handlers), options)) {
    impl_->accept();
}
TlsServer::~TlsServer() { impl_->end(); }

std::uint16_t TlsServer::port() const noexcept { return impl_->port; }
std::uint64_t TlsServer::accepted() const noexcept { return impl_->accepted; }
std::uint64_t TlsServer::pings() const noexcept { return impl_->pings; }

void TlsServer::greet(Greeting greeting) { impl_->greeting = greeting; }
void TlsServer::use(const Certificate& certificate) { impl_->tls = make_context(certificate); }

void TlsServer::send(std::uint64_t client, Text text) {
    if (auto* const connection = impl_->find(client)) connection->send(std::move(text));
}
void TlsServer::ping(std::uint64_t client) {
    if (auto* const connection = impl_->find(client)) connection->ping();
}
void TlsServer::close(std::uint64_t client) {
    if (auto* const connection = impl_->find(client)) connection->close();
}
void TlsServer::cut(std::uint64_t connection) {
    if (auto* const found = impl_->find(connection)) found->leave();
}
void TlsServer::fall_silent(std::uint64_t connection) {
    if (auto* const found = impl_->find(connection)) found->hush();
}
void TlsServer::cut_all() {
    const Impl::Connections all = impl_->connections;
    for (const auto& [number, connection] : all) connection->leave();
}
void TlsServer::fall_silent() {
    impl_->is_silent = true;
    for (const auto& [number, connection] : impl_->connections) connection->hush();
}

}  // namespace ringside::net
