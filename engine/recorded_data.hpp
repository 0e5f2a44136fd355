#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "core/read_ahead.hpp"
#include "engine/venue_config.hpp"

namespace ringside::engine {

/// How the recordings of several instruments are read together.
struct Reading {
    Reading(Decoding decoding, std::size_t recordings);

    ReadAheadOptions options;
    std::shared_ptr<DecodeThreads> ahead;  ///< null: each is decoded in turn
};

/// An instrument's events as one stream. Compat takes rows that go back in time, in file order.
std::unique_ptr<EventSource> open_recording(const AssetConfig& asset, const Rules& rules,
                                            const Reading& reading);
/// Their number, as file headers and arrays say.
std::uint64_t recorded_rows(const AssetConfig& asset);
/// Rows of the initial snapshot; none without one.
std::vector<Event> snapshot_rows(const AssetConfig& asset);
/// Measured order latencies; null when the latency is constant.
std::shared_ptr<const LatencyTable> latency_table(const AssetConfig& asset, const Rules& rules);

}  // namespace ringside::engine
