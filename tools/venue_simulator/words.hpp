#pragma once

#include <string>
#include <string_view>

#include "core/order.hpp"

namespace ringside::venue_simulator {

// The venue's own words for what requests and messages say.

const char* word_of(Side side) noexcept;
const char* word_of(OrderType type) noexcept;
const char* word_of(TimeInForce time_in_force) noexcept;
const char* word_of(Status status) noexcept;

// All of these throw Refusal for what is none of the words.
Side read_side(std::string_view word);
OrderType read_order_type(std::string_view word);
TimeInForce read_time_in_force(std::string_view word);

/// "BTC" and "USDT" of "BTCUSDT".
std::string base_asset(std::string_view symbol);
std::string quote_asset(std::string_view symbol);

}  // namespace ringside::venue_simulator
