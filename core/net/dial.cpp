#include "core/net/dial.hpp"

#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/websocket/error.hpp>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

namespace ringside::net {

namespace asio = boost::asio;
namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;

struct Dial::Attempt : std::enable_shared_from_this<Attempt> {
    Attempt(asio::io_context& io, asio::ssl::context& tls, const Url& where, Done when_done)
        : resolver(io),
          stream(std::make_unique<TlsStream>(tcp::socket(io), tls)),
          url(where),
          done(std::move(when_done)) {}

    tcp::resolver resolver;
    std::unique_ptr<TlsStream> stream;
    Url url;
    Done done;
    bool is_over = false;

    void start() {
        resolver.async_resolve(
            url.host, url.port, tcp::resolver::numeric_service,
            [self = shared_from_this()](const error_code& error, const auto& addresses) {
                if (self->is_over) return;
                if (error) return self->lose(NetFault::Resolve, error.message());
                self->connect(addresses);
            });
    }

    void connect(const tcp::resolver::results_type& addresses) {
        beast::get_lowest_layer(*stream).async_connect(
            addresses, [self = shared_from_this()](const error_code& error, const auto&) {
                if (self->is_over) return;
                if (error) return self->lose(NetFault::Connect, error.message());
                self->shake_hands();
            });
    }

    void shake_hands() {
        error_code ignored;
        beast::get_lowest_layer(*stream).socket().set_option(tcp::no_delay(true), ignored);
        if (!demand_host()) return lose(NetFault::Tls, "OpenSSL refused the host name");
        stream->async_handshake(asio::ssl::stream_base::client,
                                [self = shared_from_this()](const error_code& error) {
                                    if (self->is_over) return;
                                    self->finish(error);
                                });
    }

    /// The name goes into the greeting, and the certificate must be for it.
    bool demand_host() {
        SSL* const handle = stream->native_handle();
        error_code no_address;
        asio::ip::make_address(url.host, no_address);
        if (!no_address) {
            return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(handle), url.host.c_str()) == 1;
        }
        SSL_set_hostflags(handle, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        return SSL_set1_host(handle, url.host.c_str()) == 1 &&
               SSL_ctrl(handle, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                        url.host.data()) == 1;
    }

    void finish(const error_code& error) {
        const long verdict = SSL_get_verify_result(stream->native_handle());
        if (verdict != X509_V_OK) {
            return lose(NetFault::Certificate, std::string("its certificate is refused: ") +
                                                   X509_verify_cert_error_string(verdict));
        }
        if (error) return lose(NetFault::Tls, error.message());
        is_over = true;
        done(std::move(stream), {});
    }

    void lose(NetFault fault, const std::string& why) {
        is_over = true;
        close();
        done(nullptr, {.fault = fault, .words = url.place() + ": " + why});
    }

    void close() {
        resolver.cancel();
        if (stream) beast::get_lowest_layer(*stream).close();
    }
};

Dial::Dial(asio::io_context& io, asio::ssl::context& tls, const Url& url, Done done)
    : attempt_(std::make_shared<Attempt>(io, tls, url, std::move(done))) {
    attempt_->start();
}

Dial::~Dial() {
    if (attempt_->is_over) return;
    attempt_->is_over = true;
    attempt_->close();
}

NetError broken(const std::string& place, const error_code& error) {
    NetFault fault = NetFault::Closed;
    if (error == beast::error::timeout) {
        fault = NetFault::DeadPeer;
    } else if (error == beast::websocket::error::message_too_big ||
               error == beast::websocket::error::buffer_overflow ||
               error == beast::http::error::body_limit ||
               error == beast::http::error::header_limit) {
        fault = NetFault::TooLarge;
    } else if (error == beast::http::error::end_of_stream ||
               error == beast::http::error::partial_message ||
               error == beast::websocket::error::closed) {
        fault = NetFault::Closed;
    } else if (error == beast::websocket::condition::protocol_violation ||
               &error.category() ==
                   &make_error_code(beast::http::error::bad_line_ending).category()) {
        fault = NetFault::Protocol;
    }
    return {.fault = fault, .words = place + ": " + error.message()};
}

}  // namespace ringside::net
