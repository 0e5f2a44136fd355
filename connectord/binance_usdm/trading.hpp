#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "connectord/binance_usdm/account.hpp"
#include "connectord/binance_usdm/private_parse.hpp"
#include "connectord/binance_usdm/request.hpp"
#include "connectord/venue.hpp"

namespace ringside::connectord::binance_usdm {

/// Orders of one account: by the WebSocket order API while it is up, else by REST; what becomes of
/// them by the private stream.
class UsdmTrading final : public Trading {
  public:
    UsdmTrading(const ConnectorConfig& config, const VenueFacts& facts,
                const Credentials& credentials, const ClientOrderIds& ids, net::EventLoop& loop,
                const net::TlsContext& tls, std::uint64_t seed, TradingSink& sink);
    ~UsdmTrading() override;

    void act(const Action& action) override;
    void reconcile() override;
    void arm_dead_man(Nanos after) override;
    const TradingCounts& counts() const noexcept override;

  private:
    using Reply = RestApi::Reply;

    // Orders
    bool send_by_socket(const Action& action, WireAction& wire, Nanos began);
    void send_by_rest(const Action& action, WireAction wire);
    void open_order_socket(std::uint64_t seed);
    void order_socket_up();
    void order_socket_down(const net::NetError& error, std::uint64_t connection);
    void take_answer(std::string_view text);
    void take_reply(const Action& action, const Reply& reply);
    void take_trades(const Action& action, const Reply& reply);
    void answer(const Action& action, Verdict verdict, std::int64_t code, const std::string& words,
                const OrderUpdate* update);
    void not_sent(const Action& action);

    // The account
    void take_funding(const Funding& payment);
    void take_event(std::string_view text);
    void check_mode();
    void look_at_clock();
    void take_open_orders(const Reply& reply, Nanos asked_at);
    void take_positions(const Reply& reply);
    bool is_good(const Reply& reply, const char* what);
    void note_malformed(const char* what, std::string_view text);

    const ConnectorConfig& config_;
    const VenueFacts& facts_;
    const ClientOrderIds& ids_;
    net::EventLoop& loop_;
    const net::TlsContext& tls_;
    TradingSink& sink_;
    const Credentials& credentials_;
    VenueClock clock_;
    PrivateParser parser_;
    PrivateHandlers handlers_;
    RestApi order_rest_;
    RestApi account_rest_;
    std::unique_ptr<net::WebSocketKeeper> order_socket_;
    std::unordered_map<std::uint64_t, Action> waiting_;  ///< by ticket; sent over the socket
    std::unique_ptr<PrivateStream> stream_;
    std::vector<OrderUpdate> orders_;
    std::vector<TradeReport> trades_;
    std::vector<PrivateParser::Position> positions_;
    WsAnswer answer_;
    std::array<Funding, 8> payments_{};  ///< the last ones
    std::size_t next_payment_ = 0;
    bool logged_on_ = false;  ///< the newest connection of the order socket is
    bool list_asked_ = false;
    bool is_mode_known_ = false;
    mutable TradingCounts counts_;
};

}  // namespace ringside::connectord::binance_usdm
