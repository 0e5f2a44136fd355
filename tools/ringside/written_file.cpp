#include "tools/ringside/written_file.hpp"

#include <system_error>

#include <fmt/format.h>

#include "tools/ringside/utc.hpp"

namespace ringside {
namespace {

std::uint64_t file_bytes(const std::filesystem::path& path) {
    std::error_code error;
    const auto bytes = std::filesystem::file_size(path, error);
    return error ? 0 : bytes;
}

}  // namespace

void WrittenFile::print() const {
    fmt::print("{}: {} rows, {:.1f} MB\n", path.string(), rows,
               static_cast<double>(file_bytes(path)) / 1e6);
    fmt::print("  span       {} to {} UTC, {:.3f} s\n", utc(first_exch_ts), utc(last_exch_ts),
               static_cast<double>(last_exch_ts - first_exch_ts) / 1e9);
}

nlohmann::ordered_json WrittenFile::json() const {
    return {{"output", path.string()},          {"rows", rows},
            {"output_bytes", file_bytes(path)}, {"first_exch_ts", first_exch_ts},
            {"last_exch_ts", last_exch_ts},     {"seconds", seconds}};
}

}  // namespace ringside
