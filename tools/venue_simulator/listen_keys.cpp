#include "tools/venue_simulator/listen_keys.hpp"

#include <string_view>

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::size_t kKeySize = 64;
constexpr std::string_view kLetters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

const std::string& ListenKeys::start(AccountNo account, Nanos wall) {
    Held& held = held_[account];
    if (held.key.empty()) held.key = make_key();
    held.end = saturating_add(wall, life_);
    return held.key;
}

const std::string& ListenKeys::renew(AccountNo account, Nanos wall) {
    const auto found = held_.find(account);
    if (found == held_.end()) throw Refusal(-1125, "This listenKey does not exist.");
    found->second.end = saturating_add(wall, life_);
    return found->second.key;
}

void ListenKeys::close(AccountNo account) { held_.erase(account); }

const std::string* ListenKeys::key_of(AccountNo account) const noexcept {
    const auto found = held_.find(account);
    return found == held_.end() ? nullptr : &found->second.key;
}

std::vector<std::pair<AccountNo, std::string>> ListenKeys::take_expired(Nanos wall, bool all) {
    std::vector<std::pair<AccountNo, std::string>> expired;
    for (auto at = held_.begin(); at != held_.end();) {
        if (!all && at->second.end > wall) {
            ++at;
            continue;
        }
        expired.emplace_back(at->first, at->second.key);
        at = held_.erase(at);
    }
    return expired;
}

std::string ListenKeys::make_key() {
    std::string key(kKeySize, ' ');
    for (char& c : key) {
        c = kLetters[static_cast<std::size_t>(
            random_.below(static_cast<std::uint32_t>(kLetters.size())))];
    }
    return key;
}

}  // namespace ringside::venue_simulator
