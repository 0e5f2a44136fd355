#include "core/net/tls_context.hpp"

#include <boost/asio/ssl/context.hpp>
#include <openssl/ssl.h>

#include "core/error.hpp"

namespace ringside::net {

namespace ssl = boost::asio::ssl;

TlsContext::TlsContext(const std::optional<std::filesystem::path>& more_authorities)
    : context_(std::make_unique<ssl::context>(ssl::context::tls_client)) {
    context_->set_default_verify_paths();
    context_->set_verify_mode(ssl::verify_peer);
    if (SSL_CTX_set_min_proto_version(context_->native_handle(), TLS1_2_VERSION) != 1) {
        fail(ExitCode::Internal, "OpenSSL offers no TLS 1.2");
    }
    if (!more_authorities) return;
    boost::system::error_code error;
    context_->load_verify_file(more_authorities->string(), error);
    if (error) {
        fail(ExitCode::Usage, "{}: no certificate of an authority in PEM could be read: {}",
             more_authorities->string(), error.message());
    }
}

TlsContext::~TlsContext() = default;

}  // namespace ringside::net
