#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "core/byte_stream.hpp"
#include "core/npy.hpp"

namespace ringside {

/// The rows of a `.npy` file or of one array of an `.npz`, read front to back. Opening it checks
/// everything but the rows: row type, order, dimension, and that all rows are there.
class RowFile {
  public:
    /// `array` names the array inside an `.npz`.
    RowFile(const std::filesystem::path& path, const Dtype& dtype, std::string_view array = "data");

    std::uint64_t rows() const noexcept { return rows_; }
    /// How messages name it: the file, or the file and its member.
    const std::string& name() const noexcept { return stream_->name(); }
    /// Fills whole rows; returns how many. Zero at the end, once lengths and CRC have been
    /// verified.
    std::size_t read(std::span<std::byte> out);

  private:
    void check_header(const NpyHeader& header, const Dtype& dtype, std::uint64_t bytes);

    std::unique_ptr<ByteStream> stream_;
    std::size_t row_bytes_;
    std::uint64_t rows_ = 0;
    std::uint64_t read_ = 0;
};

/// All rows of a file that is known to be small, such as a snapshot or a table of latencies.
template <typename Row>
std::vector<Row> read_rows(const std::filesystem::path& path, const Dtype& dtype,
                           std::string_view array = "data") {
    static_assert(std::is_trivially_copyable_v<Row>);
    RowFile file(path, dtype, array);
    // One row to spare: the read that finds the end also verifies the file.
    std::vector<Row> rows(file.rows() + 1);
    std::size_t filled = 0;
    while (const std::size_t count =
               file.read(std::as_writable_bytes(std::span(rows).subspan(filled)))) {
        filled += count;
    }
    rows.resize(filled);
    return rows;
}

}  // namespace ringside
