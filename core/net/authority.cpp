#include "core/net/authority.hpp"

#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace ringside::net {

namespace {

constexpr long kDay = 24 * 3600;
constexpr long kYear = 365 * kDay;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(BIO* bio) const { BIO_free(bio); }
};
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Cert = std::unique_ptr<X509, Free>;
using Bio = std::unique_ptr<BIO, Free>;

void must(bool done) {
    if (!done) throw std::runtime_error("OpenSSL could not make a certificate");
}

Key make_key() {
    Key key(EVP_EC_gen("P-256"));
    must(key != nullptr);
    return key;
}

std::string text_of(const Bio& bio) {
    const char* data = nullptr;
    const long size = BIO_ctrl(bio.get(), BIO_CTRL_INFO, 0, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
    const Bio bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_X509(bio.get(), certificate) == 1);
    return text_of(bio);
}

std::string pem_of(EVP_PKEY* key) {
    const Bio bio(BIO_new(BIO_s_mem()));
    must(PEM_write_bio_PKCS8PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
    return text_of(bio);
}

void extend(X509* certificate, X509* issuer, int nid, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    must(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

Cert make_certificate(const char* name, long serial, EVP_PKEY* key, long from, long until) {
    Cert certificate(X509_new());
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), until);
    X509_set_pubkey(certificate.get(), key);
    must(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name), -1, -1, 0) == 1);
    return certificate;
}

}  // namespace

struct Authority::Impl {
    Key key = make_key();
    Cert certificate = make_certificate("Ringside local authority", 1, key.get(), -kDay, kYear);

    Certificate issue(const std::string& names, long from, long until) const {
        const Key own_key = make_key();
        const Cert made = make_certificate("Ringside local server", 2, own_key.get(), from, until);
        X509_set_issuer_name(made.get(), X509_get_subject_name(certificate.get()));
        extend(made.get(), certificate.get(), NID_subject_alt_name, names);
        extend(made.get(), certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
        extend(made.get(), certificate.get(), NID_ext_key_usage, "serverAuth");
        extend(made.get(), certificate.get(), NID_authority_key_identifier, "keyid");
        must(X509_sign(made.get(), key.get(), EVP_sha256()) > 0);
        return {pem_of(made.get()), pem_of(own_key.get())};
    }
};

Authority::Authority() : impl_(std::make_unique<Impl>()) {
    X509* const own = impl_->certificate.get();
    X509_set_issuer_name(own, X509_get_subject_name(own));
    extend(own, own, NID_basic_constraints, "critical,CA:TRUE");
    extend(own, own, NID_key_usage, "critical,keyCertSign");
    extend(own, own, NID_subject_key_identifier, "hash");
    must(X509_sign(own, impl_->key.get(), EVP_sha256()) > 0);
}

Authority::~Authority() = default;

std::string Authority::pem() const { return pem_of(impl_->certificate.get()); }

Certificate Authority::issue(const std::string& names) const {
    return impl_->issue(names, -kDay, kYear);
}

Certificate Authority::issue_expired(const std::string& names) const {
    return impl_->issue(names, -2 * kDay, -kDay);
}

}  // namespace ringside::net
