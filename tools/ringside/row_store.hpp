#pragma once

#include <cstddef>
#include <cstdint>

#include <boost/container/deque.hpp>

#include "core/event.hpp"

namespace ringside {

/// Converted rows in the order of the file, before they are put in time order, at a third of the
/// size of events: rows of one message share their receive time, and mostly the rest.
class RowStore {
  public:
    struct Level {
        double px = 0.0;
        double qty = 0.0;
    };
    /// Consecutive rows of one message with the same `ev`.
    struct Run {
        Nanos exch_ts = 0;
        Nanos local_ts = 0;
        std::uint64_t first_level = 0;
        std::uint32_t count = 0;
        std::uint32_t ev = 0;  ///< no row carries a flag above bit 31
    };

    /// Starts a message; its rows can be taken back until the next one starts.
    void begin_message(Nanos local_ts) noexcept {
        local_ts_ = local_ts;
        open_ = nullptr;
        message_run_ = runs_.size();
        message_level_ = levels_.size();
    }
    /// Of the rows from here on.
    void set_exch_ts(Nanos exch_ts) noexcept {
        if (exch_ts != exch_ts_) open_ = nullptr;
        exch_ts_ = exch_ts;
    }
    /// The level returned stays where it is for the life of the store.
    Level& add(std::uint64_t ev, double px, double qty) {
        const auto flags = static_cast<std::uint32_t>(ev);
        if (open_ == nullptr || open_->ev != flags) {
            runs_.push_back({exch_ts_, local_ts_, levels_.size(), 0, flags});
            open_ = &runs_.back();
        }
        ++open_->count;
        levels_.push_back({px, qty});
        return levels_.back();
    }
    void drop_last() {
        levels_.pop_back();
        if (--runs_.back().count == 0) runs_.pop_back();
        open_ = nullptr;
    }
    /// Takes back all rows of the current message.
    void drop_message() {
        runs_.resize(message_run_);
        levels_.resize(message_level_);
        open_ = nullptr;
    }

    std::size_t run_count() const noexcept { return runs_.size(); }
    std::size_t row_count() const noexcept { return levels_.size(); }
    const Run& run(std::size_t index) const noexcept { return runs_[index]; }
    const Level& level(std::size_t index) const noexcept { return levels_[index]; }

  private:
    // Large blocks: growing copies nothing, and no block is larger than a megabyte.
    template <typename T>
    using Blocks = boost::container::deque<
        T, void,
        boost::container::deque_options_t<boost::container::block_bytes<std::size_t{1} << 20>>>;

    Blocks<Run> runs_;
    Blocks<Level> levels_;
    Run* open_ = nullptr;  // of the current message, its last; null when the next row opens one
    std::size_t message_run_ = 0;
    std::size_t message_level_ = 0;
    Nanos exch_ts_ = 0;
    Nanos local_ts_ = 0;
};

}  // namespace ringside
