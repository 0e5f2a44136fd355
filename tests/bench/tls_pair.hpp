#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "core/net/authority.hpp"

namespace ringside::bench {

/// A TLS server and a client in memory, past their handshake: what encryption costs by itself.
class TlsPair {
  public:
    TlsPair() {
        const net::Certificate issued = authority_.issue("DNS:localhost");
        SSL_CTX* const context = context_.get();
        const Bio certificate(BIO_new_mem_buf(issued.certificate_pem.data(), -1));
        const Bio key(BIO_new_mem_buf(issued.key_pem.data(), -1));
        X509* const x509 = PEM_read_bio_X509(certificate.get(), nullptr, nullptr, nullptr);
        EVP_PKEY* const secret = PEM_read_bio_PrivateKey(key.get(), nullptr, nullptr, nullptr);
        SSL_CTX_use_certificate(context, x509);
        SSL_CTX_use_PrivateKey(context, secret);
        X509_free(x509);
        EVP_PKEY_free(secret);
        server_.reset(SSL_new(context));
        client_.reset(SSL_new(context));
        SSL_set_bio(server_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_bio(client_.get(), BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
        SSL_set_accept_state(server_.get());
        SSL_set_connect_state(client_.get());
        for (int i = 0; i < 8; ++i) {
            SSL_do_handshake(client_.get());
            move(client_, server_);
            SSL_do_handshake(server_.get());
            move(server_, client_);
        }
        char none = 0;
        SSL_read(client_.get(), &none, 1);  // takes the session tickets
        if (SSL_is_init_finished(client_.get()) == 0) throw std::runtime_error("no handshake");
    }

    const char* cipher() const { return SSL_get_cipher_name(client_.get()); }
    /// Bytes on the wire of one message.
    std::size_t encrypt(const std::string& text) {
        SSL_write(server_.get(), text.data(), static_cast<int>(text.size()));
        return BIO_ctrl_pending(SSL_get_wbio(server_.get()));
    }
    /// What was encrypted is there to be read.
    void deliver() { move(server_, client_); }
    std::size_t decrypt(std::string& text) {
        const int count = SSL_read(client_.get(), text.data(), static_cast<int>(text.size()));
        return count > 0 ? static_cast<std::size_t>(count) : 0;
    }

  private:
    struct Free {
        void operator()(BIO* bio) const { BIO_free(bio); }
        void operator()(SSL* ssl) const { SSL_free(ssl); }
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    using Bio = std::unique_ptr<BIO, Free>;
    using Ssl = std::unique_ptr<SSL, Free>;

    static void move(const Ssl& from, const Ssl& to) {
        char bytes[20'000];
        for (int count = 0; (count = BIO_read(SSL_get_wbio(from.get()), bytes, sizeof(bytes))) > 0;)
            BIO_write(SSL_get_rbio(to.get()), bytes, count);
    }

    net::Authority authority_;
    std::unique_ptr<SSL_CTX, Free> context_{SSL_CTX_new(TLS_method())};
    Ssl server_;
    Ssl client_;
};

}  // namespace ringside::bench
