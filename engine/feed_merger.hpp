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
    std::span<const MarketUpdate> updates;  ///< those not at_local() are to be skipped
    Rows rows;                              ///< of the updates
    BlockPtr hold;                          ///< keeps them alive
};

/// Merges the feeds of several instruments by (local time, instrument number).
class FeedMerger {
  public:
    explicit FeedMerger(std::vector<std::unique_ptr<RecordedMarket>>& markets)
        : markets_(markets) {}

    /// Local time of the next row; kNever at the end of all feeds. May have to decode it first.
    Nanos next_ts() {
        find_next();
        known_ts_ = next_ == nullptr ? kNever : next_->local_ts;
        return known_ts_;
    }
    /// What next_ts() said when it was last asked.
    Nanos known_ts() const noexcept { return known_ts_; }

    /// Takes up to `most` rows of the next run; empty at the end.
    FeedRun take(std::size_t most) {
        find_next();
        if (next_ == nullptr) return {};
        RecordedMarket& market = *markets_[asset_no_];
        const auto rest = market.feed.rest_of_block();
        const auto updates = rest.first(std::min(most, rest.size()));
        const MarketUpdate* end = updates.data() + updates.size();
        if (markets_.size() > 1) end = cut(updates);
        FeedRun run{asset_no_, {updates.data(), end}, market.feed.rows(), market.feed.block()};
        market.feed.advance_to(end);
        next_ = nullptr;
        return run;
    }

  private:
    void find_next() {
        if (next_ != nullptr) return;
        for (AssetNo a = 0; a < markets_.size(); ++a) {
            markets_[a]->drop_passed();
            const MarketUpdate* head = markets_[a]->feed.head();
            if (head != nullptr && (next_ == nullptr || head->local_ts < next_->local_ts)) {
                next_ = head;
                asset_no_ = a;
            }
        }
    }

    /// End of the updates that come before every other instrument's head.
    const MarketUpdate* cut(std::span<const MarketUpdate> updates) {
        Nanos last = kNever;  // latest local time that still precedes the others
        for (AssetNo a = 0; a < markets_.size(); ++a) {
            if (a == asset_no_) continue;
            const MarketUpdate* head = markets_[a]->feed.head();
            if (head == nullptr) continue;
            last = std::min(last, asset_no_ < a ? head->local_ts : head->local_ts - 1);
        }
        for (const MarketUpdate& update : updates) {
            if (update.at_local() && update.local_ts > last) return &update;
        }
        return updates.data() + updates.size();
    }

    std::vector<std::unique_ptr<RecordedMarket>>& markets_;
    const MarketUpdate* next_ = nullptr;
    AssetNo asset_no_ = 0;
    Nanos known_ts_ = 0;
};

}  // namespace ringside::engine
