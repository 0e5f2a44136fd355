#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "core/block_pool.hpp"
#include "core/read_ahead.hpp"
#include "core/streaming_store.hpp"

namespace ringside {

/// Makes blocks of a reader's rows. One thread at a time.
class BlockDecoder {
  public:
    /// Keeps up to `spare_blocks` that nobody holds for later use. `read_on`: where a block's
    /// updates are looked at.
    BlockDecoder(std::unique_ptr<RowReader> reader, const Grid& grid, std::size_t block_rows,
                 std::size_t spare_blocks, ReadOn read_on)
        : reader_(std::move(reader)),
          grid_(grid),
          pool_(std::make_shared<BlockPool>(block_rows, spare_blocks)),
          read_on_(read_on) {}

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
        std::size_t count = reader_->read_updates(grid_, storage, block.columns(), read_on_);
        if (count > 0) {
            block.rows = Rows(block.columns());
        } else {
            const auto rows = reader_->read(block.storage());
            work_out(rows, grid_, storage.data(), read_on_);
            block.rows = Rows(rows.data(), storage.data());
            count = rows.size();
        }
        if (read_on_ == ReadOn::AnotherCore) streaming_done();
        return count;
    }

    const std::unique_ptr<RowReader> reader_;
    const Grid grid_;
    const std::shared_ptr<BlockPool> pool_;
    const ReadOn read_on_;
    std::uint64_t rows_ = 0;  ///< decoded so far
};

}  // namespace ringside
