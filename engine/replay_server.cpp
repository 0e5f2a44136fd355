#include "engine/replay_server.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/log.hpp"

namespace ringside::engine {

namespace {

/// Each frame costs a wait until its lines have left for memory.
constexpr std::size_t kEventsPerFrame = 256;
/// Fewer, because sessions wait while a frame is filled.
constexpr std::size_t kEventsPerTurn = 128;
/// Loop turns between two looks at who came and went.
constexpr std::uint32_t kTurnsPerLook = 512;

/// Index of the first update that bots hear.
std::size_t heard_from(std::span<const MarketUpdate> updates) noexcept {
    std::size_t i = 0;
    while (i < updates.size() && !updates[i].at_local()) ++i;
    return i;
}
/// This server and each bot keep a processor busy; another thread needs one of its own.
Decoding decoding_beside(unsigned bots) noexcept {
    const auto processors = static_cast<unsigned>(ipc::allowed_processors());
    return processors > bots + 1 ? Decoding::Ahead : Decoding::InTurn;
}

ipc::BusOptions bus_options(const VenueConfig& config, const ReplayOptions& options) {
    ipc::BusOptions bus;
    // With the rows on both sides of it, it stays in a core's second-level cache.
    bus.md_ring_bytes = std::size_t{512} << 10;
    bus.session_slots = std::max(64U, options.bots);
    bus.group = options.group;
    bus.wakes = config.waiting == ipc::Waiting::Futex;
    return bus;
}

}  // namespace

ReplayServer::ReplayServer(const VenueConfig& config, const ReplayOptions& options)
    : options_(options),
      venue_(config, Pace::AheadOfBots, decoding_beside(options.bots)),
      service_(options.bus, bus_options(config, options), venue_.info()),
      wait_(config.waiting, service_.wake_word()) {
    service_.limit_bots(options.bots, refusal());
}

std::string ReplayServer::refusal() const {
    return fmt::format(
        "this replay is for {} bot(s) and takes no more; start another one under another name",
        options_.bots);
}

ReplayOutcome ReplayServer::run() {
    gather();
    send_snapshots();
    std::uint32_t turn = 0;
    while (!desks_.empty() && !stopping_.load(std::memory_order_relaxed)) {
        bool busy = false;
        for (Desk& desk : desks_) busy |= take_requests(desk);
        std::erase_if(desks_, [](const Desk& desk) { return desk.evicted; });
        if (std::exchange(news_, false)) {
            venue_.run();
            for (Desk& desk : desks_) busy |= send_responses(desk);
        }
        busy |= stream_feed();
        if (busy)
            wait_.reset();
        else
            idle();
        if (++turn % kTurnsPerLook == 0) look_at_sessions();
    }
    outcome_.interrupted = !desks_.empty();
    return outcome_;
}

void ReplayServer::idle() {
    if (wait_.spun_out()) service_.show_processor();
    wait_.idle();
}

void ReplayServer::gather() {
    log_info("bus {}: waiting for {} bot(s)", service_.name(), options_.bots);
    while (desks_.size() < options_.bots && !stopping_.load(std::memory_order_relaxed)) {
        const std::size_t before = desks_.size();
        look_at_sessions();
        if (desks_.size() == before) idle();
    }
    wait_.reset();
    service_.limit_bots(0, refusal());
}

void ReplayServer::look_at_sessions() {
    for (const ipc::SessionEvent& event : service_.poll_sessions()) {
        switch (event.change) {
            case ipc::SessionChange::Attached:
                attach(event);
                break;
            case ipc::SessionChange::Detached:
                leave(*event.session, false);
                break;
            case ipc::SessionChange::Died:
                leave(*event.session, true);
                break;
            case ipc::SessionChange::Refused:
                log_warning("bus {}: {} (pid {}) refused: {}", service_.name(), event.client_name,
                            event.client_pid, refusal());
                break;
        }
    }
}

void ReplayServer::attach(const ipc::SessionEvent& event) {
    log_info("bus {}: {} (pid {}) attached", service_.name(), event.client_name, event.client_pid);
    desks_.push_back({.session = event.session, .number = venue_.open_session(), .published = {}});
}

void ReplayServer::leave(ipc::ServiceSession& session, bool died) {
    const auto desk = std::find_if(desks_.begin(), desks_.end(),
                                   [&](const Desk& d) { return d.session == &session; });
    if (desk == desks_.end()) return;
    if (died) {
        ++outcome_.bots_lost;
        log_warning(
            "bus {}: {} (pid {}) died after {} request(s); its orders are gone, {} bot(s) "
            "remain",
            service_.name(), session.client_name(), session.client_pid(), desk->requests,
            desks_.size() - 1);
    } else {
        ++outcome_.bots_finished;
    }
    venue_.close_session(desk->number);
    news_ = true;
    desks_.erase(desk);
}

void ReplayServer::evict(Desk& desk, const std::string& why) {
    desk.session->count_damaged_request();
    service_.evict(*desk.session, why);
    desk.evicted = true;
    log_warning("bus {}: {} (pid {}) evicted: {}", service_.name(), desk.session->client_name(),
                desk.session->client_pid(), why);
    venue_.close_session(desk.number);
    news_ = true;
    ++outcome_.bots_lost;
}

bool ReplayServer::take_requests(Desk& desk) {
    // The promise is read first: the requests that it covers are in the ring by then.
    const Nanos promise = desk.session->promise();
    ipc::FrameView frame;
    bool any = false;
    while (desk.session->requests().poll(frame)) {
        any = true;
        OrderRequest request;
        if (frame.type != ipc::FrameType::OrderRequest || !ipc::decode(frame.payload, request) ||
            request.seq != desk.requests + 1 ||
            request.asset_no >= venue_.info().instruments.size()) {
            evict(desk, fmt::format("request {} is damaged or out of order", desk.requests + 1));
            return true;
        }
        desk.requests = request.seq;
        venue_.accept(desk.number, request);
    }
    if (any) desk.session->requests().release_now();
    if (promise != desk.promise) {
        desk.promise = promise;
        venue_.promise(desk.number, promise);
        any = true;
    }
    news_ |= any;
    return any;
}

bool ReplayServer::send_responses(Desk& desk) {
    std::vector<OrderResponse>& outbox = venue_.outbox(desk.number);
    std::size_t sent = 0;
    while (sent < outbox.size() && desk.session->send(outbox[sent])) ++sent;
    outbox.erase(outbox.begin(), outbox.begin() + static_cast<std::ptrdiff_t>(sent));
    if (!outbox.empty()) {
        news_ = true;
        return sent > 0;
    }
    const SessionProgress now = venue_.progress(desk.number);
    const ipc::VenueProgress progress{now.requests_seen, now.safe_until, now.venue_now,
                                      now.venue_last};
    if (progress == desk.published) return sent > 0;
    desk.session->publish_progress(progress);
    desk.published = progress;
    return true;
}

void ReplayServer::send_snapshots() {
    for (AssetNo a = 0; a < venue_.info().instruments.size(); ++a) {
        auto rows = venue_.snapshot(a);
        while (!rows.empty() && !stopping_.load(std::memory_order_relaxed)) {
            std::byte* payload =
                service_.md().try_claim(ipc::MarketDataBuilder::bytes(kEventsPerFrame));
            if (payload == nullptr) {
                look_at_sessions();
                idle();
                continue;
            }
            ipc::MarketDataBuilder batch(payload, kEventsPerFrame);
            rows = rows.subspan(batch.append(a, rows));
            service_.md().publish(ipc::FrameType::MarketData, batch.finish(kBeforeAll),
                                  ipc::kSnapshotFlag);
        }
    }
}

bool ReplayServer::open_frame() {
    if (frame_open_) return true;
    std::byte* payload = service_.md().try_claim(ipc::MarketDataBuilder::bytes(kEventsPerFrame));
    if (payload == nullptr) return false;
    frame_.begin(payload, kEventsPerFrame);
    frame_open_ = true;
    return true;
}

bool ReplayServer::stream_feed() {
    if (feed_ended_ || !open_frame()) return false;
    const std::size_t enough = std::min(frame_.size() + kEventsPerTurn, kEventsPerFrame);
    bool full = false;
    while (!full && frame_.size() < enough) {
        if (run_.updates.empty()) run_ = venue_.feed().take(enough - frame_.size());
        if (run_.updates.empty()) break;
        const std::size_t passed = frame_.stream(run_.asset_no, run_.updates, run_.rows);
        run_.updates = run_.updates.subspan(passed);
        full = !run_.updates.empty();
    }
    run_.updates = run_.updates.subspan(heard_from(run_.updates));
    // Asked always, for the venue goes by the answer.
    const Nanos behind_run = venue_.feed().next_ts();
    const Nanos next_ts = run_.updates.empty() ? behind_run : run_.updates.front().local_ts;
    feed_ended_ = next_ts == kNever;
    if (full || feed_ended_ || frame_.size() == kEventsPerFrame) {
        outcome_.events += frame_.size();
        const std::size_t bytes = frame_.finish(feed_ended_ ? kNever : next_ts - 1);
        service_.md().publish(ipc::FrameType::MarketData, bytes);
        frame_open_ = false;
    }
    news_ = true;
    return true;
}

}  // namespace ringside::engine
