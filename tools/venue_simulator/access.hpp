#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tools/venue_simulator/parameters.hpp"
#include "tools/venue_simulator/signature.hpp"
#include "tools/venue_simulator/venue_order.hpp"

namespace ringside::venue_simulator {

/// One API key of an account.
struct ApiKey {
    std::string name;  ///< what requests carry
    AccountNo account = 0;
    std::unique_ptr<SignatureCheck> check;
};

/// Who may do what: keys, signatures, times of requests. Refuses as the venue does.
class Access {
  public:
    explicit Access(std::vector<ApiKey> keys) : keys_(std::move(keys)) {}

    const std::vector<ApiKey>& keys() const noexcept { return keys_; }
    const ApiKey& find_key(std::string_view name) const;
    /// `now_ms`: the venue's time.
    const ApiKey& check_signed(std::string_view key_name, const Parameters& parameters,
                               std::int64_t now_ms) const;
    static void check_time(const Parameters& parameters, std::int64_t now_ms);

  private:
    std::vector<ApiKey> keys_;
};

}  // namespace ringside::venue_simulator
