#include "core/net/web_socket.hpp"

#include <charconv>
#include <chrono>
#include <deque>
#include <optional>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>

#include "core/net/dial.hpp"

namespace ringside::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

struct WebSocket::Connection : std::enable_shared_from_this<Connection> {
    using Stream = websocket::stream<TlsStream, kDeflate>;

    Connection(EventLoop& event_loop, const Url& where, const WebSocketOptions& how, Handlers calls)
        : loop(event_loop),
          deadline(event_loop),
          url(where),
          options(how),
          handlers(std::move(calls)) {}

    EventLoop& loop;
    Timer deadline;
    Url url;
    WebSocketOptions options;
    Handlers handlers;
    std::optional<Dial> dial;
    std::optional<Stream> stream;
    websocket::response_type answer;
    beast::flat_buffer input;
    std::deque<std::string> output;  ///< the first is being written
    std::size_t queued_bytes = 0;
    bool is_open = false;
    bool is_closing = false;
    bool is_over = false;  ///< no handler may be called any more

    void start(const TlsContext& tls) {
        deadline.after(options.connect_timeout, [self = weak_from_this()] {
            const auto connection = self.lock();
            if (!connection) return;
            connection->down({.fault = NetFault::Timeout,
                              .words = connection->url.place() + ": no connection in time"});
        });
        dial.emplace(loop.context(), tls.context(), url,
                     [self = weak_from_this()](std::unique_ptr<TlsStream> tls_stream,
                                               const NetError& error) {
                         const auto connection = self.lock();
                         if (!connection) return;
                         if (!tls_stream) return connection->down(error);
                         connection->upgrade(std::move(*tls_stream));
                     });
    }

    void upgrade(TlsStream tls_stream) {
        beast::get_lowest_layer(tls_stream).expires_never();
        stream.emplace(std::move(tls_stream));
        websocket::stream_base::timeout limits{};
        limits.handshake_timeout = std::chrono::nanoseconds(options.connect_timeout);
        limits.idle_timeout = std::chrono::nanoseconds(options.silence_limit);
        limits.keep_alive_pings = true;
        stream->set_option(limits);
        stream->set_option(websocket::stream_base::decorator([](websocket::request_type& request) {
            request.set(http::field::user_agent, "ringside");
        }));
        // The buffer's limit takes effect without a word to the peer that might go wrong itself.
        stream->read_message_max(0);
        input.max_size(options.message_bytes_max + kPadding);
        stream->async_handshake(answer, url.authority(), url.target,
                                [self = shared_from_this()](const error_code& error) {
                                    if (self->is_over) return;
                                    if (error) return self->down(self->upgrade_error(error));
                                    self->open();
                                });
    }

    NetError upgrade_error(const error_code& error) {
        if (error != websocket::error::upgrade_declined) {
            NetError why = broken(url.place(), error);
            if (why.fault == NetFault::DeadPeer) why.fault = NetFault::Timeout;
            return why;
        }
        NetError why{.fault = NetFault::Declined,
                     .words = url.place() + ": the upgrade to WebSocket was answered by HTTP " +
                              std::to_string(answer.result_int()),
                     .status = static_cast<int>(answer.result_int())};
        const auto wait = answer[http::field::retry_after];
        std::int32_t seconds = 0;
        std::from_chars(wait.data(), wait.data() + wait.size(), seconds);
        if (seconds > 0) why.retry_after = seconds * kSecond;
        return why;
    }

    void open() {
        deadline.cancel();
        dial.reset();
        is_open = true;
        handlers.on_open();
        if (!is_over) read();
    }

    void read() {
        stream->async_read(
            input, [self = shared_from_this()](const error_code& error, std::size_t /*bytes*/) {
                const Nanos received = self->options.clock();
                if (self->is_over) return;
                if (error) return self->down(self->read_error(error));
                self->deliver(received);
            });
    }

    void deliver(Nanos received) {
        const std::size_t bytes = input.size();
        if (bytes > options.message_bytes_max) {
            return down(broken(url.place(), websocket::error::message_too_big));
        }
        input.prepare(kPadding);  // may move the text, so before it is looked at
        handlers.on_message({static_cast<const char*>(input.data().data()), bytes}, received);
        if (is_over) return;
        input.clear();
        read();
    }

    NetError read_error(const error_code& error) const {
        if (is_closing) return {.fault = NetFault::Stopped, .words = url.place() + ": closed"};
        NetError why = broken(url.place(), error);
        if (error == websocket::error::closed) {
            why.words =
                url.place() + ": closed by the peer, code " + std::to_string(stream->reason().code);
        }
        return why;
    }

    bool send(std::string text) {
        if (!is_open || is_closing || is_over) return false;
        if (queued_bytes + text.size() > options.queued_bytes_max) return false;
        queued_bytes += text.size();
        output.push_back(std::move(text));
        if (output.size() == 1) write();
        return true;
    }

    void write() {
        stream->async_write(asio::buffer(output.front()),
                            [self = shared_from_this()](const error_code& error, std::size_t) {
                                // A failed write shows at the read, which tells why.
                                if (self->is_over || error) return;
                                self->queued_bytes -= self->output.front().size();
                                self->output.pop_front();
                                if (!self->output.empty()) self->write();
                            });
    }

    void close() {
        if (is_over || is_closing) return;
        is_closing = true;
        if (!is_open) {
            loop.post([self = shared_from_this()] {
                self->down({.fault = NetFault::Stopped, .words = self->url.place() + ": closed"});
            });
            return;
        }
        deadline.after(options.close_timeout, [self = weak_from_this()] {
            const auto connection = self.lock();
            if (!connection) return;
            connection->down(
                {.fault = NetFault::Stopped, .words = connection->url.place() + ": closed"});
        });
        // The read that is under way ends with the answer to this.
        stream->async_close(websocket::close_code::normal,
                            [self = shared_from_this()](const error_code& /*error*/) {});
    }

    void down(const NetError& error) {
        if (is_over) return;
        drop();
        handlers.on_down(error);
    }

    /// Handlers stay until the object goes, for one of them may be running.
    void drop() {
        is_over = true;
        is_open = false;
        deadline.cancel();
        dial.reset();
        if (stream) beast::get_lowest_layer(*stream).close();
    }
};

WebSocket::WebSocket(EventLoop& loop, const TlsContext& tls, const Url& url,
                     const WebSocketOptions& options, Handlers handlers)
    : connection_(std::make_shared<Connection>(loop, url, options, std::move(handlers))) {
    connection_->start(tls);
}

WebSocket::~WebSocket() { connection_->drop(); }

bool WebSocket::is_open() const noexcept { return connection_->is_open; }
bool WebSocket::send(std::string text) { return connection_->send(std::move(text)); }
void WebSocket::close() { connection_->close(); }

}  // namespace ringside::net
