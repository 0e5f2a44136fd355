#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "core/net/authority.hpp"
#include "core/net/event_loop.hpp"
#include "core/net/tls_server.hpp"
#include "tools/venue_simulator/access.hpp"
#include "tools/venue_simulator/config.hpp"
#include "tools/venue_simulator/control_api.hpp"
#include "tools/venue_simulator/delivery.hpp"
#include "tools/venue_simulator/exchange.hpp"
#include "tools/venue_simulator/market_feed.hpp"
#include "tools/venue_simulator/order_socket.hpp"
#include "tools/venue_simulator/rest_api.hpp"
#include "tools/venue_simulator/streams.hpp"
#include "tools/venue_simulator/user_feed.hpp"

namespace ringside::venue_simulator {

/// The whole venue on one thread: market, accounts, wires, faults.
class Simulator final : private ExchangeListener {
  public:
    explicit Simulator(const SimulatorConfig& config);
    ~Simulator() override;

    net::EventLoop& loop() noexcept { return loop_; }
    std::uint16_t port() const noexcept { return server_.port(); }
    /// Only what tests ask for, and always with a good certificate.
    std::uint16_t control_port() const noexcept { return control_server_.port(); }
    /// What clients are to trust.
    std::string authority_pem() const { return authority_.pem(); }

    /// Opens the market and serves until stop().
    void run();
    void stop() { loop_.stop(); }

  private:
    void on_depth(const Market& market, const DepthUpdate& update, Nanos ts) override;
    void on_trade(const Market& market, const PublicTrade& trade, Nanos ts) override;
    void on_top(const Market& market, Nanos ts) override;
    void on_order(const VenueOrder& order, Execution execution, const VenueFill* fill) override;
    void on_account(AccountNo account, AssetNo asset, std::int64_t time_ms) override;

    /// A WebSocket client.
    struct Socket {
        bool is_order_api = false;
        Nanos opened = 0;  ///< wall time
        bool is_ending = false;
        std::int64_t second = 0;    ///< in which it
        std::int64_t messages = 0;  ///< sent so many
    };

    net::TlsServer::Handlers handlers();
    net::TlsServer::Handlers control_handlers();
    net::ServerAnswer upgrade(const net::ServerRequest& request);
    void open(std::uint64_t client, const std::string& target);
    void turn();
    void expire_keys(bool all);
    void ping_clients(Nanos wall);
    void end_old_sockets(Nanos wall);
    bool is_too_loud(Socket& socket) const;
    void begin(const Fault& fault);
    void end(const Fault& fault);
    std::vector<std::uint64_t> connections(unsigned targets) const;
    std::string counts() const;
    VenueApi venue_api();

    const SimulatorConfig config_;
    net::EventLoop loop_;
    net::Authority authority_;
    net::Authority stranger_;  ///< whom nobody trusts
    VenueClock clock_;
    Exchange exchange_;
    Access access_;
    RateLimits limits_;
    ListenKeys listen_keys_;
    Faults faults_;
    net::TlsServer server_;
    net::TlsServer control_server_;
    Delivery delivery_;
    Streams streams_;
    MarketFeed market_feed_;
    UserFeed user_feed_;
    MarketApi market_api_;
    TradingApi trading_api_;
    AccountApi account_api_;
    RestApi rest_api_;
    OrderSocket order_socket_;
    ControlApi control_api_;
    net::Timer timer_;
    std::set<std::uint64_t> rest_connections_;
    std::map<std::uint64_t, Socket> sockets_;
    std::ofstream book_log_;
    Nanos opened_ = 0;     ///< wall time
    Nanos next_ping_ = 0;  ///< wall time
};

}  // namespace ringside::venue_simulator
