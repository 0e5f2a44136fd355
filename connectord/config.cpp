#include "connectord/config.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "connectord/venue.hpp"
#include "core/net/url.hpp"
#include "core/steady_clock.hpp"
#include "ipc/ring.hpp"

namespace ringside::connectord {

namespace {

/// Their streams fit one connection at every venue.
constexpr std::size_t kMostInstruments = 50;

constexpr std::array<std::pair<std::string_view, Environment>, 4> kEnvironments{{
    {"mainnet", Environment::Mainnet},
    {"testnet", Environment::Testnet},
    {"demo", Environment::Demo},
    {"sim", Environment::Sim},
}};
constexpr std::array<std::pair<std::string_view, KeyKind>, 2> kKeys{{
    {"hmac", KeyKind::Hmac},
    {"ed25519", KeyKind::Ed25519},
}};
constexpr std::array<std::pair<std::string_view, TradeFeed>, 2> kTrades{{
    {"single", TradeFeed::Single},
    {"aggregated", TradeFeed::Aggregated},
}};
constexpr std::array<std::pair<std::string_view, BotGonePolicy>, 2> kPolicies{{
    {"cancel", BotGonePolicy::Cancel},
    {"keep", BotGonePolicy::Keep},
}};
constexpr std::array<std::pair<std::string_view, EndPolicy>, 2> kEnds{{
    {"cancel", EndPolicy::Cancel},
    {"keep", EndPolicy::Keep},
}};
constexpr std::array<std::pair<std::string_view, bool>, 2> kOrderRoutes{{
    {"websocket", false},
    {"rest", true},
}};
constexpr std::array<std::pair<std::string_view, engine::QueueKind>, 6> kQueues{{
    {"risk_adverse", engine::QueueKind::RiskAdverse},
    {"power_prob", engine::QueueKind::PowerProb},
    {"power_prob2", engine::QueueKind::PowerProb2},
    {"power_prob3", engine::QueueKind::PowerProb3},
    {"log_prob", engine::QueueKind::LogProb},
    {"log_prob2", engine::QueueKind::LogProb2},
}};
constexpr std::array<std::pair<std::string_view, engine::ExchangeKind>, 2> kExchanges{{
    {"no_partial_fill", engine::ExchangeKind::NoPartialFill},
    {"partial_fill", engine::ExchangeKind::PartialFill},
}};

Nanos read_positive(const Config& file, std::string_view key, Nanos otherwise) {
    const Nanos value = file.duration_or(key, otherwise);
    if (value <= 0) file.refuse(key, "must be longer than nothing");
    return value;
}

double read_limit(const Config& file, const std::string& key) {
    const double value = file.get_or(key, 0.0);
    if (!(value >= 0.0)) file.refuse(key, "is {}; a limit is above 0, and 0 means none", value);
    return value;
}

/// Without a "/" at its end: paths are put behind it.
std::string read_address(const Config& file, std::string_view key, std::string_view scheme,
                         const std::string& otherwise) {
    auto address = file.get_or(key, otherwise);
    if (address.empty()) {
        fail(ExitCode::Usage, "the configuration has no {}: this environment has no addresses",
             key);
    }
    if (net::Url::parse(address).scheme != scheme) {
        file.refuse(key, "must begin with {}://", scheme);
    }
    while (address.ends_with('/')) address.pop_back();
    return address;
}

LimitText read_limits(const Config& file, const std::string& table) {
    LimitText limits;
    limits.max_order_qty = read_limit(file, table + ".max_order_qty");
    limits.max_order_value = read_limit(file, table + ".max_order_value");
    limits.max_position = read_limit(file, table + ".max_position");
    limits.max_open_qty = read_limit(file, table + ".max_open_qty");
    limits.max_open_orders = file.get_or<std::uint32_t>(table + ".max_open_orders", 0);
    return limits;
}

std::string read_symbol(const Config& file) {
    auto symbol = file.get<std::string>("symbol");
    // It becomes part of addresses.
    const bool is_plain = !symbol.empty() && symbol.size() <= 40 &&
                          std::all_of(symbol.begin(), symbol.end(), [](char c) {
                              return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                     (c >= '0' && c <= '9') || c == '_';
                          });
    if (!is_plain) {
        file.refuse("symbol", "'{}' is no symbol: letters, digits and '_' only", symbol);
    }
    for (char& c : symbol) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return symbol;
}

void read_instruments(const Config& file, ConnectorConfig& config) {
    std::set<std::string> seen;
    for (const Config& table : file.tables("instrument")) {
        InstrumentConfig& one = config.instruments.emplace_back();
        one.symbol = read_symbol(table);
        if (!seen.insert(one.symbol).second) {
            table.refuse("symbol", "{} is there twice", one.symbol);
        }
        one.bot = read_limits(table, "limits");
        one.account = read_limits(table, "account_limits");
        one.price_band = read_limit(table, "price_band");
        one.max_orders = table.get_or<std::uint32_t>("max_orders", 0);
        one.order_window = read_positive(table, "order_window", one.order_window);
    }
    if (config.instruments.empty()) {
        fail(ExitCode::Usage, "the configuration has no [[instrument]]: add one for each symbol");
    }
    if (config.instruments.size() > kMostInstruments) {
        fail(ExitCode::Usage, "{} instruments; one connectord serves at most {}",
             config.instruments.size(), kMostInstruments);
    }
}

void read_network(const Config& file, const VenueAddresses& addresses, NetworkConfig& network) {
    network.rest_url = read_address(file, "network.rest_url", "https", addresses.rest_url);
    network.stream_url = read_address(file, "network.stream_url", "wss", addresses.stream_url);
    // Only who sends orders there needs it.
    if (file.has("network.order_url") || !addresses.order_url.empty()) {
        network.order_url = read_address(file, "network.order_url", "wss", addresses.order_url);
    }
    if (file.has("network.ca_file")) {
        network.ca_file = file.get<std::filesystem::path>("network.ca_file");
    }
    const auto read = [&](const char* key, Nanos& value) {
        value = read_positive(file, std::string("network.") + key, value);
    };
    read("connect_timeout", network.keeper.socket.connect_timeout);
    read("request_timeout", network.request_timeout);
    read("silence_limit", network.keeper.socket.silence_limit);
    read("retry_first", network.keeper.backoff.first);
    read("retry_most", network.keeper.backoff.most);
    read("renew_after", network.keeper.renew_after);
    read("snapshot_spacing", network.snapshot_spacing);
    network.keeper.socket.clock = steady_now;
}

SecretPlace read_secret_place(const Config& file, const std::string& key) {
    SecretPlace place;
    place.environment = file.get_or<std::string>(key + "_env", "");
    if (file.has(key + "_file")) place.file = file.get<std::filesystem::path>(key + "_file");
    if (!place.environment.empty() && !place.file.empty()) {
        file.refuse(key + "_env", "there is {}_file, too: the key is in one place only", key);
    }
    if (!place.is_set()) {
        fail(ExitCode::Usage,
             "[trading] has neither {0}_env nor {0}_file: name an environment variable, or a file "
             "with mode 0600, that holds the {0}",
             key);
    }
    return place;
}

void read_trading(const Config& file, Environment environment, TradingConfig& trading) {
    const bool allow_live = file.get_or("allow_live", false);
    trading.order_prefix = file.get_or("order_prefix", trading.order_prefix);
    ClientOrderIds check(trading.order_prefix);
    if (environment == Environment::Mainnet && !allow_live) {
        fail(ExitCode::Usage,
             "trading on mainnet moves real money: say allow_live = true in [trading] if that is "
             "meant, or leave [trading] out");
    }
    trading.enabled = true;
    trading.key_kind = file.choice("key_kind", "hmac", kKeys);
    trading.key = read_secret_place(file, "key");
    trading.secret = read_secret_place(file, "secret");
    trading.journal = file.get<std::filesystem::path>("journal");
    trading.orders_by_rest = file.choice("orders", "websocket", kOrderRoutes);
    trading.on_bot_gone = file.choice("on_bot_gone", "cancel", kPolicies);
    trading.leftovers = file.choice("leftovers", "cancel", kPolicies);
    trading.on_end = file.choice("on_end", "cancel", kEnds);
    trading.end_patience = read_positive(file, "end_patience", trading.end_patience);
    trading.answer_timeout = read_positive(file, "answer_timeout", trading.answer_timeout);
    trading.request_window = read_positive(file, "request_window", trading.request_window);
    if (trading.request_window > 60 * kSecond) {
        file.refuse("request_window", "is longer than the venue allows, 60 s");
    }
    trading.reconcile_every = read_positive(file, "reconcile_every", trading.reconcile_every);
    trading.dead_man_after = file.duration_or("dead_man_after", 0);
    if (trading.dead_man_after != 0 && trading.dead_man_after < 3 * kSecond) {
        file.refuse("dead_man_after", "is too short to be renewed in time: 3 s at least, or 0");
    }
    if (file.has("latency_file")) {
        trading.latency_file = file.get<std::filesystem::path>("latency_file");
    }
}

void read_kill_limits(const Config& file, KillLimits& limits) {
    const auto read = [&](const char* key, Nanos& value) {
        value = file.duration_or(std::string("kill_when.") + key, value);
        if (value < 0) file.refuse(std::string("kill_when.") + key, "is negative; 0 means never");
    };
    limits.rejects = file.get_or("kill_when.rejects", limits.rejects);
    limits.rejects_within = read_positive(file, "kill_when.rejects_within", limits.rejects_within);
    limits.loss = read_limit(file, "kill_when.loss");
    limits.drawdown = read_limit(file, "kill_when.drawdown");
    read("stale_book", limits.stale_book);
    read("mismatch", limits.mismatch);
    read("answer_latency", limits.answer_latency);
    limits.slow_answers = file.get_or("kill_when.slow_answers", limits.slow_answers);
    if (limits.slow_answers == 0) {
        file.refuse("kill_when.slow_answers", "is 0: say how many answers in a row, 1 at least");
    }
}

void read_paper(const Config& file, PaperConfig& paper) {
    paper.latency.entry_ns = file.duration_or("paper.entry_latency", paper.latency.entry_ns);
    paper.latency.response_ns =
        file.duration_or("paper.response_latency", paper.latency.response_ns);
    if (paper.latency.entry_ns < 0 || paper.latency.response_ns < 0) {
        file.refuse("paper.entry_latency", "a latency cannot be negative");
    }
    paper.queue = file.choice("paper.queue", "log_prob2", kQueues);
    paper.queue_power = file.get_or("paper.queue_n", paper.queue_power);
    paper.exchange = file.choice("paper.exchange", "no_partial_fill", kExchanges);
    paper.fee.maker = file.get_or("paper.maker_fee", 0.0);
    paper.fee.taker = file.get_or("paper.taker_fee", 0.0);
}

}  // namespace

ConnectorConfig ConnectorConfig::read(const Config& file, bool paper) {
    ConnectorConfig config;
    config.bus = file.get<std::string>("bus");
    config.venue = file.get<std::string>("venue");
    const VenueKind* const venue = find_venue(config.venue);
    if (venue == nullptr) {
        file.refuse("venue", "'{}' is not known; it is one of {}", config.venue, venue_names());
    }
    if (!file.has("environment")) {
        fail(ExitCode::Usage,
             "the configuration has no environment: say \"mainnet\", \"testnet\", \"demo\" or "
             "\"sim\"");
    }
    config.environment = file.choice("environment", "", kEnvironments);
    config.paper = paper;
    config.waiting = file.choice("waiting", "yield", ipc::kWaitings);
    config.group = file.get_or<std::string>("group", "");
    config.md_ring_bytes = file.get_or("md_ring_bytes", config.md_ring_bytes);
    if (!ipc::is_ring_size(config.md_ring_bytes) || config.md_ring_bytes < (std::size_t{1} << 20)) {
        file.refuse("md_ring_bytes", "must be a power of two from 1 MiB to {}", ipc::kMaxRingBytes);
    }
    config.trades = file.choice("trades", "aggregated", kTrades);
    config.book_ticker = file.get_or("book_ticker", true);
    config.mark_price = file.get_or("mark_price", true);
    read_instruments(file, config);
    read_network(file, venue->addresses(config.environment), config.network);
    config.instruments_every = file.duration_or("instruments_every", config.instruments_every);
    if (config.instruments_every != 0 && config.instruments_every < 100 * kMillisecond) {
        file.refuse("instruments_every", "is less than 100 ms; 0 means never");
    }
    read_paper(file, config.paper_model);
    read_kill_limits(file, config.kill_when);
    if (file.has("trading")) {
        if (paper) {
            // The same file serves both; without keys nothing can be sent by mistake.
            file.ignore("trading");
        } else {
            read_trading(file.table("trading"), config.environment, config.trading);
            if (!config.trading.orders_by_rest && config.network.order_url.empty()) {
                fail(ExitCode::Usage,
                     "the configuration has no network.order_url, and this environment none of "
                     "its own: give it, or say orders = \"rest\" in [trading]");
            }
        }
    }
    return config;
}

}  // namespace ringside::connectord
