#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <boost/container/deque.hpp>

#include "core/time.hpp"
#include "tools/ringside/row_store.hpp"

namespace ringside {

/// The last book changes received: a snapshot that comes after them was taken before some of them.
class RecentChanges {
  public:
    struct Row {
        std::uint64_t ev;
        RowStore::Level level;
    };

    /// Starts a change; its rows follow.
    void begin(std::int64_t id, Nanos exch_ts) {
        // The room of the oldest is used again.
        Change change;
        if (changes_.size() == kKept) {
            change.rows = std::move(changes_.front().rows);
            change.rows.clear();
            changes_.pop_front();
        }
        change.id = id;
        change.exch_ts = exch_ts;
        changes_.push_back(std::move(change));
        last_exch_ts_ = exch_ts;
    }
    void add(std::uint64_t ev, const RowStore::Level& level) {
        changes_.back().rows.push_back({ev, level});
    }

    bool empty() const noexcept { return changes_.empty(); }
    Nanos last_exch_ts() const noexcept { return last_exch_ts_; }
    /// The rows of all changes kept whose id is greater, in the order in which they came.
    template <typename Use>
    void for_each_after(std::int64_t id, const Use& use) const {
        for (const Change& change : changes_) {
            if (change.id <= id) continue;
            for (const Row& row : change.rows) use(row, change.exch_ts);
        }
    }

  private:
    struct Change {
        std::int64_t id = 0;
        Nanos exch_ts = 0;
        std::vector<Row> rows{};
    };
    /// 51 s of them at one every 100 ms; a snapshot request is given up long before.
    static constexpr std::size_t kKept = 512;

    boost::container::deque<Change> changes_;
    Nanos last_exch_ts_ = 0;
};

}  // namespace ringside
