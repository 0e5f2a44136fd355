#pragma once

#include <cstdint>
#include <string>

#include "tools/venue_simulator/exchange.hpp"

namespace ringside::venue_simulator {

/// FNV-1a, 64 bits, of the best hundred levels of each side as text: "b50000.1:0.250;" for each bid
/// from the best on, then "a50000.2:0.100;" for each ask. A client that began with a snapshot does
/// not know all levels.
std::uint64_t book_hash(const Market& market, const Filters& filters);

/// What is true, for tests to compare with what clients believe. All JSON.
std::string accounts_text(Exchange& exchange);
std::string books_text(Exchange& exchange);
std::string fills_text(Exchange& exchange);
/// All levels of one book.
std::string book_text(const Market& market, const Filters& filters);

}  // namespace ringside::venue_simulator
