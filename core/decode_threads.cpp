#include "core/decode_threads.hpp"

#include <algorithm>
#include <deque>
#include <exception>
#include <utility>

#include "core/block_decoder.hpp"
#include "core/check.hpp"

namespace ringside {

class DecodeThreads::Source final : public EventSource {
  public:
    Source(std::shared_ptr<DecodeThreads> threads, std::unique_ptr<RowReader> reader,
           const Grid& grid, ReadAheadOptions options)
        : threads_(std::move(threads)),
          options_(options),
          // One more than may wait: the block that is being filled.
          decoder_(std::move(reader), grid, options.block_rows, options.blocks + 1,
                   ReadOn::AnotherCore) {
        {
            const std::lock_guard lock(threads_->mutex_);
            threads_->sources_.push_back(this);
        }
        threads_->work_.notify_one();
    }
    ~Source() override {
        std::unique_lock lock(threads_->mutex_);
        ended_ = true;
        std::erase(threads_->sources_, this);
        arrival_.wait(lock, [this] { return !in_hand_; });
    }

    BlockPtr next() override {
        std::unique_lock lock(threads_->mutex_);
        if (ready_.empty() && !ended_) {
            waits_ = true;
            threads_->work_.notify_one();
            arrival_.wait(lock, [this] { return ready_.size() >= deliver_at() || ended_; });
            waits_ = false;
        }
        if (ready_.empty()) {
            if (error_) std::rethrow_exception(error_);
            return {};
        }
        BlockDecoder::Draft draft = std::move(ready_.front());
        ready_.pop_front();
        const bool room = full_ && ready_.size() <= refill_at();
        if (room) full_ = false;
        lock.unlock();
        if (room) threads_->work_.notify_one();
        decoder_.finish(draft, ReadOn::ThisCore);
        return std::move(draft.block);
    }

    // With the lock held:

    bool wants() const noexcept { return !in_hand_ && !full_ && !ended_; }
    bool needier_than(const Source& other) const noexcept {
        return waits_ != other.waits_ ? waits_ : ready_.size() < other.ready_.size();
    }

    /// Decodes one block, without the lock.
    void decode_one(std::unique_lock<std::mutex>& lock) {
        in_hand_ = true;
        lock.unlock();
        BlockDecoder::Draft draft;
        std::exception_ptr error;
        try {
            draft = decoder_.read();
        } catch (...) {
            error = std::current_exception();
        }
        lock.lock();
        if (!consumer_is_faster()) {
            lock.unlock();
            decoder_.finish(draft, ReadOn::AnotherCore);
            lock.lock();
        }
        in_hand_ = false;
        if (draft.block) {
            ready_.push_back(std::move(draft));
            full_ = ready_.size() == options_.blocks;
        } else {
            ended_ = true;
            error_ = error;
        }
        if (ended_ || ready_.size() == deliver_at()) arrival_.notify_one();
    }

  private:
    /// A full store is let run half empty, so that a slow consumer wakes a thread once for several
    /// blocks.
    std::size_t refill_at() const noexcept { return options_.blocks / 2; }
    /// An empty one is let fill a little, for the same reason.
    std::size_t deliver_at() const noexcept { return options_.blocks / 4 + 1; }
    /// Then it has the time to work out updates itself, and the rows come sooner.
    bool consumer_is_faster() const noexcept { return waits_ || ready_.size() < deliver_at(); }

    const std::shared_ptr<DecodeThreads> threads_;
    const ReadAheadOptions options_;
    BlockDecoder decoder_;  ///< of the thread that has it in hand

    std::condition_variable arrival_;
    std::deque<BlockDecoder::Draft> ready_;
    std::exception_ptr error_;
    bool waits_ = false;    ///< a consumer does
    bool in_hand_ = false;  ///< a thread is decoding for it
    bool full_ = false;     ///< and was not half empty since
    bool ended_ = false;
};

DecodeThreads::DecodeThreads(std::size_t count) {
    RINGSIDE_CHECK(count > 0);
    for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { run(); });
}

DecodeThreads::~DecodeThreads() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    work_.notify_all();
    for (std::thread& thread : threads_) thread.join();
}

std::unique_ptr<EventSource> DecodeThreads::open(std::shared_ptr<DecodeThreads> threads,
                                                 std::unique_ptr<RowReader> reader,
                                                 const Grid& grid, ReadAheadOptions options) {
    RINGSIDE_CHECK(options.block_rows > 0 && options.blocks > 0);
    return std::make_unique<Source>(std::move(threads), std::move(reader), grid, options);
}

void DecodeThreads::run() {
    std::unique_lock lock(mutex_);
    while (!stop_) {
        if (Source* const source = neediest())
            source->decode_one(lock);
        else
            work_.wait(lock);
    }
}

DecodeThreads::Source* DecodeThreads::neediest() const noexcept {
    Source* neediest = nullptr;
    for (Source* const source : sources_) {
        if (!source->wants()) continue;
        if (neediest == nullptr || source->needier_than(*neediest)) neediest = source;
    }
    return neediest;
}

}  // namespace ringside
