#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/price.hpp"

namespace ringside {

enum class ContractKind : std::uint8_t { Unset = 0, Linear = 1, Inverse = 2 };

/// What recorded or live data an instrument's book is built from.
enum class BookKind : std::uint8_t {
    Unset = 0,
    L2 = 1,  ///< quantities by price
    L3 = 2,  ///< market by order
};

/// What a venue takes as an order, beyond whole ticks and lots; 0: no limit, or not known.
struct OrderRules {
    double min_qty = 0.0;
    double max_qty = 0.0;
    double min_value = 0.0;  ///< price * quantity
    double min_price = 0.0;
    double max_price = 0.0;
    bool operator==(const OrderRules&) const = default;
};

/// A tradable on one bus.
struct Instrument {
    std::string symbol;  ///< the venue's own name
    Grid grid;
    ContractKind kind = ContractKind::Linear;
    double contract_size = 1.0;
    BookKind book = BookKind::L2;
    std::optional<TickRange> range{};  ///< books keep these ticks only
    OrderRules order_rules{};

    /// Value of an execution: contract_size * price * qty, or contract_size * qty / price for an
    /// inverse contract. Evaluated left to right.
    double amount(double price, double qty) const noexcept {
        return kind == ContractKind::Inverse ? (contract_size * qty) / price
                                             : (contract_size * price) * qty;
    }
    /// Equity in settlement currency, fees deducted.
    double equity(double price, double balance, double position, double fee) const noexcept {
        return kind == ContractKind::Inverse ? -balance - (contract_size * position) / price - fee
                                             : balance + (contract_size * position) * price - fee;
    }
};

}  // namespace ringside
