#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "core/price.hpp"
#include "core/read_ahead.hpp"
#include "core/time.hpp"

namespace ringside::venue_simulator {

/// A market made of chance; see tools/ringside/synthetic_market.hpp.
struct SynthChoice {
    std::uint64_t seed = 1;
    double mid = 50'000.0;
    std::int64_t rows_per_second = 1'400;
    std::int64_t levels = 340;
    Nanos start_ts = 1'704'067'200 * kSecond;
};

/// Where one instrument's events come from.
struct MarketChoice {
    std::optional<SynthChoice> synth{};          ///< instead of files; has no end
    std::vector<std::filesystem::path> files{};  ///< events, or a collector's raw files (.gz)
    std::uint64_t rounds = 1;                    ///< how often the files are played; 0: for ever
};

/// The events as one stream. Each new round begins a tenth of a second after the one before.
std::unique_ptr<RowReader> open_market_rows(const MarketChoice& choice, const Grid& grid);
/// kNever if there is none.
Nanos first_event_ts(const MarketChoice& choice, const Grid& grid);

}  // namespace ringside::venue_simulator
