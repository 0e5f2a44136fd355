#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <variant>

#include "core/event.hpp"
#include "core/npy.hpp"
#include "core/packed_file.hpp"
#include "core/zip_writer.hpp"

namespace ringside {

/// Writes rows of one type to a `.npy` file, or to the array `data` of an `.npz`, as numpy.load
/// reads them. The number of rows need not be known before finish(), which makes the file appear;
/// without it nothing is left behind.
class RowWriter {
  public:
    /// `level` is the `.npz` compression: 0 none, 1 to 3 fast, 4 to 9 small but much slower.
    RowWriter(const std::filesystem::path& path, Dtype dtype, int level = kFastLevel);

    void append(std::span<const std::byte> rows);
    std::uint64_t rows() const noexcept { return rows_; }
    void finish();

  private:
    Dtype dtype_;
    std::variant<std::monostate, AtomicFile, ZipWriter> file_;
    std::uint64_t rows_ = 0;
};

/// Writes events to a `.rsev`, `.npz` or `.npy` file.
class EventWriter {
  public:
    explicit EventWriter(const std::filesystem::path& path, int level = kFastLevel);

    void append(std::span<const Event> rows);
    std::uint64_t rows() const;
    void finish();

  private:
    std::variant<std::monostate, RowWriter, PackedWriter> writer_;
};

}  // namespace ringside
