#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "tools/ringside/random.hpp"
#include "tools/venue_simulator/venue_order.hpp"

namespace ringside::venue_simulator {

/// Keys of user data streams. An account has one at a time; it is void an hour after it was last
/// renewed.
class ListenKeys {
  public:
    ListenKeys(std::uint64_t seed, Nanos life) : random_(seed), life_(life) {}

    /// The account's key, made if it has none; renews it.
    const std::string& start(AccountNo account, Nanos wall);
    /// Throws Refusal if the account has none.
    const std::string& renew(AccountNo account, Nanos wall);
    void close(AccountNo account);

    const std::string* key_of(AccountNo account) const noexcept;
    /// Takes out those whose time is over; all of them if `all`.
    std::vector<std::pair<AccountNo, std::string>> take_expired(Nanos wall, bool all = false);

  private:
    struct Held {
        std::string key;
        Nanos end = 0;
    };

    std::string make_key();

    Random random_;
    Nanos life_;
    std::map<AccountNo, Held> held_;
};

}  // namespace ringside::venue_simulator
