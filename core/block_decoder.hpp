#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "core/block_pool.hpp"
#include "core/read_ahead.hpp"
#include "core/streaming_store.hpp"

namespace ringside {

/// Makes blocks of a reader's rows. One thread at a time.
class BlockDecoder {
  public:
    /// Where a block's updates are looked at.
    enum class Consumer { OnThisCore, OnAnotherCore };

    /// Keeps up to `spare_blocks` that nobody holds for later use.
    BlockDecoder(std::unique_ptr<RowReader> reader, const Grid& grid, std::size_t block_rows,
                 std::size_t spare_blocks, Consumer consumer)
        : reader_(std::move(reader)),
          grid_(grid),
          pool_(std::make_shared<BlockPool>(block_rows, spare_blocks)),
          worked_out_(consumer == Consumer::OnAnotherCore ? block_rows : 0) {}

    /// Next block; empty at the end. Throws what the reader throws.
    BlockPtr next() {
        BlockPool::Block* const block = pool_->take();
        BlockPtr held(block);
        const std::size_t count = fill(*block);
        if (count == 0) return {};
        block->updates = block->update_storage().first(count);
        block->first_row = rows_;
        rows_ += count;
        return held;
    }

  private:
    std::size_t fill(BlockPool::Block& block) {
        const auto storage = block.update_storage();
        const auto updates = worked_out_.empty() ? storage : std::span(worked_out_);
        std::size_t count = reader_->read_updates(grid_, updates, block.columns());
        if (count > 0) {
            block.rows = Rows(block.columns());
        } else {
            const auto rows = reader_->read(block.storage());
            work_out(rows, grid_, updates.data());
            block.rows = Rows(rows.data(), storage.data());
            count = rows.size();
        }
        if (!worked_out_.empty()) stream(updates.first(count), storage.data());
        return count;
    }

    static void stream(std::span<const MarketUpdate> updates, MarketUpdate* to) noexcept {
        for (const MarketUpdate& update : updates) {
            const auto words = std::bit_cast<std::array<std::uint64_t, 4>>(update);
            streaming_store(reinterpret_cast<std::byte*>(to++), words[0], words[1], words[2],
                            words[3]);
        }
        streaming_done();
    }

    const std::unique_ptr<RowReader> reader_;
    const Grid grid_;
    const std::shared_ptr<BlockPool> pool_;
    std::vector<MarketUpdate> worked_out_;  ///< a block's, for a consumer on another core
    std::uint64_t rows_ = 0;                ///< decoded so far
};

}  // namespace ringside
