#include "core/block_pool.hpp"

#include <new>
#include <utility>

namespace ringside {
namespace {

/// For `count` items of which none straddles two cache lines.
template <typename T>
T* allocate(std::size_t count) {
    constexpr std::size_t kLine = 64;
    const std::size_t bytes = (count * sizeof(T) + kLine - 1) / kLine * kLine;
    void* const memory = std::aligned_alloc(kLine, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return static_cast<T*>(memory);
}

}  // namespace

BlockPool::Block::Block(std::size_t capacity)
    : storage_(allocate<Event>(capacity)),
      update_storage_(allocate<MarketUpdate>(capacity)),
      capacity_(capacity) {}

void BlockPool::Block::recycle() noexcept {
    // The pool, and with it this block, may end with this hold.
    const std::shared_ptr<BlockPool> home = std::move(home_);
    home->put(this);
}

BlockPool::~BlockPool() {
    while (spares_ != nullptr) delete std::exchange(spares_, spares_->next_spare_);
}

BlockPool::Block* BlockPool::take() {
    Block* block = nullptr;
    {
        const std::lock_guard lock(mutex_);
        if (spares_ != nullptr) {
            block = std::exchange(spares_, spares_->next_spare_);
            --spare_count_;
        }
    }
    if (block == nullptr) block = new Block(block_rows_);
    block->home_ = shared_from_this();
    return block;
}

void BlockPool::put(Block* block) noexcept {
    {
        const std::lock_guard lock(mutex_);
        if (spare_count_ < spare_max_) {
            block->next_spare_ = std::exchange(spares_, block);
            ++spare_count_;
            return;
        }
    }
    delete block;
}

}  // namespace ringside
