#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/outbox.hpp"
#include "tools/venue_simulator/account.hpp"
#include "tools/venue_simulator/filters.hpp"
#include "tools/venue_simulator/market.hpp"
#include "tools/venue_simulator/venue_clock.hpp"
#include "tools/venue_simulator/venue_order.hpp"

namespace ringside::venue_simulator {

/// What happened to an order.
enum class Execution : std::uint8_t { New, Trade, Canceled, Expired, Amendment };

class ExchangeListener : public MarketListener {
  public:
    /// `fill` comes with Execution::Trade only.
    virtual void on_order(const VenueOrder& order, Execution execution, const VenueFill* fill) = 0;
    /// Wallet and position have changed by a fill.
    virtual void on_account(AccountNo account, AssetNo asset, std::int64_t time_ms) = 0;
};

/// What is asked of a new order.
struct NewOrder {
    AssetNo asset = 0;
    Side side = Side::Unset;
    OrderType type = OrderType::Limit;
    TimeInForce time_in_force = TimeInForce::Gtc;
    Ticks price = 0;
    Lots qty = 0;
    bool reduce_only = false;
    std::string client_id{};  ///< empty: the venue makes one
};

struct ExchangeOptions {
    std::uint64_t seed = 1;
    double balance = 10'000.0;  ///< of each account, in USDT
    int leverage = 20;
    std::size_t dead_orders_max = 50'000;
    std::size_t fills_max = 200'000;
};

/// The venue without its wires: instruments, accounts and orders. Orders arrive at the market time
/// of their arrival and are matched by the engine; its sessions are the accounts. Whatever the
/// venue refuses, it throws as Refusal.
class Exchange {
  public:
    struct Listing {
        engine::AssetConfig config;
        FilterChoice filters;
        std::unique_ptr<RowReader> rows;
    };

    Exchange(std::vector<Listing> listings, std::vector<std::pair<std::string, double>> accounts,
             const ExchangeOptions& options, VenueClock& clock);
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    ~Exchange();

    void listen(ExchangeListener* listener) noexcept { listener_ = listener; }
    /// Plays the rows before the opening unheard and starts the clock.
    void open(Nanos skip);

    /// Brings the market to the present, but no more than so many times of it; whether it got
    /// there.
    bool advance(std::size_t most_steps);
    /// Wall time of the next market event or countdown; kNever without one.
    Nanos next_wall();

    const VenueOrder& place(AccountNo account, const NewOrder& wish);
    const VenueOrder& amend(VenueOrder& order, Ticks price, Lots qty);
    const VenueOrder& cancel(VenueOrder& order);
    std::size_t cancel_all(AccountNo account, AssetNo asset);
    /// Cancels all of the account's orders at an instrument after so long, unless set anew; 0: not.
    void count_down(AccountNo account, AssetNo asset, Nanos after);

    std::size_t account_count() const noexcept { return accounts_.size(); }
    Account& account(AccountNo no) { return accounts_[no]; }
    std::size_t market_count() const noexcept { return markets_.size(); }
    Market& market(AssetNo asset) { return *markets_[asset]; }
    const Filters& filters(AssetNo asset) const { return filters_[asset]; }
    /// What the venue says of an instrument in place of what is so, until it is told otherwise.
    struct Announcement {
        std::string status = "TRADING";
        std::string tick_size{};     ///< empty: the true one
        std::string min_notional{};  ///< likewise
    };
    Announcement& announcement(AssetNo asset) { return announcements_[asset]; }
    const Announcement& announcement(AssetNo asset) const { return announcements_[asset]; }
    /// Throws Refusal for a symbol that is not listed.
    AssetNo find_symbol(const std::string& symbol) const;
    OrderLedger& orders() noexcept { return orders_; }
    const std::deque<VenueFill>& fills() const noexcept { return fills_; }
    const VenueClock& clock() const noexcept { return clock_; }
    std::uint64_t orders_accepted() const noexcept { return last_order_id_ - kFirstOrderId; }

    Money unrealized(AccountNo account);
    Money position_margin(AccountNo account);
    Money order_margin(AccountNo account);
    Money available(AccountNo account);

  private:
    static constexpr OrderId kFirstOrderId = 8'000'000'000;

    void check(AccountNo account, const NewOrder& wish);
    void check_funds(AccountNo account, const NewOrder& wish);
    void send(const VenueOrder& order, RequestKind kind);
    /// Handles what the engine has answered; `own` is told about last, and not of its refusals.
    bool settle(VenueOrder* own);
    void handle(const OrderResponse& response);
    void fill(VenueOrder& order, const OrderResponse& response);
    void finish(VenueOrder& order, Status status, Execution execution, std::int64_t now_ms);
    /// Reduce-only orders that would not reduce any more expire.
    void expire_reduce_only(AccountNo account, AssetNo asset);
    void run_countdowns();
    std::int64_t stamp_ms(Nanos market_ts) const;
    void report(const VenueOrder& order, Execution execution, const VenueFill* fill = nullptr);

    VenueClock& clock_;
    ExchangeOptions options_;
    UpdateIds ids_;
    std::vector<std::unique_ptr<Market>> markets_;
    std::vector<Filters> filters_;
    std::vector<Announcement> announcements_;
    std::vector<Account> accounts_;
    std::vector<std::unique_ptr<engine::Outbox>> outboxes_;  ///< by account
    std::vector<std::uint64_t> requests_;                    ///< by account: how many were sent
    OrderLedger orders_;
    std::deque<VenueFill> fills_;
    std::map<std::pair<AccountNo, AssetNo>, Nanos> countdowns_;  ///< wall time of the end
    ExchangeListener* listener_ = nullptr;
    Nanos now_ = 0;  ///< market time
    OrderId last_order_id_ = kFirstOrderId;
    std::int64_t last_trade_id_ = 4'000'000'000;
};

}  // namespace ringside::venue_simulator
