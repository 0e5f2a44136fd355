#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

#include "core/crc32.hpp"

/// A journal on disk: everything that an observer saw on a bus. Little-endian; each part begins at
/// a multiple of 8 bytes.
///
///   JournalHeader | block | block | ... | index block | JournalTrailer
///   block: BlockHeader | one zstd frame of records | zeros up to 8 bytes
///   record: RecordHeader | payload | zeros up to 8 bytes
///   index block: its records are IndexEntry, one for each block before
///
/// A file whose writer died ends after some whole block and part of another, without index and
/// trailer: it is read from the front. A header's own checksum vouches for the length that leads to
/// the next block, so damage inside a block costs that block only.
namespace ringside::ipc::journal {

inline constexpr std::uint64_t kMagic = 0x314c'4e52'4a53'5252;         // "RRSJRNL1"
inline constexpr std::uint64_t kTrailerMagic = 0x314c'4941'5254'5252;  // "RRTRAIL1"
inline constexpr std::uint32_t kBlockMagic = 0x4b4c'4252;              // "RBLK"
inline constexpr std::uint32_t kVersion = 1;

struct JournalHeader {
    std::uint64_t magic;
    std::uint32_t version;
    std::uint32_t crc;      ///< of this struct with crc zero
    std::int64_t begun_ts;  ///< ns, wall clock
    char bus[104];          ///< name, zero terminated
};
static_assert(sizeof(JournalHeader) == 128);

enum class BlockKind : std::uint16_t { Unset = 0, Records = 1, Index = 2 };

struct BlockHeader {
    std::uint32_t magic;
    std::uint32_t header_crc;    ///< of this struct with header_crc zero
    std::uint32_t payload_crc;   ///< of the stored bytes
    std::uint32_t stored_bytes;  ///< of the zstd frame
    std::uint32_t raw_bytes;     ///< of the records
    std::uint32_t records;
    std::uint64_t number;        ///< of the block, from 0
    std::int64_t first_seen_ts;  ///< ns, wall clock, of its records
    std::int64_t last_seen_ts;
    std::int64_t first_message_ts;  ///< ns, least and greatest time that its messages carry;
    std::int64_t last_message_ts;   ///< none: greatest and least Int64
    BlockKind kind;
    std::uint16_t has_context;  ///< 1: holds records that explain later ones (names, instruments)
    std::uint16_t reserved[2];
};
static_assert(sizeof(BlockHeader) == 72);

struct RecordHeader {
    std::uint32_t payload_bytes;
    std::uint8_t kind;   ///< RecordKind
    std::uint8_t ring;   ///< BusRing
    std::uint8_t type;   ///< FrameType
    std::uint8_t flags;  ///< of the frame or the record
    std::uint32_t session;
    std::uint32_t reserved;
    std::uint64_t sequence;
    std::int64_t seen_ts;  ///< ns, wall clock
};
static_assert(sizeof(RecordHeader) == 32);

struct IndexEntry {
    std::uint64_t offset;  ///< of the block in the file
    std::int64_t first_message_ts;
    std::int64_t last_message_ts;
    std::uint32_t records;
    std::uint32_t has_context;
};
static_assert(sizeof(IndexEntry) == 32);

struct JournalTrailer {
    std::uint64_t magic;
    std::uint64_t index_offset;
    std::uint64_t records;  ///< in the whole file
    std::uint32_t reserved;
    std::uint32_t crc;  ///< of this struct with crc zero
};
static_assert(sizeof(JournalTrailer) == 32);
static_assert(std::is_trivially_copyable_v<BlockHeader>);

/// Records of a block before compression; a record larger than this has a block of its own.
inline constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
/// More than this in a header is damage: the largest ring is 64 MiB, a frame a quarter of it.
inline constexpr std::size_t kMaxBlockBytes = std::size_t{1} << 26;

constexpr std::size_t padded(std::size_t bytes) noexcept { return (bytes + 7) & ~std::size_t{7}; }

/// A struct's checksum, taken while its own `crc` field is zero.
template <typename Struct>
std::uint32_t sealed_crc(Struct s, std::uint32_t Struct::*field) noexcept {
    s.*field = 0;
    return crc32_of(std::as_bytes(std::span(&s, 1)));
}

}  // namespace ringside::ipc::journal
