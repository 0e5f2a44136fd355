#include "connectord/instrument_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace ringside::connectord {

InstrumentWatch::InstrumentWatch(const VenueFacts& known, Handlers handlers)
    : rates_(known.rates), handlers_(std::move(handlers)) {
    for (const VenueInstrument& one : known.instruments) seen_.push_back({one});
}

void InstrumentWatch::take(const VenueFacts& found) {
    for (AssetNo a = 0; a < seen_.size() && a < found.instruments.size(); ++a) {
        Seen& seen = seen_[a];
        const VenueInstrument& now = found.instruments[a];
        if (seen.is.not_traded != now.not_traded) {
            ++changes_;
            seen.is.not_traded = now.not_traded;
            if (!seen.unusable) handlers_.traded(a, now.not_traded);
        }
        // An instrument that is gone is described by nothing more.
        if (!now.not_traded.empty() || seen.unusable) continue;
        const Grid& old = seen.is.instrument.grid;
        const Grid& grid = now.instrument.grid;
        if (old.tick_size != grid.tick_size || old.lot_size != grid.lot_size) {
            ++changes_;
            seen.unusable = true;
            handlers_.unusable(
                a, fmt::format("tick size {} and lot size {} became {} and {}", old.tick_size,
                               old.lot_size, grid.tick_size, grid.lot_size));
            continue;
        }
        if (seen.is.instrument.order_rules == now.instrument.order_rules) continue;
        ++changes_;
        seen.is.instrument.order_rules = now.instrument.order_rules;
        handlers_.rules(a, now.instrument.order_rules);
    }
    const std::size_t limits = std::min(rates_.limits.size(), found.rates.limits.size());
    for (std::size_t i = 0; i < limits; ++i) {
        const std::uint32_t most = found.rates.limits[i].most;
        if (std::exchange(rates_.limits[i].most, most) == most) continue;
        ++changes_;
        handlers_.rate(i, most);
    }
}

}  // namespace ringside::connectord
