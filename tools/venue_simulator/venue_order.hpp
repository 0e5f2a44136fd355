#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/order.hpp"
#include "tools/venue_simulator/account.hpp"

namespace ringside::venue_simulator {

/// Index of an account, which is also its session at the engine.
using AccountNo = std::uint32_t;

/// An order as the venue keeps it, from its acceptance on.
struct VenueOrder {
    OrderId id = 0;
    std::string client_id;
    AccountNo account = 0;
    AssetNo asset = 0;
    Side side = Side::Unset;
    OrderType type = OrderType::Limit;
    TimeInForce time_in_force = TimeInForce::Gtc;
    bool reduce_only = false;
    Ticks price = 0;
    Lots qty = 0;
    Lots executed = 0;
    double value = 0.0;  ///< executed, in ticks times lots
    Status status = Status::New;
    std::int64_t created_ms = 0;
    std::int64_t updated_ms = 0;
    int amendments = 0;
    bool is_amending = false;  ///< taken out and about to enter again

    bool is_open() const noexcept {
        return status == Status::New || status == Status::PartiallyFilled;
    }
    Lots leaves() const noexcept { return qty - executed; }
    double average_ticks() const noexcept {
        return executed == 0 ? 0.0 : value / static_cast<double>(executed);
    }
};

/// One execution of an own order.
struct VenueFill {
    std::int64_t trade_id = 0;
    OrderId order_id = 0;
    std::string client_id;
    AccountNo account = 0;
    AssetNo asset = 0;
    Side side = Side::Unset;
    Ticks price = 0;
    Lots lots = 0;
    Money fee = 0;
    Money profit = 0;
    bool maker = false;
    std::int64_t time_ms = 0;
};

/// All orders of the venue: the open ones, and the last of those that are not any more.
class OrderLedger {
  public:
    explicit OrderLedger(std::size_t dead_max) : dead_max_(dead_max) {}

    VenueOrder& add(VenueOrder order);
    /// An order that was refused after all leaves no trace.
    void remove(const VenueOrder& order);
    /// Counts an order that is no longer open among the dead.
    void retire(const VenueOrder& order);

    VenueOrder* find(OrderId id) noexcept;
    /// The open order of that client id, or else the last that had it.
    VenueOrder* find(AccountNo account, AssetNo asset, const std::string& client_id) noexcept;
    bool has_open(AccountNo account, const std::string& client_id) const noexcept;
    /// In the order of their ids.
    std::vector<VenueOrder*> open(AccountNo account);
    std::vector<const VenueOrder*> all(AccountNo account, AssetNo asset) const;

    /// Submissions whose client id an earlier order of the account had had.
    std::uint64_t reused_client_ids() const noexcept { return reused_client_ids_; }

  private:
    static std::string key(AccountNo account, const std::string& client_id) {
        return std::to_string(account) + ' ' + client_id;
    }

    const std::size_t dead_max_;
    std::unordered_map<OrderId, VenueOrder> orders_;
    std::unordered_map<std::string, OrderId> by_client_id_;
    std::vector<OrderId> open_;
    std::deque<OrderId> dead_;
    std::uint64_t reused_client_ids_ = 0;
};

}  // namespace ringside::venue_simulator
