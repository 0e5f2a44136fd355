#pragma once

#include <cstdint>
#include <filesystem>
#include <system_error>
#include <vector>

namespace ringside {

/// Size of the files together; those that cannot be looked at count nothing.
inline std::uint64_t file_bytes(const std::vector<std::filesystem::path>& paths) {
    std::uint64_t total = 0;
    for (const auto& path : paths) {
        std::error_code error;
        const auto bytes = std::filesystem::file_size(path, error);
        if (!error) total += bytes;
    }
    return total;
}

}  // namespace ringside
