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
            else if (source_->has_ended())
                ended_ = true;
            else
                break;
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

/// Walks the rows of a stream that one side sees, in file order.
class EventCursor {
  public:
    /// `side`: MarketUpdate::kAtExchange or kAtLocal.
    EventCursor(EventStream& stream, std::uint8_t side) : stream_(stream), side_(side) {}

    /// Update at the cursor, nullptr at the end. May wait for a block to be decoded.
    const MarketUpdate* head() {
        for (;;) {
            for (; at_ != end_; ++at_) {
                if ((at_->seen & side_) != 0) [[likely]]
                    return at_;
            }
            if (!load()) return nullptr;
        }
    }
    /// Updates from the cursor to the end of its block, those that the side does not see included.
    std::span<const MarketUpdate> rest_of_block() const noexcept { return {at_, end_}; }
    /// The rows that these were worked out from.
    const Rows& rows() const noexcept { return block_->rows; }
    /// Hold on the block that rest_of_block() lies in.
    const BlockPtr& block() const noexcept { return block_; }
    /// Passes everything in rest_of_block() before `update`.
    void advance_to(const MarketUpdate* update) noexcept { at_ = update; }
    /// Number of the first block that this cursor still needs.
    std::uint64_t block_no() const noexcept { return next_block_ == 0 ? 0 : next_block_ - 1; }

  private:
    bool load() {
        BlockPtr next = stream_.block(next_block_);
        if (!next) return false;
        ++next_block_;
        block_ = std::move(next);
        at_ = block_->updates.data();
        end_ = at_ + block_->updates.size();
        return true;
    }

    EventStream& stream_;
    std::uint8_t side_;
    std::uint64_t next_block_ = 0;
    BlockPtr block_;
    const MarketUpdate* at_ = nullptr;
    const MarketUpdate* end_ = nullptr;
};

/// A stream with its two cursors.
struct RecordedMarket {
    explicit RecordedMarket(std::unique_ptr<EventSource> source)
        : stream(std::move(source)),
          exchange(stream, MarketUpdate::kAtExchange),
          feed(stream, MarketUpdate::kAtLocal) {}

    void drop_passed() { stream.drop_below(std::min(exchange.block_no(), feed.block_no())); }

    EventStream stream;
    EventCursor exchange;
    EventCursor feed;
};

}  // namespace ringside::engine
