#pragma once

#include <filesystem>
#include <memory>
#include <optional>

namespace boost::asio::ssl {
class context;
}

namespace ringside::net {

/// Whom to trust. Peers always prove by a certificate that they are the host that was asked for;
/// TLS is 1.2 or newer. Trusted are the system's authorities, and those of one more file.
class TlsContext {
  public:
    /// Throws Error (Usage) if the file has no certificate in PEM.
    explicit TlsContext(const std::optional<std::filesystem::path>& more_authorities = {});
    TlsContext(const TlsContext&) = delete;
    TlsContext& operator=(const TlsContext&) = delete;
    ~TlsContext();

    boost::asio::ssl::context& context() const noexcept { return *context_; }

  private:
    std::unique_ptr<boost::asio::ssl::context> context_;
};

}  // namespace ringside::net
