#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "core/event.hpp"
#include "core/packed_block.hpp"

struct ZSTD_CCtx_s;

namespace ringside {

/// Packs rows into blocks.
class BlockPacker {
  public:
    BlockPacker();
    ~BlockPacker();
    BlockPacker(const BlockPacker&) = delete;
    BlockPacker& operator=(const BlockPacker&) = delete;

    /// Up to kPackedBlockRows; the bytes stay valid until the next call.
    std::span<const std::byte> pack(std::span<const Event> rows);

  private:
    void pack_runs(std::span<const Event> rows);
    void pack_column(packed::Field field, std::span<const std::uint64_t> values);
    void pack_kinds(std::span<const std::uint64_t> values);
    void pack_differences(std::span<const std::uint64_t> values);
    void pack_small(std::span<const std::uint64_t> values);
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

}  // namespace ringside
