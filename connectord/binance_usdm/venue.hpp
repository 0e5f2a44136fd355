#pragma once

#include "connectord/venue.hpp"

/// Binance USD-M futures.
namespace ringside::connectord::binance_usdm {

VenueAddresses addresses(Environment environment);
std::unique_ptr<Venue> make(const ConnectorConfig& config, net::EventLoop& loop,
                            const net::TlsContext& tls, std::uint64_t seed);

inline constexpr VenueKind kVenue{"binance-usdm", addresses, make};

/// Bad messages of a kind that are shown; all are counted.
inline constexpr std::uint64_t kMalformedShown = 10;

/// Index of each of the venue's limits in VenueRates::limits.
enum RateNo : std::size_t { kWeightPerMinute = 0, kOrdersPer10s = 1, kOrdersPerMinute = 2 };

}  // namespace ringside::connectord::binance_usdm
