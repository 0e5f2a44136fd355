#include <array>

#include "connectord/binance_usdm/venue.hpp"
#include "connectord/venue.hpp"

namespace ringside::connectord {

namespace {

constexpr std::array kVenues{binance_usdm::kVenue};

}  // namespace

const VenueKind* find_venue(std::string_view name) noexcept {
    for (const VenueKind& venue : kVenues) {
        if (venue.name == name) return &venue;
    }
    return nullptr;
}

std::string venue_names() {
    std::string names;
    for (const VenueKind& venue : kVenues) {
        if (!names.empty()) names += ", ";
        names += venue.name;
    }
    return names;
}

}  // namespace ringside::connectord
