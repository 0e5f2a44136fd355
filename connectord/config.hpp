#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "connectord/account_watch.hpp"
#include "connectord/order_manager.hpp"
#include "connectord/risk_limits.hpp"
#include "core/config.hpp"
#include "core/net/web_socket_keeper.hpp"
#include "core/time.hpp"
#include "engine/fee_model.hpp"
#include "engine/venue_config.hpp"

namespace ringside::connectord {

enum class Environment : std::uint8_t { Mainnet, Testnet, Demo, Sim };
enum class KeyKind : std::uint8_t { Hmac, Ed25519 };
/// Which prints are passed on as trades.
enum class TradeFeed : std::uint8_t { Single, Aggregated };
/// What becomes of own orders when the connector is told to end.
enum class EndPolicy : std::uint8_t { Cancel, Keep };

/// Where a secret is: never the secret itself.
struct SecretPlace {
    std::string environment{};     ///< name of a variable, or
    std::filesystem::path file{};  ///< of a file with mode 0600
    bool is_set() const noexcept { return !environment.empty() || !file.empty(); }
};

struct NetworkConfig {
    std::string rest_url;
    std::string stream_url;
    std::string order_url;
    std::optional<std::filesystem::path> ca_file{};
    net::KeeperOptions keeper{};  ///< of every WebSocket but for its seed
    Nanos request_timeout = 5 * kSecond;
    Nanos snapshot_spacing = kSecond;
};

/// Limits as a person writes them, in decimal sizes.
struct LimitText {
    double max_order_qty = 0.0;
    double max_order_value = 0.0;
    double max_position = 0.0;
    double max_open_qty = 0.0;
    std::uint32_t max_open_orders = 0;
};

struct InstrumentConfig {
    std::string symbol;
    LimitText bot{};
    LimitText account{};
    double price_band = 0.0;
    std::uint32_t max_orders = 0;
    Nanos order_window = kSecond;
};

struct TradingConfig {
    bool enabled = false;
    KeyKind key_kind = KeyKind::Hmac;
    SecretPlace key{};
    SecretPlace secret{};
    std::string order_prefix = "rs";
    std::filesystem::path journal{};
    bool orders_by_rest = false;  ///< the WebSocket order API is not used
    BotGonePolicy on_bot_gone = BotGonePolicy::Cancel;
    BotGonePolicy leftovers = BotGonePolicy::Cancel;
    EndPolicy on_end = EndPolicy::Cancel;
    Nanos end_patience = 5 * kSecond;  ///< for cancels to be confirmed
    Nanos answer_timeout = 3 * kSecond;
    Nanos request_window = 5 * kSecond;  ///< a request later than this the venue refuses
    Nanos reconcile_every = 30 * kSecond;
    Nanos dead_man_after = 0;  ///< the venue cancels all orders after so long without us; 0: never
    std::optional<std::filesystem::path> latency_file{};
};

/// Simulation of fills in paper mode; the same for every instrument.
struct PaperConfig {
    engine::ConstantLatency latency{10 * kMillisecond, 10 * kMillisecond};
    engine::QueueChoice queue = engine::QueueKind::LogProb2;
    double queue_power = 1.0;
    engine::ExchangeKind exchange = engine::ExchangeKind::NoPartialFill;
    engine::FeeModel fee{};
};

/// One venue account. README.md has each key.
struct ConnectorConfig {
    std::string bus;
    std::string venue;
    Environment environment = Environment::Sim;
    bool paper = false;
    ipc::Waiting waiting = ipc::Waiting::Yield;
    std::string group{};
    std::size_t md_ring_bytes = std::size_t{16} << 20;
    TradeFeed trades = TradeFeed::Aggregated;
    bool book_ticker = true;
    bool mark_price = true;
    std::vector<InstrumentConfig> instruments;
    NetworkConfig network{};
    Nanos instruments_every =
        300 * kSecond;  ///< what the venue says of them is looked at; 0: never
    TradingConfig trading{};
    KillLimits kill_when{};
    PaperConfig paper_model{};

    /// `paper`: fills are to be simulated, whatever the file says of trading.
    static ConnectorConfig read(const Config& file, bool paper);
};

}  // namespace ringside::connectord
