#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/event.hpp"

struct ZSTD_CCtx_s;
struct ZSTD_DCtx_s;

namespace ringside {

/// Most rows of one packed block.
inline constexpr std::size_t kPackedBlockRows = 16 * 1024;

/// Packs rows losslessly, to the bit. Each of the eight fields becomes a column of integers (prices
/// and quantities as decimals where that is exact, times as differences), a column its bytes'
/// planes, and each plane a Zstandard frame.
class BlockPacker {
  public:
    BlockPacker();
    ~BlockPacker();
    BlockPacker(const BlockPacker&) = delete;
    BlockPacker& operator=(const BlockPacker&) = delete;

    /// Up to kPackedBlockRows; the bytes stay valid until the next call.
    std::span<const std::byte> pack(std::span<const Event> rows);

  private:
    void pack_dictionary(std::span<const std::uint64_t> values);
    void pack_times(std::span<const std::uint64_t> values);
    void pack_numbers(std::span<const std::uint64_t> values, bool differences);
    bool make_decimal(std::span<const std::uint64_t> values, int decimals);
    void append_planes(std::span<const std::uint64_t> values, unsigned width);
    void append(const void* bytes, std::size_t size);

    ZSTD_CCtx_s* context_;
    std::vector<std::byte> out_;
    std::vector<std::uint64_t> column_;
    std::vector<std::uint64_t> work_;
    std::vector<std::uint8_t> plane_;
};

/// The way back, some rows at a time.
class BlockUnpacker {
  public:
    BlockUnpacker();
    ~BlockUnpacker();
    BlockUnpacker(const BlockUnpacker&) = delete;
    BlockUnpacker& operator=(const BlockUnpacker&) = delete;

    /// Takes up a block; false if the bytes are not what BlockPacker makes of as many rows, and
    /// then there is nothing to read.
    bool open(std::span<const std::byte> bytes, std::size_t rows);
    /// Rows of the block not read yet.
    std::size_t left() const noexcept { return rows_ - at_; }
    /// Fills up to left() rows from the front of `out`, and says how many.
    std::size_t read(std::span<Event> out) noexcept;

  private:
    static constexpr std::size_t kColumns = 8;
    /// Rows that stay in the nearest cache on their way from column to row.
    static constexpr std::size_t kPiece = 256;
    /// A line longer, so that the same row of all columns does not fall into the same cache sets.
    using Piece = std::array<std::uint64_t, kPiece + 8>;

    struct Column {
        std::uint8_t kind = 0;
        std::uint8_t width = 0;     ///< planes
        std::uint8_t decimals = 0;  ///< or none
        bool narrow = false;        ///< integers fit 32 bits
        std::uint64_t value = 0;    ///< of the row before
        std::uint64_t scale = 0;
        std::array<std::uint64_t, 256> dictionary;
    };

    bool read_column(std::span<const std::byte>& bytes, std::size_t c);
    void fill(std::size_t c, std::size_t count) noexcept;
    template <typename Word>
    void fill_integers(std::size_t c, std::size_t count) noexcept;

    ZSTD_DCtx_s* context_;
    std::size_t rows_ = 0;
    std::size_t at_ = 0;
    std::vector<std::uint8_t> planes_;  ///< eight of kPackedBlockRows for each column
    std::array<Column, kColumns> columns_;
    std::array<Piece, kColumns> pieces_;
};

}  // namespace ringside
