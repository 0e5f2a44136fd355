#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "core/net/secret.hpp"

namespace ringside::net {

/// Signs request texts with an account's key, in the form that Binance's venues expect.
class Signer {
  public:
    virtual ~Signer() = default;
    Signer() = default;
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;

    virtual std::string sign(std::string_view text) const = 0;
};

/// HMAC-SHA256 in lower-case hexadecimal.
std::unique_ptr<Signer> make_hmac_signer(const Secret& secret);

/// Ed25519 in base64, to be percent-encoded in a query. `pem` is an unencrypted PKCS#8 private key;
/// throws Error (Usage) for anything else.
std::unique_ptr<Signer> make_ed25519_signer(const Secret& pem);

}  // namespace ringside::net
