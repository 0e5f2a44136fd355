#include "tools/venue_simulator/words.hpp"

#include <algorithm>
#include <array>

#include "tools/venue_simulator/refusal.hpp"

namespace ringside::venue_simulator {

namespace {

constexpr std::array<std::string_view, 7> kConditional{
    "STOP",       "STOP_MARKET",      "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET",
    "STOP_LIMIT", "TAKE_PROFIT_LIMIT"};

std::size_t quote_size(std::string_view symbol) {
    for (const std::string_view quote : {"USDT", "USDC", "BUSD"}) {
        if (symbol.ends_with(quote)) return quote.size();
    }
    return std::min<std::size_t>(symbol.size() / 2, 3);
}

}  // namespace

const char* word_of(Side side) noexcept { return side == Side::Buy ? "BUY" : "SELL"; }
const char* word_of(OrderType type) noexcept {
    return type == OrderType::Market ? "MARKET" : "LIMIT";
}
const char* word_of(TimeInForce time_in_force) noexcept {
    switch (time_in_force) {
        case TimeInForce::Gtx:
            return "GTX";
        case TimeInForce::Fok:
            return "FOK";
        case TimeInForce::Ioc:
            return "IOC";
        default:
            return "GTC";
    }
}
const char* word_of(Status status) noexcept {
    switch (status) {
        case Status::PartiallyFilled:
            return "PARTIALLY_FILLED";
        case Status::Filled:
            return "FILLED";
        case Status::Canceled:
            return "CANCELED";
        case Status::Expired:
            return "EXPIRED";
        case Status::Rejected:
            return "REJECTED";
        default:
            return "NEW";
    }
}

Side read_side(std::string_view word) {
    if (word == "BUY") return Side::Buy;
    if (word == "SELL") return Side::Sell;
    throw Refusal(-1117, "Invalid side.");
}

OrderType read_order_type(std::string_view word) {
    if (word == "LIMIT") return OrderType::Limit;
    if (word == "MARKET") return OrderType::Market;
    if (std::find(kConditional.begin(), kConditional.end(), word) != kConditional.end()) {
        throw Refusal(-4120,
                      "Order type not supported for this endpoint. Please use the Algo Order API "
                      "endpoints instead.");
    }
    throw Refusal(-1116, "Invalid orderType.");
}

TimeInForce read_time_in_force(std::string_view word) {
    if (word == "GTC") return TimeInForce::Gtc;
    if (word == "GTX") return TimeInForce::Gtx;
    if (word == "IOC") return TimeInForce::Ioc;
    if (word == "FOK") return TimeInForce::Fok;
    throw Refusal(-1115, "Invalid timeInForce.");
}

std::string base_asset(std::string_view symbol) {
    return std::string(symbol.substr(0, symbol.size() - quote_size(symbol)));
}
std::string quote_asset(std::string_view symbol) {
    return std::string(symbol.substr(symbol.size() - quote_size(symbol)));
}

}  // namespace ringside::venue_simulator
