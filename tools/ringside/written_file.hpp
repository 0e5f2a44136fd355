#pragma once

#include <cstdint>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "core/time.hpp"

namespace ringside {

/// What every command that writes an event file says about it.
struct WrittenFile {
    std::filesystem::path path;
    std::uint64_t rows = 0;
    Nanos first_exch_ts = 0;
    Nanos last_exch_ts = 0;
    double seconds = 0.0;  ///< spent by the command

    void print() const;  ///< to standard output
    nlohmann::ordered_json json() const;
};

}  // namespace ringside
