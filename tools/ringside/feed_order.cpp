#include "tools/ringside/feed_order.hpp"

#include "core/check.hpp"

namespace ringside {
namespace {

constexpr std::size_t kBlockRows = 4096;

}  // namespace

void FeedOrder::push(const Event& row) {
    RINGSIDE_CHECK(row.local_ts >= row.exch_ts);
    RINGSIDE_CHECK(held_.empty() || row.exch_ts >= held_.back().row.exch_ts);
    unseen_.push({row.local_ts, first_ + held_.size()});
    held_.push_back({row});
    // No later row can be seen before this one's exch_ts, so up to there the heads are known.
    while (unseen_.top().local_ts < row.exch_ts) step();
}

void FeedOrder::finish() {
    while (!held_.empty()) step();
    if (!block_.empty()) sink_(block_);
    block_.clear();
}

void FeedOrder::step() {
    const bool exch_left = next_exch_ < first_ + held_.size();
    if (unseen_.empty()) {
        emit(next_exch_, kExchEvent);
        return;
    }
    const std::uint64_t next_local = unseen_.top().number;
    const Event& local = held(next_local).row;
    std::uint64_t number = next_local;
    std::uint64_t flags = kLocalEvent;
    if (exch_left) {
        const Event& exch = held(next_exch_).row;
        if (next_exch_ == next_local) {
            flags = kExchEvent | kLocalEvent;
        } else if (exch.exch_ts < local.exch_ts ||
                   (exch.exch_ts == local.exch_ts && exch.local_ts < local.local_ts)) {
            number = next_exch_;
            flags = kExchEvent;
        }
    }
    emit(number, flags);
}

void FeedOrder::emit(std::uint64_t number, std::uint64_t flags) {
    Held& entry = held(number);
    block_.push_back(entry.row);
    block_.back().ev |= flags;
    if ((flags & kExchEvent) != 0) {
        entry.exch_done = true;
        ++next_exch_;
    }
    if ((flags & kLocalEvent) != 0) {
        entry.local_done = true;
        unseen_.pop();
    }
    while (!held_.empty() && held_.front().exch_done && held_.front().local_done) {
        held_.pop_front();
        ++first_;
    }
    if (block_.size() == kBlockRows) {
        sink_(block_);
        block_.clear();
    }
}

}  // namespace ringside
