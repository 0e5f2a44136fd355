#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/ids.hpp"
#include "engine/event_stream.hpp"

namespace ringside::engine {

/// Consecutive rows of one instrument, in the order in which every bot hears them.
struct FeedRun {
    AssetNo asset_no = 0;
    std::span<const Event> rows;  ///< rows without the local flag are to be skipped
    BlockPtr hold;                ///< keeps the rows alive
};

/// Merges the feeds of several instruments by (local time, instrument number).
class FeedMerger {
  public:
    explicit FeedMerger(std::vector<std::unique_ptr<RecordedMarket>>& markets)
        : markets_(markets) {}

    /// Local time of the next row; kNever at the end of all feeds.
    Nanos next_ts() {
        find_next();
        return next_ == nullptr ? kNever : next_->local_ts;
    }

    /// Takes up to `most` rows of the next run; empty at the end.
    FeedRun take(std::size_t most) {
        find_next();
        if (next_ == nullptr) return {};
        RecordedMarket& market = *markets_[asset_no_];
        const auto rest = market.feed.rest_of_block();
        const auto rows = rest.first(std::min(most, rest.size()));
        const Event* end = rows.data() + rows.size();
        if (markets_.size() > 1) end = cut(rows);
        FeedRun run{asset_no_, {rows.data(), end}, market.feed.block()};
        market.feed.advance_to(end);
        next_ = nullptr;
        return run;
    }

  private:
    void find_next() {
        if (next_ != nullptr) return;
        for (AssetNo a = 0; a < markets_.size(); ++a) {
            markets_[a]->drop_passed();
            const Event* head = markets_[a]->feed.head();
            if (head != nullptr && (next_ == nullptr || head->local_ts < next_->local_ts)) {
                next_ = head;
                asset_no_ = a;
            }
        }
    }

    /// End of the rows that come before every other instrument's head.
    const Event* cut(std::span<const Event> rows) {
        Nanos last = kNever;  // latest local time that still precedes the others
        for (AssetNo a = 0; a < markets_.size(); ++a) {
            if (a == asset_no_) continue;
            const Event* head = markets_[a]->feed.head();
            if (head == nullptr) continue;
            last = std::min(last, asset_no_ < a ? head->local_ts : head->local_ts - 1);
        }
        for (const Event& row : rows) {
            if (row.has(kLocalEvent) && row.local_ts > last) return &row;
        }
        return rows.data() + rows.size();
    }

    std::vector<std::unique_ptr<RecordedMarket>>& markets_;
    const Event* next_ = nullptr;
    AssetNo asset_no_ = 0;
};

}  // namespace ringside::engine
