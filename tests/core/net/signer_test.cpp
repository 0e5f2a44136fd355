#include "core/net/signer.hpp"

#include <array>
#include <memory>

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "tests/support/expect_error.hpp"

namespace ringside::net {
namespace {

using test::expect_error;

/// A private key in PKCS#8 PEM, encrypted if a pass phrase is given.
std::string pem_of(EVP_PKEY* key, const char* pass_phrase = nullptr) {
    BIO* const bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key, pass_phrase ? EVP_aes_128_cbc() : nullptr, pass_phrase,
                                  pass_phrase ? 4 : 0, nullptr, nullptr);
    const char* data = nullptr;
    const auto size = static_cast<std::size_t>(BIO_ctrl(bio, BIO_CTRL_INFO, 0, &data));
    std::string text(data, size);
    BIO_free(bio);
    EVP_PKEY_free(key);
    return text;
}

std::string bytes_of(const std::string& hex) {
    std::string bytes;
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
    return bytes;
}

EVP_PKEY* ed25519_key(const std::string& seed_hex) {
    const std::string seed = bytes_of(seed_hex);
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr,
                                        reinterpret_cast<const unsigned char*>(seed.data()),
                                        seed.size());
}

std::string base64_of(const std::string& bytes) {
    std::string out(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                     reinterpret_cast<const unsigned char*>(bytes.data()),
                                     static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

TEST(Signer, SignsTheExampleOfTheVenuesDocumentationByHmac) {
    const auto signer = make_hmac_signer(
        Secret(std::string("NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j")));
    EXPECT_EQ(signer->sign("symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC&quantity=1&price=0.1"
                           "&recvWindow=5000&timestamp=1499827319559"),
              "c8db56825ae71d6d79447849e617115f4a920fa2acdcab2b053c4b2838bd6b71");
}

TEST(Signer, SignsTheExamplesOfRfc8032ByEd25519) {
    const auto first = make_ed25519_signer(Secret(
        pem_of(ed25519_key("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"))));
    EXPECT_EQ(
        first->sign(""),
        base64_of(bytes_of("e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555f"
                           "b8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")));
    const auto second = make_ed25519_signer(Secret(
        pem_of(ed25519_key("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))));
    EXPECT_EQ(
        second->sign("\x72"),
        base64_of(bytes_of("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085a"
                           "c1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")));
}

TEST(Signer, RefusesEveryOtherKindOfKeyWithoutShowingIt) {
    const std::string wrong_kind = pem_of(EVP_EC_gen("P-256"));
    const std::string encrypted = pem_of(
        ed25519_key("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"), "pass");
    for (const std::string& text : {wrong_kind, encrypted, std::string("hidden words")}) {
        const auto refuse = [&] { make_ed25519_signer(Secret(std::string(text))); };
        expect_error(refuse, ExitCode::Usage, "Ed25519");
        const std::string words = test::error_of(refuse)->what();
        EXPECT_EQ(words.find(text.substr(text.size() / 2, 12)), std::string::npos);
    }
}

}  // namespace
}  // namespace ringside::net
