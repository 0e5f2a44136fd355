#pragma once

#include <cstdint>
#include <functional>

#include "core/price.hpp"
#include "core/time.hpp"
#include "tools/ringside/event_order.hpp"

namespace ringside {

struct SynthOptions {
    std::uint64_t seed = 1;
    /// The market ends with whichever of the two comes first; kNever and UINT64_MAX are no end.
    Nanos duration = 600 * kSecond;
    std::uint64_t events = UINT64_MAX;  ///< rows, counted before any is split in two
    Grid grid{0.1, 0.001};
    double mid = 50'000.0;
    std::int64_t rows_per_second = 1'400;
    std::int64_t levels = 340;  ///< reach of each side of the book, in ticks
    Nanos start_ts = 1'704'067'200 * kSecond;
};

struct SynthSummary {
    std::uint64_t rows = 0;        ///< handed to the sink
    std::uint64_t events = 0;      ///< before any was split in two
    std::uint64_t buy_trades = 0;  ///< rows, by aggressor
    std::uint64_t sell_trades = 0;
    Nanos first_exch_ts = 0;
    Nanos last_exch_ts = 0;
    Nanos least_latency = kNever;
    Nanos most_latency = 0;
    double lowest_mid = 0.0;
    double highest_mid = 0.0;
};

/// Writes a synthetic market as events. The same options give the same bytes on every machine.
/// `on_progress` hears of the market's time since the start and the rows so far, now and then.
SynthSummary synthesize(const SynthOptions& options, const EventSink& sink,
                        const std::function<void(Nanos, std::uint64_t)>& on_progress = {});

}  // namespace ringside
