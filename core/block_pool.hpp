#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <span>

#include "core/event_source.hpp"

namespace ringside {

/// Blocks of equal capacity that are used over and over. Grows when all blocks are held, so that a
/// consumer that keeps many (two cursors far apart) never stops the stream; shrinks again to
/// `spare_max` unused ones. Lives until its last block comes home, whichever thread brings it.
class BlockPool : public std::enable_shared_from_this<BlockPool> {
  public:
    class Block final : public EventBlock {
      public:
        explicit Block(std::size_t capacity);
        /// The rows before they are handed out, owned by the thread that took the block.
        std::span<Event> storage() noexcept { return {storage_.get(), capacity_}; }
        /// Room for an update for each row.
        std::span<MarketUpdate> update_storage() noexcept {
            return {update_storage_.get(), capacity_};
        }
        /// For updates without rows in storage().
        RowColumns& columns() noexcept { return columns_; }
        void recycle() noexcept override;

      private:
        friend class BlockPool;
        struct Free {
            void operator()(void* memory) const noexcept { std::free(memory); }
        };
        std::unique_ptr<Event[], Free> storage_;
        std::unique_ptr<MarketUpdate[], Free> update_storage_;
        RowColumns columns_;
        std::size_t capacity_;
        std::shared_ptr<BlockPool> home_;  ///< keeps the pool while the block is out
        Block* next_spare_ = nullptr;
    };

    BlockPool(std::size_t block_rows, std::size_t spare_max) noexcept
        : block_rows_(block_rows), spare_max_(spare_max) {}
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool();

    /// An unused block; comes back when its last BlockPtr goes, or by an explicit recycle().
    Block* take();

  private:
    void put(Block* block) noexcept;

    const std::size_t block_rows_;
    const std::size_t spare_max_;
    std::mutex mutex_;  ///< of the two below; taken once for each block, not for each row
    Block* spares_ = nullptr;
    std::size_t spare_count_ = 0;
};

}  // namespace ringside
