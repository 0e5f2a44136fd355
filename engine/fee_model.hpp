#pragma once

#include "core/instrument.hpp"

namespace ringside::engine {

/// Fee as a share of the traded value; negative is a rebate.
struct ValueFee {
    double maker = 0.0;
    double taker = 0.0;

    double operator()(bool is_maker, double amount, double /*qty*/) const noexcept {
        return (is_maker ? maker : taker) * amount;
    }
};

}  // namespace ringside::engine
