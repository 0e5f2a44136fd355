#include "tools/venue_simulator/signature.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>
#include <vector>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/error.hpp"
#include "core/net/secret.hpp"
#include "core/net/signer.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::size_t kEd25519Bytes = 64;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

class HmacCheck final : public SignatureCheck {
  public:
    explicit HmacCheck(std::string secret)
        : signer_(net::make_hmac_signer(net::Secret(std::move(secret)))) {}

    bool accepts(std::string_view text, std::string_view signature) const override {
        std::string lower(signature);
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        return signer_->sign(text) == lower;
    }

  private:
    std::unique_ptr<net::Signer> signer_;
};

class Ed25519Check final : public SignatureCheck {
  public:
    explicit Ed25519Check(Key key) : key_(std::move(key)) {}

    bool accepts(std::string_view text, std::string_view signature) const override {
        if (signature.size() != 4 * ((kEd25519Bytes + 2) / 3)) return false;
        std::array<unsigned char, kEd25519Bytes + 2> bytes{};
        const int size =
            EVP_DecodeBlock(bytes.data(), bytes_of(signature), static_cast<int>(signature.size()));
        if (size < static_cast<int>(kEd25519Bytes)) return false;
        const std::unique_ptr<EVP_MD_CTX, Free> digest(EVP_MD_CTX_new());
        return EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key_.get()) == 1 &&
               EVP_DigestVerify(digest.get(), bytes.data(), kEd25519Bytes, bytes_of(text),
                                text.size()) == 1;
    }
    bool is_ed25519() const noexcept override { return true; }

  private:
    Key key_;
};

}  // namespace

std::unique_ptr<SignatureCheck> make_hmac_check(std::string secret) {
    return std::make_unique<HmacCheck>(std::move(secret));
}

std::unique_ptr<SignatureCheck> make_ed25519_check(const std::filesystem::path& public_key) {
    const std::unique_ptr<BIO, Free> bio(BIO_new_file(public_key.c_str(), "r"));
    Key key(bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr) : nullptr);
    if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
        fail(ExitCode::Usage,
             "{}: no Ed25519 public key in PEM; make one from a private key with 'openssl pkey "
             "-in private.pem -pubout'",
             public_key.string());
    }
    return std::make_unique<Ed25519Check>(std::move(key));
}

}  // namespace ringside::venue_simulator
