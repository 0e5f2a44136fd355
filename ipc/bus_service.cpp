#include "ipc/bus_service.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>

#include <unistd.h>

#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/codec.hpp"
#include "ipc/fault_point.hpp"

namespace ringside::ipc {
namespace {

constexpr std::size_t round_to_pages(std::size_t bytes) {
    return (bytes + layout::kPageBytes - 1) / layout::kPageBytes * layout::kPageBytes;
}

void check_options(const BusOptions& options) {
    if (!is_ring_size(options.md_ring_bytes) || !is_ring_size(options.ring_bytes)) {
        fail(ExitCode::Usage,
             "ring sizes of {} and {} bytes: both must be powers of two from {} to {}",
             options.md_ring_bytes, options.ring_bytes, kMinRingBytes, kMaxRingBytes);
    }
    if (options.session_slots == 0 || options.session_slots > layout::kMaxSessions) {
        fail(ExitCode::Usage, "{} session slots: there can be 1 to {}", options.session_slots,
             layout::kMaxSessions);
    }
}

/// A bot made this segment: nothing in it is believed before it was looked at.
bool is_for_us(const Segment& segment, std::size_t ring_bytes, std::uint64_t epoch) noexcept {
    if (segment.size() != session_segment_bytes(ring_bytes)) return false;
    // A bot that mapped our predecessor's control would read its md ring for ever.
    if (segment.at<layout::SessionWords>(layout::kControlOffset)->bus_epoch != epoch) return false;
    return request_ring(segment, ring_bytes).control->capacity == ring_bytes &&
           response_ring(segment, ring_bytes).control->capacity == ring_bytes;
}

}  // namespace

BusService::BusService(std::string_view name, const BusOptions& options, const VenueInfo& info)
    : name_(name), options_(options) {
    check_options(options);
    sessions_.reserve(options.session_slots);
    ended_.reserve(options.session_slots);
    events_.reserve(2 * options.session_slots);
    refused_.resize(options.session_slots);
    const BusDirectoryLock lock(name, options.group);
    if (segment_owner_alive(control_path(name))) {
        fail(ExitCode::Bus,
             "the bus name '{}' is in use by a running service under {}: choose another "
             "name, or end that service",
             name, bus_root());
    }
    // Whatever is there belonged to a service that died, in this layout or another. Bots that still
    // have it mapped keep their memory; only the names go.
    lock.clear();
    try {
        make_segments(info);
    } catch (...) {
        lock.clear();
        lock.remove();
        throw;
    }
}

void BusService::make_segments(const VenueInfo& info) {
    using layout::SegmentKind;
    const std::string directory = bus_path(name_);
    const std::vector<std::byte> message = encode_venue_info(info);

    md_segment_ =
        Segment::create(directory, SegmentKind::MarketData,
                        layout::kBodyOffset + options_.md_ring_bytes, name_, options_.md_pages);
    const RingMap md{md_segment_.at<layout::RingControl>(layout::kControlOffset),
                     md_segment_.at<std::byte>(layout::kBodyOffset), options_.md_ring_bytes};
    init_ring(md);
    md_ = RingWriter(md);

    control_segment_ = Segment::create(directory, SegmentKind::Control,
                                       layout::kBodyOffset + round_to_pages(message.size()), name_);
    control_ = control_segment_.at<layout::BusControl>(layout::kControlOffset);
    control_->md_ring_bytes = options_.md_ring_bytes;
    control_->session_ring_bytes = options_.ring_bytes;
    control_->session_slots = options_.session_slots;
    control_->md_gated = options_.gated ? 1 : 0;
    control_->wakes = options_.wakes ? 1 : 0;
    control_->venue_info_bytes = message.size();
    // Two services of one name never run at once, so the time of start tells them apart.
    control_->epoch =
        static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
    std::memcpy(control_segment_.at<std::byte>(layout::kBodyOffset), message.data(),
                message.size());
    // Relaxed: the name published below publishes the segment.
    control_->state.store(layout::BusState::Open, std::memory_order_relaxed);

    // Control last: whoever finds it finds everything.
    const bool md_named = md_segment_.publish_as(md_path(name_));
    pass(FaultPoint::MdNamed);
    if (!md_named || !control_segment_.publish_as(control_path(name_))) {
        fail(ExitCode::Bus, "somebody else makes files in {}", directory);
    }
    pass(FaultPoint::ServiceNamed);
}

std::span<const SessionEvent> BusService::poll_sessions() {
    events_.clear();
    free_ended();
    // Relaxed: a sign of life for observers, with one writer.
    control_->heartbeat.store(control_->heartbeat.load(std::memory_order_relaxed) + 1,
                              std::memory_order_relaxed);
    // Acquire, pairs with the release in BusClient: a bot whose ring we hear has named its session.
    const std::uint64_t bell = control_->bell.load(std::memory_order_acquire);
    if (bell != bell_heard_) {
        bell_heard_ = bell;
        for (std::uint32_t slot = 0; slot < options_.session_slots; ++slot) admit(slot);
    } else {
        // A bot may die between naming its session and ringing: one slot is looked at in turn.
        admit(next_slot_);
        next_slot_ = (next_slot_ + 1) % options_.session_slots;
    }
    for (std::size_t i = sessions_.size(); i-- > 0;) {
        if (sessions_[i]->bot_left()) end(i, SessionChange::Detached);
    }
    // A system call for each: a quarter of them keeps both the cost and the wait small.
    for (std::size_t tests = (sessions_.size() + 3) / 4; tests > 0; --tests) test_next_lock();
    return events_;
}

void BusService::test_next_lock() {
    if (sessions_.empty()) return;
    next_session_ = (next_session_ + 1) % sessions_.size();
    if (sessions_[next_session_]->segment_.owner_alive()) return;
    // The lock falls after the bot's last word, so that is read again.
    end(next_session_,
        sessions_[next_session_]->bot_left() ? SessionChange::Detached : SessionChange::Died);
}

bool BusService::is_attached(std::uint32_t slot) const noexcept {
    return std::any_of(sessions_.begin(), sessions_.end(),
                       [slot](const auto& session) { return session->slot() == slot; });
}

void BusService::admit(std::uint32_t slot) {
    if (is_attached(slot)) return;
    const std::string path = session_path(name_, slot);
    if (refused_[slot]) {
        const auto* words = refused_[slot].at<layout::SessionWords>(layout::kControlOffset);
        // Acquire, pairs with the release in ~BusClient; the slot is free once the bot has gone.
        const bool left =
            words->bot_state.load(std::memory_order_acquire) == layout::BotState::Left;
        if (!left && refused_[slot].owner_alive()) return;
        unlink(path.c_str());
        refused_[slot] = Segment();
        return;
    }
    SegmentState state = SegmentState::Missing;
    auto segment = Segment::open(path, layout::SegmentKind::Session, Access::ReadWrite, state);
    if (state == SegmentState::Missing) return;
    if (!segment || !segment->owner_alive() ||
        !is_for_us(*segment, options_.ring_bytes, control_->epoch)) {
        unlink(path.c_str());
        return;
    }
    if (sessions_.size() >= most_bots_) {
        refuse(std::move(*segment), slot);
        return;
    }
    auto session = std::make_unique<ServiceSession>(std::move(*segment), slot, options_.ring_bytes,
                                                    md_, options_.wakes);
    if (options_.gated) md_.add_gate(&session->words_->md_cursor);
    pass(FaultPoint::GateAdded);
    // Release, pairs with the acquire in BusClient::admitted: publishes where the bot joins the md
    // ring; from here on the gate holds and the bot owns its cursor.
    session->words_->admission.store(layout::Admission::Admitted, std::memory_order_release);
    events_.push_back(
        {SessionChange::Attached, session.get(), session->client_name(), session->client_pid()});
    const auto place = std::find_if(sessions_.begin(), sessions_.end(),
                                    [slot](const auto& other) { return other->slot() > slot; });
    sessions_.insert(place, std::move(session));
}

void BusService::limit_bots(std::size_t most, std::string why) {
    most_bots_ = most;
    refusal_ = std::move(why);
}

void BusService::refuse(Segment segment, std::uint32_t slot) {
    ServiceSession session(std::move(segment), slot, options_.ring_bytes, md_, options_.wakes);
    session.send(Notice{.kind = NoticeKind::Error, .text = refusal_});
    // Release, pairs with the acquire in BusClient::dismissed: the notice is in the ring.
    session.words_->admission.store(layout::Admission::Refused, std::memory_order_release);
    control_->refused.store(control_->refused.load(std::memory_order_relaxed) + 1,
                            std::memory_order_relaxed);
    events_.push_back(
        {SessionChange::Refused, nullptr, session.client_name(), session.client_pid()});
    refused_[slot] = std::move(session.segment_);
}

void BusService::evict(ServiceSession& session, std::string_view why) {
    session.send(Notice{.kind = NoticeKind::Error, .text = std::string(why)});
    // Release, pairs with the acquire in BusClient::dismissed. Before the gate opens: a bot that
    // reads overwritten bytes can find out that it was no longer entitled to them.
    session.words_->admission.store(layout::Admission::Evicted, std::memory_order_release);
    if (options_.gated) md_.remove_gate(&session.words_->md_cursor);
}

void BusService::end(std::size_t index, SessionChange change) {
    if (options_.gated) md_.remove_gate(&sessions_[index]->words_->md_cursor);
    pass(FaultPoint::SessionEnding);
    const ServiceSession& session = *sessions_[index];
    events_.push_back(
        {change, sessions_[index].get(), session.client_name(), session.client_pid()});
    ended_.push_back(std::move(sessions_[index]));
    sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(index));
}

void BusService::free_ended() {
    // Until here the name kept new bots off the slot.
    for (const auto& session : ended_) unlink(session_path(name_, session->slot()).c_str());
    ended_.clear();
}

void BusService::publish(const Notice& notice) {
    const std::vector<std::byte> bytes = encode_notice(notice);
    std::byte* payload = md_.try_claim(bytes.size());
    if (payload == nullptr) return;  // a gated ring that is full
    std::memcpy(payload, bytes.data(), bytes.size());
    md_.publish(FrameType::Notice, bytes.size());
}

std::atomic<std::int64_t>* BusService::add_counter(std::string_view name) noexcept {
    auto* table = control_segment_.at<layout::CounterTable>(layout::kCountersOffset);
    // Relaxed: only this thread adds.
    const std::uint32_t count = table->counters.load(std::memory_order_relaxed);
    if (count == layout::kMaxCounters) return nullptr;
    layout::Counter& counter = table->counter[count];
    std::memcpy(counter.name, name.data(), std::min(name.size(), sizeof(counter.name) - 1));
    // Release, pairs with the acquire in BusObserver::counters: the name is complete.
    table->counters.store(count + 1, std::memory_order_release);
    return &counter.value;
}

namespace {

Segment open_control(std::string_view name) {
    SegmentState state = SegmentState::Missing;
    auto segment =
        Segment::open(control_path(name), layout::SegmentKind::Control, Access::ReadWrite, state);
    if (state == SegmentState::Forbidden) fail_forbidden_bus(name);
    if (!segment || !segment->owner_alive()) fail_unknown_bus(name);
    return std::move(*segment);
}

}  // namespace

void kill_bus(std::string_view name) {
    const Segment segment = open_control(name);
    // Release: pairs with the acquire in BusService::kills().
    segment.at<layout::BusControl>(layout::kControlOffset)
        ->kill.fetch_add(1, std::memory_order_release);
}

void revive_bus(std::string_view name) {
    const Segment segment = open_control(name);
    // Release: pairs with the acquire in BusService::revivals().
    segment.at<layout::BusControl>(layout::kControlOffset)
        ->revive.fetch_add(1, std::memory_order_release);
}

void accept_positions(std::string_view name) {
    const Segment segment = open_control(name);
    // Release: pairs with the acquire in BusService::acceptances().
    segment.at<layout::BusControl>(layout::kControlOffset)
        ->accept.fetch_add(1, std::memory_order_release);
}

void BusService::close() noexcept {
    if (control_ == nullptr) return;
    // Release, pairs with the acquire in BusClient::closed: everything sent lies in the rings.
    control_->state.store(layout::BusState::Closed, std::memory_order_release);
    control_ = nullptr;
    pass(FaultPoint::ServiceClearing);
    try {
        const BusDirectoryLock lock(name_);
        lock.clear();
        lock.remove();
    } catch (const Error&) {
        // The names stay; the next service of this name removes them.
    }
}

}  // namespace ringside::ipc
