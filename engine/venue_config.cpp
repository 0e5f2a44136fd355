#include "engine/venue_config.hpp"

#include <array>
#include <cmath>
#include <utility>

#include "core/config.hpp"

namespace ringside::engine {

namespace {

constexpr std::array<std::pair<std::string_view, RulesPreset>, 2> kRules{{
    {"strict", RulesPreset::Strict},
    {"compat", RulesPreset::Compat},
}};
constexpr std::array<std::pair<std::string_view, ContractKind>, 2> kContracts{{
    {"linear", ContractKind::Linear},
    {"inverse", ContractKind::Inverse},
}};
constexpr std::array<std::pair<std::string_view, ExchangeKind>, 2> kExchanges{{
    {"no_partial_fill", ExchangeKind::NoPartialFill},
    {"partial_fill", ExchangeKind::PartialFill},
}};
constexpr std::array<std::pair<std::string_view, FeeKind>, 3> kFees{{
    {"value", FeeKind::Value},
    {"qty", FeeKind::Qty},
    {"flat", FeeKind::Flat},
}};
constexpr std::array<std::pair<std::string_view, QueueKind>, 7> kQueues{{
    {"risk_adverse", QueueKind::RiskAdverse},
    {"power_prob", QueueKind::PowerProb},
    {"power_prob2", QueueKind::PowerProb2},
    {"power_prob3", QueueKind::PowerProb3},
    {"log_prob", QueueKind::LogProb},
    {"log_prob2", QueueKind::LogProb2},
    {"l3_fifo", QueueKind::L3Fifo},
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

ConstantLatency read_latency(const Config& config) {
    ConstantLatency read{latency(config, "latency.entry"), latency(config, "latency.response")};
    if (config.has("latency.modify_entry")) {
        read.modify_entry_ns = latency(config, "latency.modify_entry");
    }
    if (config.has("latency.cancel_entry")) {
        read.cancel_entry_ns = latency(config, "latency.cancel_entry");
    }
    return read;
}

using Paths = std::vector<std::filesystem::path>;

void read_data(const Config& config, AssetConfig& asset, VenueConfig::Data data) {
    if (data == VenueConfig::Data::Required || config.has("data")) {
        for (auto& file : config.get<Paths>("data")) asset.data.emplace_back(std::move(file));
    }
    if (config.has("initial_snapshot")) {
        asset.initial_snapshot = config.get<std::filesystem::path>("initial_snapshot");
    }
    asset.latency_offset_ns = config.duration_or("latency_offset", 0);
    for (auto& file : config.get_or<Paths>("latency.data", {})) {
        asset.latency_data.emplace_back(std::move(file));
    }
    asset.latency_data_offset_ns = config.duration_or("latency.offset", 0);
}

void read_range(const Config& config, AssetConfig& asset) {
    if (!config.has("range")) return;
    const auto bounds = config.get<std::vector<double>>("range");
    const Grid& grid = asset.instrument.grid;
    if (bounds.size() != 2 || !(bounds[0] <= bounds[1])) {
        config.refuse("range", "write the lowest and the highest price, such as [50000, 70000]");
    }
    asset.instrument.range = {grid.to_ticks_nearest(bounds[0]), grid.to_ticks_nearest(bounds[1])};
}

AssetConfig read_asset(const Config& config, VenueConfig::Data data) {
    AssetConfig asset;
    asset.instrument.symbol = config.get<std::string>("symbol");
    asset.instrument.grid.tick_size =
        positive(config, "tick_size", config.get<double>("tick_size"));
    asset.instrument.grid.lot_size = positive(config, "lot_size", config.get<double>("lot_size"));
    asset.instrument.kind = config.choice("contract", "linear", kContracts);
    asset.instrument.contract_size =
        positive(config, "contract_size", config.get_or("contract_size", 1.0));
    asset.latency = read_latency(config);
    asset.queue = config.choice("queue.model", "log_prob2", kQueues);
    if (asset.queue == QueueKind::L3Fifo) asset.instrument.book = BookKind::L3;
    asset.queue_power = config.get_or("queue.n", 1.0);
    asset.exchange = config.choice("exchange", "no_partial_fill", kExchanges);
    asset.fee.kind = config.choice("fee.model", "value", kFees);
    asset.fee.maker = config.get_or("fee.maker", 0.0);
    asset.fee.taker = config.get_or("fee.taker", 0.0);
    asset.fee.buyer = config.get_or("fee.buyer", 0.0);
    asset.fee.seller = config.get_or("fee.seller", 0.0);
    read_data(config, asset, data);
    read_range(config, asset);
    return asset;
}

}  // namespace

VenueConfig VenueConfig::read(const Config& config, Data data) {
    VenueConfig venue;
    venue.name = config.get_or<std::string>("venue.name", "replay");
    venue.rules = config.choice("venue.rules", "strict", kRules);
    venue.waiting = config.choice("venue.waiting", "yield", ipc::kWaitings);
    for (const Config& table : config.tables("asset")) {
        venue.assets.push_back(read_asset(table, data));
    }
    if (venue.assets.empty()) {
        fail(ExitCode::Usage, "the configuration has no [[asset]]: add one for each instrument");
    }
    return venue;
}

}  // namespace ringside::engine
