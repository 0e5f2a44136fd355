#include "engine/venue_config.hpp"

#include <array>
#include <cmath>
#include <utility>

#include "core/config.hpp"

namespace ringside::engine {

namespace {

/// Looks a word up in a table of (word, value); says which words there are if it is none of them.
template <typename T, std::size_t N>
T pick(const Config& config, std::string_view key, const std::string& word,
       const std::array<std::pair<std::string_view, T>, N>& words) {
    std::string known;
    for (const auto& [name, value] : words) {
        if (name == word) return value;
        known += known.empty() ? "" : ", ";
        known += name;
    }
    config.refuse(key, "\"{}\" is none of: {}", word, known);
}

constexpr std::array<std::pair<std::string_view, RulesPreset>, 2> kRules{{
    {"strict", RulesPreset::Strict},
    {"compat", RulesPreset::Compat},
}};
constexpr std::array<std::pair<std::string_view, ContractKind>, 2> kContracts{{
    {"linear", ContractKind::Linear},
    {"inverse", ContractKind::Inverse},
}};
constexpr std::array<std::pair<std::string_view, QueueKind>, 6> kQueues{{
    {"risk_adverse", QueueKind::RiskAdverse},
    {"power_prob", QueueKind::PowerProb},
    {"power_prob2", QueueKind::PowerProb2},
    {"power_prob3", QueueKind::PowerProb3},
    {"log_prob", QueueKind::LogProb},
    {"log_prob2", QueueKind::LogProb2},
}};

double positive(const Config& config, std::string_view key, double value) {
    if (!(value > 0.0) || !std::isfinite(value)) {
        config.refuse(key, "{} is not above zero", value);
    }
    return value;
}

Nanos latency(const Config& config, std::string_view key) {
    const Nanos value = config.duration_or(key, 0);
    if (value < 0) config.refuse(key, "a latency cannot be negative");
    return value;
}

AssetConfig read_asset(const Config& config) {
    AssetConfig asset;
    asset.instrument.symbol = config.get<std::string>("symbol");
    asset.instrument.grid.tick_size =
        positive(config, "tick_size", config.get<double>("tick_size"));
    asset.instrument.grid.lot_size = positive(config, "lot_size", config.get<double>("lot_size"));
    asset.instrument.kind =
        pick(config, "contract", config.get_or<std::string>("contract", "linear"), kContracts);
    asset.instrument.contract_size =
        positive(config, "contract_size", config.get_or("contract_size", 1.0));
    for (auto& file : config.get<std::vector<std::filesystem::path>>("data")) {
        asset.data.emplace_back(std::move(file));
    }
    asset.latency = {latency(config, "latency.entry"), latency(config, "latency.response")};
    asset.queue = pick(config, "queue.model",
                       config.get_or<std::string>("queue.model", "log_prob2"), kQueues);
    asset.queue_power = config.get_or("queue.n", 1.0);
    asset.fee = {config.get_or("fee.maker", 0.0), config.get_or("fee.taker", 0.0)};
    return asset;
}

}  // namespace

VenueConfig VenueConfig::read(Config& config) {
    VenueConfig venue;
    venue.name = config.get_or<std::string>("venue.name", "replay");
    venue.rules =
        pick(config, "venue.rules", config.get_or<std::string>("venue.rules", "strict"), kRules);
    for (const Config& table : config.tables("asset")) venue.assets.push_back(read_asset(table));
    if (venue.assets.empty()) {
        fail(ExitCode::Usage, "the configuration has no [[asset]]: add one for each instrument");
    }
    return venue;
}

}  // namespace ringside::engine
