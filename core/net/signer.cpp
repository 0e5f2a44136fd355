#include "core/net/signer.hpp"

#include <array>
#include <utility>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include "core/error.hpp"

namespace ringside::net {

namespace {

constexpr std::size_t kEd25519Bytes = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

class HmacSigner final : public Signer {
  public:
    explicit HmacSigner(Secret secret) : secret_(std::move(secret)) {}

    std::string sign(std::string_view text) const override {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        unsigned int size = 0;
        const std::string_view key = secret_.reveal();
        if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text),
                 text.size(), digest.data(), &size) == nullptr) {
            fail(ExitCode::Internal, "HMAC-SHA256 is not available");
        }
        constexpr char kHex[] = "0123456789abcdef";
        std::string out;
        out.reserve(2 * std::size_t{size});
        for (unsigned int i = 0; i < size; ++i) {
            out += kHex[digest[i] >> 4U];
            out += kHex[digest[i] & 15U];
        }
        return out;
    }

  private:
    Secret secret_;
};

struct FreeKey {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
};
struct FreeDigest {
    void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
};
using Key = std::unique_ptr<EVP_PKEY, FreeKey>;

class Ed25519Signer final : public Signer {
  public:
    explicit Ed25519Signer(Key key) : key_(std::move(key)) {}

    std::string sign(std::string_view text) const override {
        const std::unique_ptr<EVP_MD_CTX, FreeDigest> digest(EVP_MD_CTX_new());
        std::array<unsigned char, kEd25519Bytes> signature{};
        std::size_t size = signature.size();
        if (!digest ||
            EVP_DigestSignInit(digest.get(), nullptr, nullptr, nullptr, key_.get()) != 1 ||
            EVP_DigestSign(digest.get(), signature.data(), &size, bytes_of(text), text.size()) !=
                1) {
            fail(ExitCode::Internal, "Ed25519 could not sign");
        }
        std::array<unsigned char, 4 * ((kEd25519Bytes + 2) / 3) + 1> base64{};
        const int length = EVP_EncodeBlock(base64.data(), signature.data(), static_cast<int>(size));
        return {reinterpret_cast<const char*>(base64.data()), static_cast<std::size_t>(length)};
    }

  private:
    Key key_;
};

/// Without it OpenSSL would ask for a pass phrase on the terminal.
int no_pass_phrase(char* /*buffer*/, int /*size*/, int /*writing*/, void* /*data*/) { return -1; }

}  // namespace

std::unique_ptr<Signer> make_hmac_signer(Secret secret) {
    return std::make_unique<HmacSigner>(std::move(secret));
}

std::unique_ptr<Signer> make_ed25519_signer(const Secret& pem) {
    const std::string_view text = pem.reveal();
    BIO* const bio = BIO_new_mem_buf(text.data(), static_cast<int>(text.size()));
    Key key(PEM_read_bio_PrivateKey(bio, nullptr, no_pass_phrase, nullptr));
    BIO_free(bio);
    if (!key || EVP_PKEY_id(key.get()) != EVP_PKEY_ED25519) {
        fail(ExitCode::Usage,
             "the secret is not an Ed25519 private key in unencrypted PKCS#8 PEM; make one with "
             "'openssl genpkey -algorithm ed25519' and register its public half at the venue");
    }
    return std::make_unique<Ed25519Signer>(std::move(key));
}

}  // namespace ringside::net
