#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "core/atomic_file.hpp"
#include "core/block_packer.hpp"
#include "core/block_unpacker.hpp"
#include "core/event.hpp"
#include "core/input_file.hpp"

/// `.rsev`: events in packed blocks, each with a checksum, and an index of the blocks by row and
/// time at the end. All numbers are little-endian; core/README.md draws the layout.
namespace ringside {

namespace packed {

struct FileHeader {
    char magic[8];
    std::uint32_t version;
    std::uint32_t reserved[5];
};
static_assert(sizeof(FileHeader) == 32);

struct BlockHeader {
    std::uint32_t magic;
    std::uint32_t rows;
    std::uint32_t bytes;  ///< of the packed rows that follow
    std::uint32_t crc;    ///< CRC-32 of those
};
static_assert(sizeof(BlockHeader) == 16);

/// Where a block begins and what its first row is.
struct IndexEntry {
    std::uint64_t offset;
    std::uint64_t first_row;
    Nanos exch_ts;
    Nanos local_ts;
};
static_assert(sizeof(IndexEntry) == 32);

struct Trailer {
    std::uint64_t index_offset;
    std::uint64_t blocks;
    std::uint64_t rows;
    std::uint32_t index_crc;
    std::uint32_t reserved;
    char magic[8];
};
static_assert(sizeof(Trailer) == 40);

}  // namespace packed

/// Writes a `.rsev` file, which appears complete with finish() or not at all.
class PackedWriter {
  public:
    explicit PackedWriter(const std::filesystem::path& path);

    void append(std::span<const Event> rows);
    std::uint64_t rows() const noexcept { return rows_ + pending_.size(); }
    void finish();

  private:
    void write_block();

    AtomicFile file_;
    BlockPacker packer_;
    std::vector<Event> pending_;
    std::vector<packed::IndexEntry> index_;
    std::uint64_t rows_ = 0;  ///< in blocks written
};

/// Reads a `.rsev` file front to back. Opening it checks that it is whole and its index sound.
class PackedFile {
  public:
    explicit PackedFile(const std::filesystem::path& path);

    std::uint64_t rows() const noexcept { return rows_; }
    const std::string& name() const noexcept { return file_.name(); }
    /// Fills from the front of `out`; returns how many rows, zero at the end.
    std::size_t read(std::span<Event> out);
    /// The same as updates, as far as BlockUnpacker::read_updates() goes.
    std::size_t read_updates(const Grid& grid, RowCheck& check, std::span<MarketUpdate> updates,
                             RowColumns& columns, ReadOn read_on);

  private:
    void read_index();
    bool index_sound() const noexcept;
    void open_block();

    InputFile file_;
    BlockUnpacker unpacker_;
    std::vector<packed::IndexEntry> index_;
    std::uint64_t index_offset_ = 0;
    std::uint64_t rows_ = 0;
    std::size_t next_block_ = 0;
    std::vector<std::byte> bytes_;  ///< of the block being read
};

}  // namespace ringside
