#pragma once

#include <cstdint>
#include <string>

#include "core/price.hpp"

namespace ringside {

enum class ContractKind : std::uint8_t { Unset = 0, Linear = 1, Inverse = 2 };

/// A tradable on one bus.
struct Instrument {
    std::string symbol;  ///< the venue's own name
    Grid grid;
    ContractKind kind = ContractKind::Linear;
    double contract_size = 1.0;

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
