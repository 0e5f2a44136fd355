#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace ringside::collectord {

/// A stream of one symbol that a venue offers.
struct Stream {
    std::string_view name;    ///< in a configuration
    std::string_view suffix;  ///< of "<symbol>" on the wire
    std::string_view route;   ///< the part of the address that serves it
    std::string_view id;      ///< field that grows from message to message; empty if there is none
};

/// How a venue's book changes follow each other.
enum class Sequence : unsigned char {
    PreviousLast,  ///< "pu" is the "u" of the change before
    NextFirst,     ///< "U" is one more than the "u" of the change before
};

/// What differs between the venues that can be recorded.
struct Venue {
    std::string_view name;
    std::string_view stream_url;
    std::string_view rest_url;
    std::string_view snapshot_target;  ///< the symbol goes behind it
    Sequence sequence;
    long long snapshot_spacing_ms;  ///< keeps below half of the venue's limit
    std::span<const Stream> streams;

    const Stream* find(std::string_view stream) const noexcept;
};

/// Null if there is none of that name.
const Venue* find_venue(std::string_view name) noexcept;
/// For messages.
std::string venue_names();

}  // namespace ringside::collectord
