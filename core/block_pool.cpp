#include "core/block_pool.hpp"

#include <new>
#include <utility>

namespace ringside {
namespace {

/// A row never straddles two cache lines.
constexpr std::size_t kRowAlignment = 64;

}  // namespace

BlockPool::Block::Block(std::size_t capacity)
    : storage_(static_cast<Event*>(std::aligned_alloc(kRowAlignment, capacity * sizeof(Event)))),
      capacity_(capacity) {
    if (storage_ == nullptr) throw std::bad_alloc();
}

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
