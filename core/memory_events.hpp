#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/event_source.hpp"

namespace ringside {

/// Rows in memory as a stream, read in place; they must outlive it. Bad rows are refused where they
/// stand, as in files. A latency offset is added to copies, never to the rows themselves.
std::unique_ptr<EventSource> memory_events(std::span<const Event> rows, Nanos latency_offset_ns = 0,
                                           bool check_order = true);

/// Several streams played one after the other.
std::unique_ptr<EventSource> concatenated(std::vector<std::unique_ptr<EventSource>> parts);

}  // namespace ringside
