#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace ringside::venue_simulator {

/// Tells whether a signature is of a text, for one key.
class SignatureCheck {
  public:
    SignatureCheck() = default;
    SignatureCheck(const SignatureCheck&) = delete;
    SignatureCheck& operator=(const SignatureCheck&) = delete;
    virtual ~SignatureCheck() = default;

    virtual bool accepts(std::string_view text, std::string_view signature) const = 0;
    virtual bool is_ed25519() const noexcept { return false; }
};

/// HMAC-SHA256 in hexadecimal of either case.
std::unique_ptr<SignatureCheck> make_hmac_check(std::string secret);
/// Ed25519 in base64. Throws Error (Usage) unless the file has a public key in PEM.
std::unique_ptr<SignatureCheck> make_ed25519_check(const std::filesystem::path& public_key);

}  // namespace ringside::venue_simulator
