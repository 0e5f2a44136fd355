#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "core/event.hpp"
#include "core/instrument.hpp"
#include "core/rules.hpp"
#include "engine/fee_model.hpp"
#include "engine/latency_model.hpp"
#include "ipc/waiter.hpp"

namespace ringside {
class Config;
}

namespace ringside::engine {

enum class QueueKind {
    RiskAdverse,
    PowerProb,
    PowerProb2,
    PowerProb3,
    LogProb,
    LogProb2,
    L3Fifo,
    Custom,
};
/// A built-in queue model, or one's own.
struct QueueChoice {
    QueueChoice(QueueKind model) : kind(model) {}
    QueueChoice(Custom<CustomQueue> model) : kind(QueueKind::Custom), custom(std::move(model)) {}
    bool operator==(QueueKind other) const noexcept { return kind == other; }

    QueueKind kind;
    Custom<CustomQueue> custom;
};
enum class ExchangeKind { NoPartialFill, PartialFill };

/// Recorded events: a file, or rows in memory that outlive the venue.
using EventData = std::variant<std::filesystem::path, std::span<const Event>>;
/// Measured order latencies: a file, or rows in memory.
using LatencyData = std::variant<std::filesystem::path, std::span<const LatencyRow>>;

/// How one instrument is simulated. Its range of interest is the instrument's.
struct AssetConfig {
    Instrument instrument;
    std::vector<EventData> data;                ///< played as if concatenated
    std::optional<EventData> initial_snapshot;  ///< book before the first event
    Nanos latency_offset_ns = 0;                ///< added to every local_ts
    LatencyChoice latency;
    std::vector<LatencyData> latency_data;  ///< interpolated latency instead of the constant
    Nanos latency_data_offset_ns = 0;       ///< added to their exch_ts, and twice to resp_ts
    QueueChoice queue = QueueKind::LogProb2;
    double queue_power = 1.0;  ///< exponent of the power models
    ExchangeKind exchange = ExchangeKind::NoPartialFill;
    FeeModel fee;
};

/// What a simulated venue is made of.
struct VenueConfig {
    std::string name;
    RulesPreset rules = RulesPreset::Strict;
    /// Of the server of a replay; Futex: bots and server wake each other.
    ipc::Waiting waiting = ipc::Waiting::Yield;
    std::vector<AssetConfig> assets;

    /// Whether an `[[asset]]` must say which recording it is replayed from.
    enum class Data { Required, Optional };

    /// Reads `[venue]` and every `[[asset]]`. Throws Error naming file, line and key.
    static VenueConfig read(const Config& config, Data data = Data::Required);
};

}  // namespace ringside::engine
