#pragma once

#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "core/instrument.hpp"
#include "core/rules.hpp"
#include "engine/fee_model.hpp"
#include "engine/latency_model.hpp"

namespace ringside {
class Config;
}

namespace ringside::engine {

enum class QueueKind { RiskAdverse, PowerProb, PowerProb2, PowerProb3, LogProb, LogProb2 };

/// How one instrument is simulated.
struct AssetConfig {
    Instrument instrument;
    std::vector<std::filesystem::path> data;  ///< event files, played as if concatenated
    ConstantLatency latency;
    QueueKind queue = QueueKind::LogProb2;
    double queue_power = 1.0;  ///< exponent of the power models
    ValueFee fee;
};

/// What a simulated venue is made of.
struct VenueConfig {
    std::string name;
    RulesPreset rules = RulesPreset::Strict;
    std::vector<AssetConfig> assets;

    /// Reads `[venue]` and every `[[asset]]`. Throws Error naming file, line and key.
    static VenueConfig read(Config& config);
};

}  // namespace ringside::engine
