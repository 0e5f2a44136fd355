#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connectord/venue.hpp"

namespace ringside::connectord::binance_usdm {

/// Finds the configured instruments and the account's limits in an answer to GET
/// /fapi/v1/exchangeInfo. False, and why, if one of them is not there, does not trade, or cannot be
/// understood.
bool read_exchange_info(std::string_view text, std::span<const InstrumentConfig> wanted,
                        VenueFacts& facts, std::string& why_not);

}  // namespace ringside::connectord::binance_usdm
