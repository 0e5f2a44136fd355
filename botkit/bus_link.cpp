#include "botkit/bus_link.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "botkit/live_link.hpp"

namespace ringside::botkit {

namespace {

constexpr std::chrono::seconds kAdmissionTimeout{10};

}  // namespace

std::unique_ptr<Link> connect_bus(const std::string& bus, const std::string& bot_name,
                                  std::optional<ipc::Waiting> waiting) {
    auto client = std::make_unique<ipc::BusClient>(bus, bot_name);
    client->wait_admitted(kAdmissionTimeout);
    if (client->info().clock == ClockMode::RealTime) {
        return std::make_unique<LiveLink>(bus, std::move(client), waiting);
    }
    return std::make_unique<BusLink>(bus, std::move(client), waiting);
}

BusLink::BusLink(std::string bus, std::unique_ptr<ipc::BusClient> client,
                 std::optional<ipc::Waiting> waiting)
    : session_(std::move(bus), std::move(client), waiting,
               "what was recorded so far is incomplete: start the venue service again and rerun "
               "the bot") {}

bool BusLink::next_batch() {
    session_.client().md().release();
    ipc::FrameView frame;
    while (session_.client().md().poll(frame)) {
        if (frame.type == ipc::FrameType::MarketData) {
            if (!ipc::decode(frame.payload, batch_))
                session_.lost("a market data frame is damaged");
            next_run_ = next_event_ = 0;
            snapshot_ = (frame.flags & ipc::kSnapshotFlag) != 0;
            session_.wake();
            return true;
        }
        if (frame.type == ipc::FrameType::Notice) {
            const ipc::Notice notice = ipc::decode_notice(frame.payload);
            if (notice.kind == ipc::NoticeKind::Error) session_.lost(notice.text);
        }
    }
    if (session_.client().md().state() != ipc::ReadState::Reading)
        session_.lost("the feed's ring is damaged");
    return false;
}

FeedRows BusLink::next_rows() {
    while (next_run_ == batch_.runs.size()) {
        if (!next_batch()) return {};
        if (batch_.runs.size() == 0) return {.complete_until = batch_.complete_until};
    }
    const ipc::Run run = batch_.runs[next_run_++];
    // The run lies in memory that its writer reuses once this bot is evicted: it is checked here,
    // although it was when the frame was decoded.
    const std::size_t count = std::min<std::size_t>(run.count, batch_.events.size() - next_event_);
    const bool last = next_run_ == batch_.runs.size();
    if (run.instrument >= info().instruments.size() || count < run.count ||
        (!last && next_event_ + count == batch_.events.size())) {
        session_.lost("a market data frame is damaged");
    }
    const auto rows = batch_.events.subspan(next_event_, count);
    next_event_ += count;
    const Nanos complete_until =
        last ? batch_.complete_until : batch_.events[next_event_].local_ts - 1;
    if (snapshot_) {
        return {.asset_no = run.instrument, .snapshot = rows, .complete_until = complete_until};
    }
    if (updates_.size() < rows.size()) updates_.resize(rows.size());
    work_out(rows, info().instruments[run.instrument].grid, updates_.data());
    return {.asset_no = run.instrument,
            .updates = {updates_.data(), rows.size()},
            .rows = {rows.data(), updates_.data()},
            .complete_until = complete_until};
}

bool BusLink::send(const OrderRequest& request) {
    if (session_.client().send(request) != ipc::SendResult::Sent) return false;
    // A request made before the clock started meets the venue at time 0.
    const Nanos req_ts = request.req_ts == kNever ? -info().least_round_trip_ns : request.req_ts;
    unseen_.push({request.seq, req_ts});
    return true;
}

Horizon BusLink::poll(std::vector<OrderResponse>& responses) {
    const ipc::VenueProgress& progress = session_.client().progress();
    session_.take_responses(responses);
    if (progress != progress_) {
        progress_ = progress;
        session_.wake();
    }
    while (!unseen_.empty() && unseen_.front().seq <= progress.requests_seen) unseen_.pop();
    if (unseen_.empty()) return {progress.safe_until, progress.venue_now, progress.venue_last};
    // What the venue says holds without the requests that it has not seen: their answers come a
    // round trip later at the earliest.
    const Nanos before_answers =
        saturating_add(unseen_.front().req_ts, info().least_round_trip_ns) - 1;
    return {std::min(progress.safe_until, before_answers), kBeforeAll, progress.venue_last};
}

}  // namespace ringside::botkit
