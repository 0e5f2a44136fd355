#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <utility>

#include "core/event_source.hpp"
#include "core/time.hpp"

namespace ringside::engine {

/// One instrument's recorded rows, walked by two cursors: the exchange side at exchange time and
/// the feed at local time. Holds the blocks between them. One thread.
class EventStream {
  public:
    explicit EventStream(std::unique_ptr<EventSource> source) : source_(std::move(source)) {}

    /// Block number `no`, empty past the end. Numbers below the lowest still in use are gone.
    BlockPtr block(std::uint64_t no) {
        while (!ended_ && no >= first_ + blocks_.size()) {
            BlockPtr next = source_->next();
            if (next)
                blocks_.push_back(std::move(next));
            else
                ended_ = true;
        }
        return no < first_ + blocks_.size() ? blocks_[no - first_] : BlockPtr{};
    }
    /// Declares that nobody will ask for blocks below `no` again.
    void drop_below(std::uint64_t no) {
        while (first_ < no && !blocks_.empty()) {
            blocks_.pop_front();
            ++first_;
        }
    }

  private:
    std::unique_ptr<EventSource> source_;
    std::deque<BlockPtr> blocks_;
    std::uint64_t first_ = 0;  ///< number of blocks_.front()
    bool ended_ = false;
};

/// Walks the rows of a stream that carry one flag, in file order.
class EventCursor {
  public:
    EventCursor(EventStream& stream, std::uint64_t flag) : stream_(stream), flag_(flag) {}

    /// Row at the cursor, nullptr at the end. May wait for a block to be decoded.
    const Event* head() {
        for (;;) {
            for (; row_ != end_; ++row_) {
                if ((row_->ev & flag_) != 0) [[likely]]
                    return row_;
            }
            if (!load()) return nullptr;
        }
    }
    /// Passes the row that head() returned.
    void advance() noexcept { ++row_; }
    /// Rows from the cursor to the end of its block, rows without the flag included.
    std::span<const Event> rest_of_block() const noexcept { return {row_, end_}; }
    /// Hold on the block that rest_of_block() lies in.
    const BlockPtr& block() const noexcept { return block_; }
    /// Passes every row of rest_of_block() before `row`.
    void advance_to(const Event* row) noexcept { row_ = row; }
    /// Number of the first block that this cursor still needs.
    std::uint64_t block_no() const noexcept { return next_block_ == 0 ? 0 : next_block_ - 1; }

  private:
    bool load() {
        BlockPtr next = stream_.block(next_block_);
        if (!next) return false;
        ++next_block_;
        block_ = std::move(next);
        row_ = block_->rows.data();
        end_ = row_ + block_->rows.size();
        return true;
    }

    EventStream& stream_;
    std::uint64_t flag_;
    std::uint64_t next_block_ = 0;
    BlockPtr block_;
    const Event* row_ = nullptr;
    const Event* end_ = nullptr;
};

/// A stream with its two cursors.
struct RecordedMarket {
    explicit RecordedMarket(std::unique_ptr<EventSource> source)
        : stream(std::move(source)), exchange(stream, kExchEvent), feed(stream, kLocalEvent) {}

    void drop_passed() { stream.drop_below(std::min(exchange.block_no(), feed.block_no())); }

    EventStream stream;
    EventCursor exchange;
    EventCursor feed;
};

}  // namespace ringside::engine
