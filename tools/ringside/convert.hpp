#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "tools/ringside/binance_parser.hpp"
#include "tools/ringside/event_order.hpp"
#include "tools/ringside/raw_lines.hpp"

namespace ringside {

struct ConvertOptions {
    std::vector<std::filesystem::path> inputs{};  ///< played one after the other
    BinanceParser::Options streams{};
    Nanos base_latency = 0;  ///< see clock_shift()
    Truncation truncation = Truncation::Refuse;
    bool strict = false;  ///< the first malformed line ends the conversion
};

/// What a caller may want to hear while a conversion runs; any may be empty.
struct ConvertHooks {
    /// A line without rows worth a word: where ("file:line") and what.
    std::function<void(BinanceParser::Outcome, const std::string&)> on_line;
    /// Compressed bytes read so far, of all inputs, and lines; now and then.
    std::function<void(std::uint64_t bytes, std::uint64_t lines)> on_read;
};

struct ConvertSummary {
    std::uint64_t lines = 0;
    std::uint64_t ignored = 0;
    std::uint64_t venue_errors = 0;
    std::uint64_t malformed = 0;
    std::uint64_t truncated_files = 0;
    std::uint64_t message_rows = 0;                     ///< before any was split in two
    std::uint64_t rows = 0;                             ///< handed to the sink
    std::map<std::uint64_t, std::uint64_t> rows_by_ev;  ///< of those
    Nanos clock_shift = 0;                              ///< added to every local time
    Nanos first_exch_ts = kNever;
    Nanos last_exch_ts = 0;
};

/// Reads the inputs into memory in compact form, then hands their rows, corrected, to the sink.
/// Nothing reaches the sink if the inputs are refused: damaged, malformed under `strict`, or
/// without a single row.
ConvertSummary convert_binance(const ConvertOptions& options, const EventSink& sink,
                                       const ConvertHooks& hooks = {});

}  // namespace ringside
