#include "tools/venue_simulator/config.hpp"

#include <cmath>

namespace ringside::venue_simulator {

namespace {

double read_positive(const Config& file, std::string_view key, double otherwise) {
    const double value = file.get_or(key, otherwise);
    if (!(value > 0) || !std::isfinite(value)) file.refuse(key, "{} is not above zero", value);
    return value;
}
double read_probability(const Config& file, std::string_view key, double otherwise) {
    const double value = file.get_or(key, otherwise);
    if (!(value >= 0 && value <= 1)) file.refuse(key, "{} is no probability: 0 to 1", value);
    return value;
}
Nanos read_span(const Config& file, std::string_view key, Nanos otherwise) {
    const Nanos value = file.duration_or(key, otherwise);
    if (value < 0) file.refuse(key, "a time cannot be negative here");
    return value;
}

FilterChoice read_filters(const Config& file) {
    FilterChoice filters;
    filters.min_qty = file.get_or("filters.min_qty", filters.min_qty);
    filters.max_qty = read_positive(file, "filters.max_qty", filters.max_qty);
    filters.market_max_qty = read_positive(file, "filters.market_max_qty", filters.market_max_qty);
    filters.min_price = file.get_or("filters.min_price", filters.min_price);
    filters.max_price = read_positive(file, "filters.max_price", filters.max_price);
    filters.min_notional = file.get_or("filters.min_notional", filters.min_notional);
    filters.multiplier_up = read_positive(file, "filters.multiplier_up", filters.multiplier_up);
    filters.multiplier_down = file.get_or("filters.multiplier_down", filters.multiplier_down);
    filters.max_orders = file.get_or("filters.max_orders", filters.max_orders);
    return filters;
}

MarketChoice read_market(const Config& file, const engine::AssetConfig& asset) {
    MarketChoice market;
    for (const engine::EventData& data : asset.data) {
        market.files.push_back(std::get<std::filesystem::path>(data));
    }
    market.rounds = file.get_or("rounds", market.rounds);
    if (file.has("synth")) {
        SynthChoice synth;
        synth.seed = file.get_or("synth.seed", synth.seed);
        synth.mid = read_positive(file, "synth.mid", synth.mid);
        synth.rows_per_second = file.get_or("synth.rate", synth.rows_per_second);
        synth.levels = file.get_or("synth.levels", synth.levels);
        market.synth = synth;
    }
    if (market.synth.has_value() == !market.files.empty()) {
        file.refuse("symbol", "{}: give either 'data', a list of files, or a table 'synth'",
                    asset.instrument.symbol);
    }
    return market;
}

void read_assets(const Config& file, SimulatorConfig& config) {
    auto venue = engine::VenueConfig::read(file, engine::VenueConfig::Data::Optional);
    if (venue.rules != RulesPreset::Strict) {
        file.refuse("venue.rules", "the simulator's venue is strict");
    }
    const auto tables = file.tables("asset");
    for (std::size_t i = 0; i < tables.size(); ++i) {
        engine::AssetConfig& asset = venue.assets[i];
        if (asset.queue == engine::QueueKind::L3Fifo ||
            asset.instrument.kind != ContractKind::Linear) {
            tables[i].refuse("symbol",
                             "{}: the simulator has linear contracts with aggregated "
                             "books only",
                             asset.instrument.symbol);
        }
        if (tables[i].has("latency")) {
            tables[i].refuse("latency", "the way to the simulator has its own: leave this out");
        }
        MarketChoice market = read_market(tables[i], asset);
        asset.data.clear();
        config.assets.push_back({std::move(asset), read_filters(tables[i]), std::move(market)});
    }
}

AccountChoice read_account(const Config& file) {
    AccountChoice account;
    account.name = file.get<std::string>("name");
    account.balance = read_positive(file, "balance", account.balance);
    account.api_key = file.get_or<std::string>("api_key", "");
    if (!account.api_key.empty()) account.secret = file.get<std::string>("secret");
    account.ed25519_api_key = file.get_or<std::string>("ed25519_api_key", "");
    if (!account.ed25519_api_key.empty()) {
        account.ed25519_public_key = file.get<std::filesystem::path>("ed25519_public_key");
    }
    if (account.api_key.empty() && account.ed25519_api_key.empty()) {
        file.refuse("name",
                    "{} has no key: give 'api_key' with 'secret', or 'ed25519_api_key' "
                    "with 'ed25519_public_key'",
                    account.name);
    }
    return account;
}

LimitChoice read_limits(const Config& file) {
    LimitChoice limits;
    limits.weight_per_minute = file.get_or("limits.weight_per_minute", limits.weight_per_minute);
    limits.orders_per_10s = file.get_or("limits.orders_per_10s", limits.orders_per_10s);
    limits.orders_per_minute = file.get_or("limits.orders_per_minute", limits.orders_per_minute);
    limits.refusals_before_ban =
        file.get_or("limits.refusals_before_ban", limits.refusals_before_ban);
    limits.messages_per_second =
        file.get_or("limits.messages_per_second", limits.messages_per_second);
    limits.ban = read_span(file, "limits.ban", limits.ban);
    return limits;
}

FaultKind read_kind(const Config& file, std::string_view key, const std::string& name) {
    FaultKind kind{};
    if (read_fault_kind(name, kind)) return kind;
    file.refuse(key, "\"{}\" is none of: {}", name, fault_kind_names());
}

void read_faults(const Config& file, SimulatorConfig& config) {
    for (const Config& table : file.tables("fault")) config.faults.push_back(read_fault(table));
    if (!file.has("fault_mix")) return;
    FaultMix mix;
    mix.seed = file.get_or("fault_mix.seed", config.seed);
    for (const auto& name : file.get<std::vector<std::string>>("fault_mix.kinds")) {
        mix.kinds.push_back(read_kind(file, "fault_mix.kinds", name));
    }
    mix.every = read_span(file, "fault_mix.every", mix.every);
    mix.lasts = read_span(file, "fault_mix.lasts", mix.lasts);
    mix.from = read_span(file, "fault_mix.from", mix.from);
    mix.until = read_span(file, "fault_mix.until", mix.until);
    mix.probability = read_probability(file, "fault_mix.probability", mix.probability);
    if (mix.every < kMillisecond) file.refuse("fault_mix.every", "must be a millisecond or more");
    for (const Fault& fault : draw_faults(mix)) config.faults.push_back(fault);
}

}  // namespace

Fault read_fault(const Config& file) {
    Fault fault;
    fault.kind = read_kind(file, "kind", file.get<std::string>("kind"));
    if (file.has("target")) {
        const auto name = file.get<std::string>("target");
        if (!read_fault_target(name, fault.targets)) {
            file.refuse("target", "\"{}\" is none of: market, user, order_api, rest, all", name);
        }
    }
    fault.at = read_span(file, "at", fault.at);
    fault.lasts = read_span(file, "lasts", fault.lasts);
    fault.times = file.get_or("times", fault.times);
    fault.probability = read_probability(file, "probability", fault.probability);
    fault.executed = read_probability(file, "executed", fault.executed);
    fault.delay = read_span(file, "delay", fault.delay);
    fault.bytes = file.get_or("bytes", fault.bytes);
    return fault;
}

SimulatorConfig SimulatorConfig::read(const Config& file) {
    SimulatorConfig config;
    config.port = file.get_or("server.port", config.port);
    config.ca_file = file.get<std::filesystem::path>("server.ca_file");
    if (file.has("server.port_file")) {
        config.port_file = file.get<std::filesystem::path>("server.port_file");
    }
    config.listen_key_life = read_span(file, "server.listen_key_life", config.listen_key_life);
    config.ping_interval = read_span(file, "server.ping_interval", config.ping_interval);
    config.connection_life = read_span(file, "server.connection_life", config.connection_life);
    config.speed = read_positive(file, "market.speed", config.speed);
    config.skip = read_span(file, "market.skip", config.skip);
    config.seed = file.get_or("market.seed", config.seed);
    config.leverage = file.get_or("market.leverage", config.leverage);
    if (file.has("market.book_log")) {
        config.book_log = file.get<std::filesystem::path>("market.book_log");
    }
    read_assets(file, config);
    for (const Config& table : file.tables("account")) {
        config.accounts.push_back(read_account(table));
    }
    if (config.accounts.empty()) {
        fail(ExitCode::Usage,
             "the configuration has no [[account]]: add one with name, api_key "
             "and secret");
    }
    config.limits = read_limits(file);
    read_faults(file, config);
    return config;
}

}  // namespace ringside::venue_simulator
