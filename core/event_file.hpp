#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "core/read_ahead.hpp"

namespace ringside {

struct EventFileOptions {
    /// Whether a row that goes back in time on a side that sees it is an error.
    bool check_order = true;
    /// Whether rows are looked at at all; without it every row is handed out as it is.
    bool check_rows = true;
    /// Added to every local_ts; each must then be later than its exch_ts. Zero: no shift, no check.
    Nanos latency_offset_ns = 0;
};

/// Reads `.rsev` and `.npy` files and the array `data` of `.npz` files in the given order as one
/// stream.
/// Missing and unsuitable files are refused here, bad rows where they stand.
std::unique_ptr<RowReader> open_events(std::vector<std::filesystem::path> files,
                                       const EventFileOptions& options = {});

/// Rows of the files together, as their headers say.
std::uint64_t count_rows(const std::vector<std::filesystem::path>& files);

}  // namespace ringside
