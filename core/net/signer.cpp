#include "core/net/signer.hpp"

#include <array>
#include <utility>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/error.hpp"

namespace ringside::net {

namespace {

constexpr std::size_t kEd25519Bytes = 64;

const unsigned char* bytes_of(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

struct FreeMac {
    void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
    void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
};

/// The algorithm is looked up and the key worked in once, not for each signature. OpenSSL wipes its
/// copy of the key when it goes.
class HmacSigner final : public Signer {
  public:
    explicit HmacSigner(const Secret& secret)
        : mac_(EVP_MAC_fetch(nullptr, "HMAC", nullptr)), keyed_(EVP_MAC_CTX_new(mac_.get())) {
        const std::string_view key = secret.reveal();
        std::string digest = "SHA256";
        const std::array<OSSL_PARAM, 2> how{
            OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
            OSSL_PARAM_construct_end()};
        if (!keyed_ || EVP_MAC_init(keyed_.get(), bytes_of(key), key.size(), how.data()) != 1) {
            fail(ExitCode::Internal, "HMAC-SHA256 is not available");
        }
    }

    std::string sign(std::string_view text) const override {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        std::size_t size = 0;
        // Without a key it begins anew with the one that it has.
        if (EVP_MAC_init(keyed_.get(), nullptr, 0, nullptr) != 1 ||
            EVP_MAC_update(keyed_.get(), bytes_of(text), text.size()) != 1 ||
            EVP_MAC_final(keyed_.get(), digest.data(), &size, digest.size()) != 1) {
            fail(ExitCode::Internal, "HMAC-SHA256 failed");
        }
        constexpr char kHex[] = "0123456789abcdef";
        std::string out;
        out.reserve(2 * size);
        for (std::size_t i = 0; i < size; ++i) {
            out += kHex[digest[i] >> 4U];
            out += kHex[digest[i] & 15U];
        }
        return out;
    }

  private:
    std::unique_ptr<EVP_MAC, FreeMac> mac_;
    std::unique_ptr<EVP_MAC_CTX, FreeMac> keyed_;
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

std::unique_ptr<Signer> make_hmac_signer(const Secret& secret) {
    return std::make_unique<HmacSigner>(secret);
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
