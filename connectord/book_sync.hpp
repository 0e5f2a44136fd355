#pragma once

#include <cstdint>

namespace ringside::connectord {

/// Where a live book stands.
///
///     Disconnected ──up──► Buffering ──snapshot joins──► Synced ──gap──► Resyncing ──┐
///          ▲                                               ▲                         │
///          └────────────────────── down ───────────────────┴─────snapshot joins──────┘
enum class BookState : std::uint8_t {
    Disconnected = 0,  ///< no stream
    Buffering,         ///< changes are held until a snapshot comes that they continue
    Synced,            ///< the book is the venue's
    Resyncing,         ///< a change was missed: as Buffering, after a book that was good
};

/// Ids of one change of a book: its first and last update, and the last update of the change
/// before. Venues whose ids just count on (first = previous last + 1) fill that in.
struct ChangeIds {
    std::int64_t first = 0;
    std::int64_t last = 0;
    std::int64_t previous_last = 0;
};

/// Decides, by the ids of one book's changes and snapshots alone, what is to be done with each. The
/// ids of one instrument's changes may jump: a change continues the one before if it names it.
class BookSync {
  public:
    enum class Step : std::uint8_t {
        Drop,   ///< says nothing new
        Hold,   ///< to be kept until a snapshot comes
        Start,  ///< as Hold, and it begins a new run: what was held before is worth nothing, and a
                ///< snapshot is needed
        Apply,
        Gap,  ///< as Start, and the book that was good until now is not any more
    };
    enum class Join : std::uint8_t {
        Unwanted,  ///< the book is good, or there is nothing to join
        TooOld,    ///< changes between the snapshot and those held are missing: ask again
        Joined,    ///< load it, then pass what was held through step(), and the book is good
    };

    BookState state() const noexcept { return state_; }

    void up() noexcept {
        if (state_ == BookState::Disconnected) state_ = BookState::Buffering;
    }
    /// Whether a good book was lost by that.
    bool down() noexcept {
        const bool was_good = state_ == BookState::Synced;
        state_ = BookState::Disconnected;
        has_run_ = false;
        return was_good;
    }

    Step step(const ChangeIds& ids) noexcept {
        if (state_ == BookState::Disconnected) return Step::Drop;
        if (ids.last < ids.first || (has_run_ && ids.last <= last_)) return Step::Drop;
        const bool follows = has_run_ && ids.previous_last == last_;
        last_ = ids.last;
        if (follows) {
            if (state_ != BookState::Synced) return Step::Hold;
            return ids.last < snapshot_id_ ? Step::Drop : Step::Apply;
        }
        start_ = ids;
        has_run_ = true;
        if (state_ != BookState::Synced) return Step::Start;
        state_ = BookState::Resyncing;
        return Step::Gap;
    }

    /// Rejoins the held changes: call step() for each of them again after Joined.
    Join join(std::int64_t snapshot_id) noexcept {
        const bool waits = state_ == BookState::Buffering || state_ == BookState::Resyncing;
        if (!waits || !has_run_) return Join::Unwanted;
        if (snapshot_id < start_.previous_last) return Join::TooOld;
        state_ = BookState::Synced;
        snapshot_id_ = snapshot_id;
        last_ = start_.previous_last;
        return Join::Joined;
    }

    /// Id of the last update known of.
    std::int64_t last() const noexcept { return last_; }

  private:
    BookState state_ = BookState::Disconnected;
    bool has_run_ = false;
    std::int64_t last_ = 0;
    std::int64_t snapshot_id_ = 0;
    ChangeIds start_{};
};

}  // namespace ringside::connectord
