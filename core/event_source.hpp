#pragma once

#include <atomic>
#include <cstdint>
#include <span>
#include <utility>

#include "core/market_update.hpp"
#include "core/rows.hpp"

namespace ringside {

/// Rows of a stream that are decoded together: immutable once handed out, shared by the cursors
/// that walk them, returned to its source's pool when the last one lets go.
class EventBlock {
  public:
    std::span<const MarketUpdate> updates;  ///< one for each row
    Rows rows;                              ///< of the updates
    std::uint64_t first_row = 0;            ///< number of the first row in the whole stream, from 0

    virtual void recycle() noexcept = 0;

  protected:
    EventBlock() = default;
    EventBlock(const EventBlock&) = delete;
    EventBlock& operator=(const EventBlock&) = delete;
    virtual ~EventBlock() = default;

  private:
    friend class BlockPtr;
    std::atomic<std::uint32_t> holders_{0};
};

/// Shared hold on a block.
class BlockPtr {
  public:
    BlockPtr() noexcept = default;
    explicit BlockPtr(EventBlock* block) noexcept : block_(block) {
        if (block_ != nullptr) block_->holders_.fetch_add(1, std::memory_order_relaxed);
    }
    BlockPtr(const BlockPtr& other) noexcept : BlockPtr(other.block_) {}
    BlockPtr(BlockPtr&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
    BlockPtr& operator=(BlockPtr other) noexcept {
        std::swap(block_, other.block_);
        return *this;
    }
    ~BlockPtr() {
        // Release publishes this holder's reads before the pool may overwrite the rows; the last
        // holder's acquire sees those of all others.
        if (block_ != nullptr && block_->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
            block_->recycle();
        }
    }
    const EventBlock* operator->() const noexcept { return block_; }
    const EventBlock& operator*() const noexcept { return *block_; }
    explicit operator bool() const noexcept { return block_ != nullptr; }

  private:
    EventBlock* block_ = nullptr;
};

/// A stream of recorded rows in file order, block by block.
class EventSource {
  public:
    EventSource() = default;
    EventSource(const EventSource&) = delete;
    EventSource& operator=(const EventSource&) = delete;
    virtual ~EventSource() = default;

    /// Next block; empty at the end of the stream. May wait for the disk or a decoder.
    virtual BlockPtr next() = 0;
    /// After an empty block: whether there will never be another; false for rows that still happen.
    virtual bool has_ended() const noexcept { return true; }
};

}  // namespace ringside
