#pragma once

#include <memory>
#include <span>

#include "core/read_ahead.hpp"

namespace ringside {

/// Rows in memory as a stream, read in place; they must outlive it and its blocks. Bad rows are
/// refused where they stand, as in files. A latency offset is added to copies, never to the rows
/// themselves.
std::unique_ptr<RowReader> memory_events(std::span<const Event> rows, Nanos latency_offset_ns = 0,
                                         bool check_order = true);

}  // namespace ringside
