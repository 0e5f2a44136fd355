#pragma once

#include <span>
#include <vector>

#include "botkit/live_error.hpp"
#include "core/book/l2_book.hpp"
#include "core/event.hpp"
#include "core/ids.hpp"
#include "core/order.hpp"
#include "core/rows.hpp"
#include "core/time.hpp"
#include "core/venue_info.hpp"

namespace ringside::botkit {

/// Consecutive market events of one instrument. Those not at_local() are to be skipped.
struct FeedRows {
    AssetNo asset_no = 0;
    std::span<const MarketUpdate> updates{};
    Rows rows{};  ///< of the updates
    /// Instead of updates: the book before the first event.
    std::span<const Event> snapshot{};
    /// Once these rows are processed, every feed row up to this local time has been; kNever: the
    /// feed ends here.
    Nanos complete_until = 0;
};

/// How far a bot may rely on what it has received.
struct Horizon {
    /// Every response heard at or before this time has been delivered.
    Nanos responses_until = 0;
    /// The venue has processed everything up to here; kNever: nothing is left to happen.
    Nanos venue_now = 0;
    /// Time of the last thing that the venue processed for this bot.
    Nanos venue_last = 0;

    bool operator==(const Horizon&) const = default;
};

/// A bot's way to its venue, whatever that is. Calls are per batch, step or request, never per
/// event.
class Link {
  public:
    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    virtual ~Link() = default;

    virtual const VenueInfo& info() const = 0;

    /// Next rows of the feed; no rows when none are there now, or none are left and
    /// `complete_until` is kNever. The rows stay valid until the next call.
    virtual FeedRows next_rows() = 0;
    /// The same where nobody looks at a book, or is told of a row, before `until`: up to then rows
    /// may come instrument by instrument.
    virtual FeedRows next_unseen_rows(Nanos /*until*/) { return next_rows(); }
    /// Sends a request; false if there is no room for it now.
    virtual bool send(const OrderRequest& request) = 0;
    /// Promises that no later request will carry a time before `time`.
    virtual void promise(Nanos time) = 0;
    /// Whether promises may be taken back, because the venue goes no further than them: requests
    /// from a clock which was turned back then meet the venue where it is.
    virtual bool can_go_back() const { return false; }
    /// The bot asks for something at a time before its promise, and is refused: its clock was
    /// turned back.
    virtual void on_request_from_the_past() {}
    /// Where several bots hear the same feed: the instrument's book that all of them look at,
    /// instead of one of the bot's own; null otherwise.
    virtual const L2Book* shared_book(AssetNo /*asset_no*/) const { return nullptr; }
    /// Brings the shared books to where the bot is in the feed, before `next`; it has come to
    /// `time`. Comes back when no other bot will look at them as they were before that.
    virtual void show_shared_books(const MarketUpdate* /*next*/, Nanos /*time*/) {}
    /// The bot will not look at them after all.
    virtual void leave_shared_books() {}
    /// Appends the responses that have come and returns how far they are complete.
    virtual Horizon poll(std::vector<OrderResponse>& responses) = 0;
    /// Whether the instrument's book is what the venue has; otherwise it is empty, and comes back
    /// whole.
    virtual bool is_fresh(AssetNo /*asset_no*/) const { return true; }
    /// Takes the next thing that went wrong behind the link; false if there is none.
    virtual bool take_error(LiveError& /*error*/) { return false; }
    /// Called each time nothing could be done; waits in the link's own way. Throws Error(VenueLost)
    /// when the venue service has ended.
    virtual void idle() = 0;
};

}  // namespace ringside::botkit
