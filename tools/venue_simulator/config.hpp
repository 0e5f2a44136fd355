#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/config.hpp"
#include "engine/venue_config.hpp"
#include "tools/venue_simulator/fault.hpp"
#include "tools/venue_simulator/filters.hpp"
#include "tools/venue_simulator/market_rows.hpp"
#include "tools/venue_simulator/rate_limits.hpp"

namespace ringside::venue_simulator {

struct AssetChoice {
    engine::AssetConfig engine;
    FilterChoice filters;
    MarketChoice market;
};

/// One fault of a table. Throws Error naming file, line and key.
Fault read_fault(const Config& table);

struct AccountChoice {
    std::string name;
    double balance = 10'000.0;
    std::string api_key;  ///< with `secret`; empty: none
    std::string secret;
    std::string ed25519_api_key;  ///< with its public key; empty: none
    std::filesystem::path ed25519_public_key;
};

/// What the simulator's TOML file says. Unknown keys are refused.
struct SimulatorConfig {
    std::uint16_t port = 0;
    std::filesystem::path ca_file;                     ///< written at the start
    std::optional<std::filesystem::path> port_file{};  ///< likewise
    std::optional<std::filesystem::path> book_log{};   ///< see README.md
    double speed = 1.0;
    Nanos skip = 0;
    std::uint64_t seed = 1;
    int leverage = 20;
    Nanos listen_key_life = 3600 * kSecond;
    Nanos ping_interval = 180 * kSecond;
    Nanos connection_life = 24 * 3600 * kSecond;  ///< of WebSockets
    std::vector<AssetChoice> assets;
    std::vector<AccountChoice> accounts;
    LimitChoice limits;
    std::vector<Fault> faults;

    /// Throws Error naming file, line and key.
    static SimulatorConfig read(const Config& file);
};

}  // namespace ringside::venue_simulator
