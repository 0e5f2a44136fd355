#pragma once

#include <algorithm>
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
        known_ts_ = next_ts_;
        return known_ts_;
    }
    /// What next_ts() said when it was last asked.
    Nanos known_ts() const noexcept { return known_ts_; }

    /// Takes up to `most` rows of the next run; empty at the end. Rows up to `unseen_until`, and no
    /// more than kLead later than the next, are not merged: each instrument's come in one run.
    FeedRun take(std::size_t most, Nanos unseen_until = kBeforeAll) {
        find_next();
        if (next_ts_ == kNever) return {};
        RecordedMarket& market = *markets_[next_];
        const auto rest = market.feed.rest_of_block();
        const auto updates = rest.first(std::min(most, rest.size()));
        const MarketUpdate* end = updates.data() + updates.size();
        if (markets_.size() > 1) end = cut(updates, unseen_until);
        FeedRun run{next_, {updates.data(), end}, market.feed.rows(), market.feed.block()};
        market.feed.advance_to(end);
        found_ = false;
        return run;
    }

    /// So far one instrument's cursor may be ahead of the others'; it bounds what is in memory.
    static constexpr Nanos kLead = kSecond;

  private:
    /// Only the instrument that rows were taken of has a new head, and those at their end may.
    void find_next() {
        if (found_) return;
        heads_.resize(markets_.size(), kNever);
        next_ts_ = kNever;
        AssetNo first = next_;
        for (AssetNo a = 0; a < heads_.size(); ++a) {
            if (a == next_ || heads_[a] == kNever) heads_[a] = head_of(*markets_[a]);
            if (heads_[a] < next_ts_) {
                next_ts_ = heads_[a];
                first = a;
            }
        }
        next_ = first;
        found_ = next_ts_ != kNever;
    }
    static Nanos head_of(RecordedMarket& market) {
        market.drop_passed();
        const MarketUpdate* head = market.feed.head();
        return head == nullptr ? kNever : head->local_ts;
    }

    /// End of the updates that come before every other instrument's head, or are not seen.
    const MarketUpdate* cut(std::span<const MarketUpdate> updates, Nanos unseen_until) const {
        Nanos last = kNever;  // latest local time that still precedes the others
        for (AssetNo a = 0; a < heads_.size(); ++a) {
            if (a == next_ || heads_[a] == kNever) continue;
            last = std::min(last, next_ < a ? heads_[a] : heads_[a] - 1);
        }
        last = std::max(last, std::min(unseen_until, saturating_add(next_ts_, kLead)));
        for (const MarketUpdate& update : updates) {
            if (update.at_local() && update.local_ts > last) return &update;
        }
        return updates.data() + updates.size();
    }

    std::vector<std::unique_ptr<RecordedMarket>>& markets_;
    std::vector<Nanos> heads_;  ///< by instrument: local time of its next row, kNever without one
    bool found_ = false;        ///< what follows is known
    AssetNo next_ = 0;
    Nanos next_ts_ = kNever;
    Nanos known_ts_ = 0;
};

}  // namespace ringside::engine
