#include "core/read_ahead.hpp"

#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/block_pool.hpp"
#include "core/check.hpp"
#include "core/streaming_store.hpp"

namespace ringside {
namespace {

/// Where a block's updates are looked at.
enum class Consumer { OnThisCore, OnAnother };

/// Makes blocks of a reader's rows.
class Decoder {
  public:
    /// Keeps up to `spare_blocks` that nobody holds for later use.
    Decoder(std::unique_ptr<RowReader> reader, const Grid& grid, std::size_t block_rows,
            std::size_t spare_blocks, Consumer consumer)
        : reader_(std::move(reader)),
          grid_(grid),
          pool_(std::make_shared<BlockPool>(block_rows, spare_blocks)),
          worked_out_(consumer == Consumer::OnAnother ? block_rows : 0) {}

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
            streaming_store(reinterpret_cast<std::byte*>(to++), update);
        }
        streaming_done();
    }

    const std::unique_ptr<RowReader> reader_;
    const Grid grid_;
    const std::shared_ptr<BlockPool> pool_;
    std::vector<MarketUpdate> worked_out_;  ///< a block's, for a consumer on another core
    std::uint64_t rows_ = 0;                ///< decoded so far
};

class ReadInTurn final : public EventSource {
  public:
    ReadInTurn(std::unique_ptr<RowReader> reader, const Grid& grid)
        : decoder_(std::move(reader), grid, kBlockRows, kSpareBlocks, Consumer::OnThisCore) {}

    BlockPtr next() override {
        if (error_) std::rethrow_exception(error_);
        try {
            return decoder_.next();
        } catch (...) {
            error_ = std::current_exception();
            throw;
        }
    }

  private:
    /// Others wait while a block is decoded.
    static constexpr std::size_t kBlockRows = 128;
    static constexpr std::size_t kSpareBlocks = 16;

    Decoder decoder_;
    std::exception_ptr error_;
};

class ReadAhead final : public EventSource {
  public:
    ReadAhead(std::unique_ptr<RowReader> reader, const Grid& grid, ReadAheadOptions options)
        : options_(options),
          // One more than may wait: the block that is being filled.
          decoder_(std::move(reader), grid, options.block_rows, options.blocks + 1,
                   Consumer::OnAnother),
          thread_([this] { run(); }) {}

    ~ReadAhead() override {
        {
            const std::lock_guard lock(mutex_);
            stop_ = true;
        }
        room_.notify_one();
        thread_.join();
    }

    BlockPtr next() override {
        std::unique_lock lock(mutex_);
        if (ready_.empty()) {
            arrival_.wait(lock, [this] { return ready_.size() >= deliver_at() || ended_; });
        }
        if (ready_.empty()) {
            if (error_) std::rethrow_exception(error_);
            return {};
        }
        BlockPtr block = std::move(ready_.front());
        ready_.pop_front();
        const bool room = ready_.size() <= refill_at();
        lock.unlock();
        if (room) room_.notify_one();
        return block;
    }

  private:
    void run() {
        std::exception_ptr error;
        try {
            while (fill_one()) {
            }
        } catch (...) {
            error = std::current_exception();
        }
        {
            const std::lock_guard lock(mutex_);
            ended_ = true;
            error_ = error;
        }
        arrival_.notify_one();
    }

    /// Decodes one block and waits for room behind it; false at the end or when told to stop.
    bool fill_one() {
        BlockPtr block = decoder_.next();
        if (!block) return false;
        std::unique_lock lock(mutex_);
        ready_.push_back(std::move(block));
        if (ready_.size() == deliver_at()) arrival_.notify_one();
        if (ready_.size() == options_.blocks) {
            room_.wait(lock, [this] { return ready_.size() <= refill_at() || stop_; });
        }
        return !stop_;
    }

    /// A full queue is let run half empty, so that a slow consumer wakes the thread once for
    /// several blocks.
    std::size_t refill_at() const noexcept { return options_.blocks / 2; }
    /// An empty one is let fill a little, for the same reason.
    std::size_t deliver_at() const noexcept { return options_.blocks / 4 + 1; }

    const ReadAheadOptions options_;
    Decoder decoder_;  ///< used by the thread alone

    std::mutex mutex_;  ///< of what follows, up to the thread
    std::condition_variable arrival_;
    std::condition_variable room_;
    std::deque<BlockPtr> ready_;
    std::exception_ptr error_;
    bool ended_ = false;
    bool stop_ = false;

    std::thread thread_;  ///< last: starts when all else exists
};

class Concatenated final : public RowReader {
  public:
    explicit Concatenated(std::vector<std::unique_ptr<RowReader>> parts)
        : parts_(std::move(parts)) {}

    std::span<const Event> read(std::span<Event> storage) override {
        for (; part_ < parts_.size(); ++part_) {
            const auto rows = parts_[part_]->read(storage);
            if (!rows.empty()) return rows;
        }
        return {};
    }
    std::size_t read_updates(const Grid& grid, std::span<MarketUpdate> updates,
                             RowColumns& columns) override {
        return part_ < parts_.size() ? parts_[part_]->read_updates(grid, updates, columns) : 0;
    }

  private:
    std::vector<std::unique_ptr<RowReader>> parts_;
    std::size_t part_ = 0;
};

}  // namespace

std::unique_ptr<RowReader> concatenated(std::vector<std::unique_ptr<RowReader>> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return std::make_unique<Concatenated>(std::move(parts));
}

std::unique_ptr<EventSource> read_ahead(std::unique_ptr<RowReader> reader, const Grid& grid,
                                        ReadAheadOptions options) {
    RINGSIDE_CHECK(options.block_rows > 0 && options.blocks > 0);
    return std::make_unique<ReadAhead>(std::move(reader), grid, options);
}

std::unique_ptr<EventSource> read_in_turn(std::unique_ptr<RowReader> reader, const Grid& grid) {
    return std::make_unique<ReadInTurn>(std::move(reader), grid);
}

}  // namespace ringside
