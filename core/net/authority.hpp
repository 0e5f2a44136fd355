#pragma once

#include <memory>
#include <string>

namespace ringside::net {

struct Certificate {
    std::string certificate_pem;
    std::string key_pem;
};

/// An authority of this process's own, for servers on loopback. Its key never leaves memory; what
/// it issues is good for a year from a day ago, so that clocks may differ.
class Authority {
  public:
    Authority();
    Authority(const Authority&) = delete;
    Authority& operator=(const Authority&) = delete;
    ~Authority();

    /// What a client trusts.
    std::string pem() const;
    /// A certificate for these alternative names, such as "DNS:localhost" or "IP:127.0.0.1".
    Certificate issue(const std::string& names) const;
    /// One whose time is over.
    Certificate issue_expired(const std::string& names) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ringside::net
