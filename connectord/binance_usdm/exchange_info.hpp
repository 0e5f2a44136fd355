#pragma once

#include <span>
#include <string>
#include <string_view>

#include "connectord/venue.hpp"

namespace ringside::connectord::binance_usdm {

/// Finds the configured instruments and the account's limits in an answer to GET
/// /fapi/v1/exchangeInfo. False, and why, if it cannot be understood; of an instrument that is not
/// there, or does not trade, only that is said.
bool read_exchange_info(std::string_view text, std::span<const InstrumentConfig> wanted,
                        VenueFacts& facts, std::string& why_not);

}  // namespace ringside::connectord::binance_usdm
