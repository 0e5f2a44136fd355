#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "connectord/venue.hpp"

namespace ringside::connectord {

/// Compares what the venue says of its instruments with what the bus was opened with. Pure.
class InstrumentWatch {
  public:
    struct Handlers {
        /// The instrument is not traded now; traded again where `why` is empty.
        std::function<void(AssetNo, const std::string& why)> traded;
        /// Its tick or lot size changed: whole ticks and lots on the bus mean something else from
        /// here on, so nothing of it can be used until the service is started anew.
        std::function<void(AssetNo, const std::string& what)> unusable;
        /// Least and largest size, value or price of orders.
        std::function<void(AssetNo, const OrderRules&)> rules;
        std::function<void(std::size_t limit, std::uint32_t most)> rate;
    };
    InstrumentWatch(const VenueFacts& known, Handlers handlers);

    void take(const VenueFacts& found);
    std::uint64_t changes() const noexcept { return changes_; }

  private:
    struct Seen {
        VenueInstrument is;
        bool unusable = false;
    };
    std::vector<Seen> seen_;
    VenueRates rates_;
    Handlers handlers_;
    std::uint64_t changes_ = 0;
};

}  // namespace ringside::connectord
