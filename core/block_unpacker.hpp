#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/packed_block.hpp"
#include "core/price.hpp"
#include "core/row_check.hpp"
#include "core/rows.hpp"
#include "core/streaming_store.hpp"

struct ZSTD_DCtx_s;

namespace ringside {

/// Reads what BlockPacker packed, some rows at a time, as rows or as updates.
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
    /// The same as updates, which with `columns` say all that their rows do. Ends before a row that
    /// `check` refuses and before rows that need to be looked at themselves. Every call for a block
    /// has the same grid. What was stored for another core needs streaming_done().
    std::size_t read_updates(const Grid& grid, RowCheck& check, std::span<MarketUpdate> out,
                             RowColumns& columns, ReadOn read_on) noexcept;

  private:
    /// Rows that stay in the nearest cache on their way from column to row.
    static constexpr std::size_t kPiece = 256;
    /// A line longer, so that the same row of all columns does not fall into the same cache sets.
    using Piece = std::array<std::uint64_t, kPiece + 8>;

    struct Column {
        packed::Coding coding = packed::kConstant;
        std::uint8_t width = 0;     ///< planes
        std::uint8_t decimals = 0;  ///< or none
        bool narrow = false;        ///< integers fit 32 bits
        std::uint64_t value = 0;    ///< the constant; the value before; the dictionary's size
        std::uint64_t scale = 0;
    };
    struct Run {
        Nanos exch_ts;
        Nanos local_ts;
        std::uint32_t end;  ///< number of the row behind it
        std::uint8_t seen;
    };
    enum class Fit : std::uint8_t { Unknown, Yes, No };

    bool read_column(std::span<const std::byte>& bytes, packed::Field field, std::size_t size);
    bool read_runs(std::size_t count);
    const std::uint8_t* planes_of(packed::Field field, std::size_t at) const noexcept;
    void fill(packed::Field field, std::size_t at, std::size_t count, std::uint64_t* out) noexcept;
    template <typename Word>
    void fill_integers(packed::Field field, std::size_t at, std::size_t count,
                       std::uint64_t* out) noexcept;
    const Run& run_of(std::size_t row) noexcept;
    bool find_fit(const Grid& grid) noexcept;
    bool find_steps(double tick_size) noexcept;
    std::size_t in_order(RowCheck& check, std::size_t count) noexcept;
    bool fill_ticks(std::size_t count) noexcept;
    template <ReadOn kReadOn>
    void emit(std::size_t count, MarketUpdate* out) noexcept;

    ZSTD_DCtx_s* context_;
    std::size_t rows_ = 0;
    std::size_t at_ = 0;
    std::unique_ptr<std::uint8_t[]> planes_;  ///< eight of kPackedBlockRows for each column
    std::array<Column, packed::kFields> columns_;
    std::array<std::uint64_t, 256> kinds_;  ///< the dictionary
    std::vector<Run> runs_;
    std::size_t run_ = 0;  ///< of the row at_

    std::array<Piece, packed::kFields> pieces_;
    std::array<std::int32_t, kPiece> ticks_;

    Fit fit_ = Fit::Unknown;
    double ticks_per_whole_ = 1.0;  ///< ticks are whole numbers of it by `common_.step`
    RowColumns common_;
    std::array<std::uint32_t, RowColumns::kMostKinds> endings_;  ///< of updates: action, code
};

}  // namespace ringside
