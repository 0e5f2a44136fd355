#pragma once

#include <functional>

#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/order.hpp"

namespace ringside::botkit {

class Context;

/// What a bot is told while time passes. Empty functions are not called.
struct Callbacks {
    using MarketEvent = std::function<void(Context&, AssetNo, const Event&)>;
    using Response = std::function<void(Context&, AssetNo, const OrderResponse&)>;

    MarketEvent trade;  ///< a public trade
    MarketEvent book;   ///< an event of depth or of market orders, after it is in the book
    Response order;     ///< an answer, or what the venue did to an order, after it is in the table
    Response fill;      ///< an execution, after `order` was told of it
};

}  // namespace ringside::botkit
