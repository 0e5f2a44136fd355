#pragma once

#include <cstdint>

#include "collectord/venue.hpp"

namespace ringside::collectord {

/// Ids of one change of the book: first and last update in it, and the last of the change before
/// (futures only).
struct DepthIds {
    std::int64_t first = 0;          ///< "U"
    std::int64_t last = 0;           ///< "u"
    std::int64_t previous_last = 0;  ///< "pu"
};

/// Follows the ids of one symbol's book changes, and tells which snapshot they can be applied to.
class DepthSequence {
  public:
    enum class Step : std::uint8_t { Begins, Follows, Gap };

    explicit DepthSequence(Sequence rule) noexcept : rule_(rule) {}

    Step next(const DepthIds& ids) noexcept {
        const Step step = !has_begun_ ? Step::Begins : follows(ids) ? Step::Follows : Step::Gap;
        if (step != Step::Follows) start_ = ids;
        has_begun_ = true;
        last_ = ids.last;
        return step;
    }
    /// The unbroken run of changes is taken to begin here: snapshots must reach this far.
    void restart_at(const DepthIds& ids) noexcept { start_ = ids; }

    std::int64_t last() const noexcept { return last_; }
    /// What the next change had to name to follow the last one.
    std::int64_t expected() const noexcept {
        return rule_ == Sequence::PreviousLast ? last_ : last_ + 1;
    }
    std::int64_t named(const DepthIds& ids) const noexcept {
        return rule_ == Sequence::PreviousLast ? ids.previous_last : ids.first;
    }
    /// Whether changes since the start of the run are all that a book needs after this snapshot.
    bool is_joined_by(std::int64_t snapshot_id) const noexcept {
        return rule_ == Sequence::PreviousLast ? snapshot_id >= start_.previous_last
                                               : snapshot_id >= start_.first - 1;
    }

  private:
    bool follows(const DepthIds& ids) const noexcept { return named(ids) == expected(); }

    Sequence rule_;
    bool has_begun_ = false;
    std::int64_t last_ = 0;
    DepthIds start_{};
};

}  // namespace ringside::collectord
