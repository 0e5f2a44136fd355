#include "tools/venue_simulator/simulator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/wall_clock.hpp"
#include "tools/venue_simulator/oracle.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr const char* kNames = "DNS:localhost,IP:127.0.0.1";
/// Sockets get their turn at least so often when the market is fast.
constexpr std::size_t kStepsPerTurn = 2000;

std::vector<Exchange::Listing> make_listings(const SimulatorConfig& config) {
    // A market made of chance begins with the recordings beside it.
    Nanos recorded = kNever;
    for (const AssetChoice& asset : config.assets) {
        if (asset.market.synth || config.assets.size() == 1) continue;
        recorded = std::min(recorded, first_event_ts(asset.market, asset.engine.instrument.grid));
    }
    std::vector<Exchange::Listing> listings;
    for (const AssetChoice& asset : config.assets) {
        MarketChoice market = asset.market;
        if (market.synth && recorded != kNever) market.synth->start_ts = recorded;
        listings.push_back(
            {asset.engine, asset.filters, open_market_rows(market, asset.engine.instrument.grid)});
    }
    return listings;
}

std::vector<std::pair<std::string, double>> make_accounts(const SimulatorConfig& config) {
    std::vector<std::pair<std::string, double>> accounts;
    for (const AccountChoice& account : config.accounts) {
        accounts.emplace_back(account.name, account.balance);
    }
    return accounts;
}

std::vector<ApiKey> make_keys(const SimulatorConfig& config) {
    std::vector<ApiKey> keys;
    for (std::size_t i = 0; i < config.accounts.size(); ++i) {
        const AccountChoice& account = config.accounts[i];
        const auto no = static_cast<AccountNo>(i);
        if (!account.api_key.empty()) {
            keys.push_back({account.api_key, no, make_hmac_check(account.secret)});
        }
        if (!account.ed25519_api_key.empty()) {
            keys.push_back(
                {account.ed25519_api_key, no, make_ed25519_check(account.ed25519_public_key)});
        }
    }
    return keys;
}

}  // namespace

Simulator::Simulator(const SimulatorConfig& config)
    : config_(config),
      clock_(wall_now, config.speed),
      exchange_(make_listings(config), make_accounts(config),
                {.seed = config.seed, .leverage = config.leverage}, clock_),
      access_(make_keys(config)),
      limits_(config.limits, config.accounts.size()),
      listen_keys_(config.seed, config.listen_key_life),
      faults_(config.faults, config.seed,
              {.on_begin = [this](const Fault& fault) { begin(fault); },
               .on_end = [this](const Fault& fault) { end(fault); }}),
      server_(loop_, authority_.issue(kNames), handlers(), {.port = config.port}),
      control_server_(loop_, authority_.issue(kNames), control_handlers()),
      delivery_(server_, faults_),
      streams_(delivery_),
      market_feed_(exchange_, streams_),
      user_feed_(exchange_, streams_, listen_keys_),
      market_api_(exchange_, market_feed_, limits_),
      trading_api_(exchange_, limits_),
      account_api_(exchange_, limits_),
      rest_api_(venue_api()),
      order_socket_(loop_, venue_api(), delivery_),
      control_api_(exchange_, clock_, faults_,
                   {.counts = [this] { return counts(); }, .on_change = [this] { turn(); }}),
      timer_(loop_) {
    if (!config.book_log) return;
    book_log_.open(*config.book_log);
    if (!book_log_) fail(ExitCode::Io, "{}: cannot be written", config.book_log->string());
}

Simulator::~Simulator() = default;

VenueApi Simulator::venue_api() {
    return {exchange_, access_,     limits_,      listen_keys_,
            faults_,   market_api_, trading_api_, account_api_};
}

void Simulator::run() {
    exchange_.open(config_.skip);
    exchange_.listen(this);
    opened_ = clock_.wall_now();
    next_ping_ = saturating_add(opened_, config_.ping_interval);
    turn();
    loop_.run();
}

void Simulator::turn() {
    const Nanos wall = clock_.wall_now();
    faults_.run(wall, opened_);
    const bool is_present = exchange_.advance(kStepsPerTurn);
    market_feed_.run(wall);
    expire_keys(false);
    delivery_.release(wall);
    ping_clients(wall);
    end_old_sockets(wall);
    if (book_log_.is_open()) book_log_.flush();
    const Nanos next = is_present ? std::min({exchange_.next_wall(), market_feed_.next_wall(wall),
                                              faults_.next_wall(opened_)})
                                  : wall;
    timer_.after(std::max<Nanos>(next - clock_.wall_now(), 0), [this] { turn(); });
}

net::TlsServer::Handlers Simulator::handlers() {
    net::TlsServer::Handlers made;
    made.on_request = [this](const net::ServerRequest& request) {
        if (request.target.starts_with(ControlApi::kPrefix)) return control_api_.answer(request);
        rest_connections_.insert(request.connection);
        exchange_.advance(kStepsPerTurn);
        return rest_api_.answer(request);
    };
    made.on_upgrade = [this](const net::ServerRequest& request) { return upgrade(request); };
    made.on_open = [this](std::uint64_t client, const std::string& target) {
        open(client, target);
    };
    made.on_message = [this](std::uint64_t client, std::string_view text) {
        const auto socket = sockets_.find(client);
        if (socket == sockets_.end()) return;
        if (!socket->second.is_order_api) {
            if (is_too_loud(socket->second)) return server_.cut(client);
            return streams_.take(client, text);
        }
        exchange_.advance(kStepsPerTurn);
        order_socket_.take(client, text);
    };
    made.on_gone = [this](std::uint64_t connection) {
        rest_connections_.erase(connection);
        if (sockets_.erase(connection) == 0) return;
        streams_.gone(connection);
        order_socket_.gone(connection);
    };
    return made;
}

net::TlsServer::Handlers Simulator::control_handlers() {
    net::TlsServer::Handlers made;
    made.on_request = [this](const net::ServerRequest& request) {
        return control_api_.answer(request);
    };
    made.on_upgrade = [](const net::ServerRequest&) { return net::ServerAnswer{.status = 404}; };
    return made;
}

net::ServerAnswer Simulator::upgrade(const net::ServerRequest& request) {
    const std::string_view path = split_target(request.target).first;
    const bool is_order_api = path == OrderSocket::kPath;
    if (!is_order_api && !Streams::is_address(request.target)) return {.status = 404};
    const bool is_user =
        path.starts_with("/private") || (path.starts_with("/ws/") && path.find('@') == path.npos);
    const FaultTarget target = is_order_api ? kOrderApi : is_user ? kUser : kMarket;
    if (faults_.is_active(FaultKind::Disconnect, target)) return {.cut_off = true};
    return {.status = 101};
}

void Simulator::open(std::uint64_t client, const std::string& target) {
    const bool is_order_api = split_target(target).first == OrderSocket::kPath;
    sockets_[client] = {.is_order_api = is_order_api, .opened = clock_.wall_now()};
    is_order_api ? order_socket_.open(client) : streams_.open(client, target);
}

void Simulator::on_depth(const Market& market, const DepthUpdate& update, Nanos ts) {
    market_feed_.on_depth(market, update, ts);
    if (!book_log_.is_open()) return;
    book_log_ << fmt::format("{} {} {} {:016x}\n", market.instrument().symbol,
                             clock_.wall_at(ts) / kMillisecond, update.last_id,
                             book_hash(market, exchange_.filters(market.asset_no())));
}
void Simulator::on_trade(const Market& market, const PublicTrade& trade, Nanos ts) {
    market_feed_.on_trade(market, trade, ts);
}
void Simulator::on_top(const Market& market, Nanos ts) { market_feed_.on_top(market, ts); }
void Simulator::on_order(const VenueOrder& order, Execution execution, const VenueFill* fill) {
    user_feed_.on_order(order, execution, fill);
}
void Simulator::on_account(AccountNo account, AssetNo asset, std::int64_t time_ms) {
    user_feed_.on_account(account, asset, time_ms);
}

void Simulator::expire_keys(bool all) {
    for (const auto& [account, key] : listen_keys_.take_expired(clock_.wall_now(), all)) {
        user_feed_.on_expired_key(key);
    }
}

void Simulator::ping_clients(Nanos wall) {
    if (config_.ping_interval <= 0 || wall < next_ping_) return;
    next_ping_ = saturating_add(wall, config_.ping_interval);
    const auto sockets = sockets_;
    for (const auto& [client, socket] : sockets) server_.ping(client);
}

/// The venue ends every connection after a day.
void Simulator::end_old_sockets(Nanos wall) {
    for (auto& [client, socket] : sockets_) {
        if (socket.is_ending || wall - socket.opened < config_.connection_life) continue;
        socket.is_ending = true;
        server_.close(client);
    }
}

bool Simulator::is_too_loud(Socket& socket) const {
    const std::int64_t second = clock_.wall_now() / kSecond;
    if (std::exchange(socket.second, second) != second) socket.messages = 0;
    return ++socket.messages > config_.limits.messages_per_second;
}

std::vector<std::uint64_t> Simulator::connections(unsigned targets) const {
    std::vector<std::uint64_t> list;
    const auto append = [&](unsigned target, const auto& some) {
        if ((targets & target) != 0) list.insert(list.end(), some.begin(), some.end());
    };
    append(kMarket, streams_.clients(StreamRoute::Market));
    append(kUser, streams_.clients(StreamRoute::Private));
    append(kOrderApi, order_socket_.clients());
    append(kRest, rest_connections_);
    return list;
}

void Simulator::begin(const Fault& fault) {
    log_info("fault: {}", name_of(fault.kind));
    switch (fault.kind) {
        case FaultKind::Disconnect:
            for (const auto connection : connections(fault.targets)) server_.cut(connection);
            return;
        case FaultKind::Silence:
            for (const auto connection : connections(fault.targets))
                server_.fall_silent(connection);
            return;
        case FaultKind::ExpireListenKey:
            return expire_keys(true);
        case FaultKind::StaleSnapshot:
            return market_api_.freeze_snapshots();
        case FaultKind::Certificate:
            server_.use(stranger_.issue(kNames));
            return server_.cut_all();
        default:
            return;
    }
}

void Simulator::end(const Fault& fault) {
    log_info("fault over: {}", name_of(fault.kind));
    const bool goes_on =
        faults_.is_active(fault.kind, kRest) || faults_.is_active(fault.kind, kMarket) ||
        faults_.is_active(fault.kind, kUser) || faults_.is_active(fault.kind, kOrderApi);
    if (goes_on) return;
    if (fault.kind == FaultKind::StaleSnapshot) market_api_.thaw_snapshots();
    if (fault.kind == FaultKind::Certificate) server_.use(authority_.issue(kNames));
}

std::string Simulator::counts() const {
    return fmt::format(R"("connections":{},"restRequests":{},"orderApiRequests":{},)"
                       R"("refusedByLimits":{},"messagesSent":{})",
                       server_.accepted(), rest_api_.requests(), order_socket_.requests(),
                       limits_.refused(), delivery_.sent());
}

}  // namespace ringside::venue_simulator
