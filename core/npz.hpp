#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "core/deflater.hpp"
#include "core/npy.hpp"

namespace ringside {

/// One array of an `.npz`, as numpy.load(path)[name] gives it.
struct NpzArray {
    std::string name;
    Dtype dtype;
    std::span<const std::byte> rows;
};

/// Writes all arrays or nothing. Equal arrays give equal bytes, by default on every machine.
void write_npz(const std::filesystem::path& path, std::span<const NpzArray> arrays,
               int level = kSmallLevel);

}  // namespace ringside
