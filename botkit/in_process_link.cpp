#include "botkit/in_process_link.hpp"

#include <limits>

#include "core/check.hpp"
#include "ipc/processor.hpp"

namespace ringside::botkit {

namespace {

Decoding usual_decoding() noexcept {
    return ipc::allowed_processors() > 1 ? Decoding::Ahead : Decoding::InTurn;
}

}  // namespace

InProcessLink::InProcessLink(const engine::VenueConfig& config, engine::Pace pace)
    : InProcessLink(config, pace, usual_decoding()) {}

InProcessLink::InProcessLink(const engine::VenueConfig& config, Decoding decoding)
    : InProcessLink(config, pace_of(config), decoding) {}

InProcessLink::InProcessLink(const engine::VenueConfig& config, engine::Pace pace,
                             Decoding decoding)
    : pace_(pace), venue_(config, pace, decoding), session_(venue_.open_session()) {}

FeedRows InProcessLink::next_unseen_rows(Nanos until) {
    while (next_snapshot_ < info().instruments.size()) {
        const AssetNo asset_no = next_snapshot_++;
        const auto rows = venue_.snapshot(asset_no);
        if (!rows.empty()) return {.asset_no = asset_no, .snapshot = rows};
    }
    // A failure shows the books as they were at its time.
    const Nanos unseen_until = info().may_fail ? kBeforeAll : until;
    run_ = venue_.feed().take(std::numeric_limits<std::size_t>::max(), unseen_until);
    const Nanos next = venue_.feed().next_ts();
    return {.asset_no = run_.asset_no,
            .updates = run_.updates,
            .rows = run_.rows,
            .complete_until = next == kNever ? kNever : next - 1};
}

bool InProcessLink::send(const OrderRequest& request) {
    idle_calls_ = 0;
    venue_.accept(session_, request);
    return true;
}

void InProcessLink::promise(Nanos time) {
    idle_calls_ = 0;
    venue_.promise(session_, time);
}

Horizon InProcessLink::poll(std::vector<OrderResponse>& responses) {
    venue_.run();
    std::vector<OrderResponse>& outbox = venue_.outbox(session_);
    responses.insert(responses.end(), outbox.begin(), outbox.end());
    outbox.clear();
    const engine::SessionProgress progress = venue_.progress(session_);
    const Horizon horizon{progress.safe_until, progress.venue_now, progress.venue_last};
    if (horizon != last_horizon_) idle_calls_ = 0;
    last_horizon_ = horizon;
    return horizon;
}

void InProcessLink::idle() {
    // Bot and venue share a thread: when neither can go on, neither ever will.
    RINGSIDE_CHECK(++idle_calls_ < 16);
}

}  // namespace ringside::botkit
