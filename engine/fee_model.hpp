#pragma once

#include <cstdint>

#include "core/order.hpp"
#include "engine/custom_models.hpp"

namespace ringside::engine {

enum class FeeKind : std::uint8_t {
    Value = 0,  ///< share of the executed value
    Qty = 1,    ///< per unit of executed quantity
    Flat = 2,   ///< per execution
};

/// Fee of an execution by whether it made or took, and by its side; negative is a rebate. Or a
/// model of one's own, and then nothing else counts.
struct FeeModel {
    double maker = 0.0;
    double taker = 0.0;
    FeeKind kind = FeeKind::Value;
    double buyer = 0.0;   ///< added for buys: share of the executed value; none for flat fees
    double seller = 0.0;  ///< added for sells, likewise
    Custom<CustomFee> custom{};

    FeeModel& operator=(Custom<CustomFee> model) {
        custom = std::move(model);
        return *this;
    }

    double operator()(bool is_maker, Side side, double amount, double qty) const noexcept {
        const double rate = is_maker ? maker : taker;
        const double by_side = side == Side::Buy ? buyer : seller;
        switch (kind) {
            case FeeKind::Value:
                return (rate + by_side) * amount;
            case FeeKind::Qty:
                return rate * qty + by_side * amount;
            case FeeKind::Flat:
                return rate;
        }
        return 0.0;
    }
};

}  // namespace ringside::engine
