#pragma once

#include <cstdint>

namespace ringside {

/// Index of an instrument on a bus, from 0 in the order in which the service announces them.
using AssetNo = std::uint32_t;
/// A bot's own order id: unique among that bot's live orders, meaningless to other bots.
using OrderId = std::uint64_t;

}  // namespace ringside
