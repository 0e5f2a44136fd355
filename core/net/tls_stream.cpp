#include "core/net/tls_stream.hpp"

#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/beast/websocket/ssl.hpp>

namespace ringside::net {

namespace asio = boost::asio;
namespace beast = boost::beast;

struct TlsStream::Layers : beast::ssl_stream<next_layer_type> {
    using ssl_stream::ssl_stream;
};

TlsStream::TlsStream(asio::ip::tcp::socket socket, asio::ssl::context& tls)
    : layers_(std::make_unique<Layers>(std::move(socket), tls)) {}
TlsStream::TlsStream(TlsStream&& other) noexcept = default;
TlsStream& TlsStream::operator=(TlsStream&& other) noexcept = default;
TlsStream::~TlsStream() = default;

TlsStream::next_layer_type& TlsStream::next_layer() noexcept { return layers_->next_layer(); }
SSL* TlsStream::native_handle() noexcept { return layers_->native_handle(); }

void TlsStream::async_handshake(HandshakeType type, Ended ended) {
    layers_->async_handshake(type, std::move(ended));
}
void TlsStream::read(const Few<asio::mutable_buffer>& buffers, Completion&& completion) {
    layers_->async_read_some(buffers, std::move(completion));
}
void TlsStream::write(const Few<asio::const_buffer>& buffers, Completion&& completion) {
    layers_->async_write_some(buffers, std::move(completion));
}
void TlsStream::tear_down(beast::role_type role, Completion&& completion) {
    beast::ssl_stream<next_layer_type>& stream = *layers_;
    async_teardown(role, stream, std::move(completion));
}

}  // namespace ringside::net
