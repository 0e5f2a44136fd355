#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>

#include "core/block_pool.hpp"
#include "core/read_ahead.hpp"
#include "core/streaming_store.hpp"

namespace ringside {

/// Makes blocks of a reader's rows. One thread at a time, except for finish().
class BlockDecoder {
  public:
    /// A block whose rows are read. Those that came as plain rows may still need their updates.
    struct Draft {
        BlockPtr block;
        std::span<const Event> plain_rows;
        MarketUpdate* updates = nullptr;  ///< room for those of the plain rows
    };

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
        Draft draft = read();
        finish(draft, read_on_);
        return std::move(draft.block);
    }

    /// Next block without the updates of plain rows; empty at the end. Throws what the reader
    /// throws.
    Draft read() {
        BlockPool::Block& block = *pool_->take();
        Draft draft{.block = BlockPtr(&block), .plain_rows = {}, .updates = nullptr};
        const auto updates = block.update_storage();
        std::size_t count = reader_->read_updates(grid_, updates, block.columns(), read_on_);
        if (count > 0) {
            block.rows = Rows(block.columns());
            if (read_on_ == ReadOn::AnotherCore) streaming_done();
        } else {
            draft.plain_rows = reader_->read(block.storage());
            draft.updates = updates.data();
            count = draft.plain_rows.size();
            if (count == 0) return {};
            block.rows = Rows(draft.plain_rows.data(), updates.data());
        }
        block.updates = updates.first(count);
        block.first_row = rows_;
        rows_ += count;
        return draft;
    }

    /// Works out the updates that are missing.
    void finish(Draft& draft, ReadOn read_on) const noexcept {
        if (draft.plain_rows.empty()) return;
        work_out(std::exchange(draft.plain_rows, {}), grid_, draft.updates, read_on);
        if (read_on == ReadOn::AnotherCore) streaming_done();
    }

  private:
    const std::unique_ptr<RowReader> reader_;
    const Grid grid_;
    const std::shared_ptr<BlockPool> pool_;
    const ReadOn read_on_;
    std::uint64_t rows_ = 0;  ///< decoded so far
};

}  // namespace ringside
