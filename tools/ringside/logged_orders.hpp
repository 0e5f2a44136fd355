#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/order.hpp"
#include "core/time.hpp"

namespace ringside {

/// One submitted order and what became of it, as its bot saw it.
struct LoggedOrder {
    std::int64_t asset = 0;
    OrderId order_id = 0;  ///< the bot's own; used again by later orders
    Side side = Side::Unset;
    OrderType type = OrderType::Limit;
    TimeInForce time_in_force = TimeInForce::Gtc;
    double price = 0.0;  ///< as submitted
    double qty = 0.0;    ///< as submitted
    Nanos submit_ts = 0;
    Nanos cancel_ts = kNever;      ///< when its cancel was first asked for
    Nanos first_fill_ts = kNever;  ///< when its first execution was heard of
    double filled_qty = 0.0;
    std::uint32_t modifies = 0;  ///< asked for
    bool refused = false;        ///< never came to rest and was never filled
};

/// The orders of an order log in the order of their submission.
struct LoggedOrders {
    std::vector<LoggedOrder> orders{};
    Nanos first_ts = kNever;  ///< of all requests and responses
    Nanos last_ts = 0;
};

/// Throws Error (Data) if the file is no order log.
LoggedOrders read_logged_orders(const std::filesystem::path& path);

}  // namespace ringside
