#include "ipc/bus_observer.hpp"

#include <algorithm>
#include <cstring>

#include <sys/stat.h>

#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/codec.hpp"

namespace ringside::ipc {
namespace {

using layout::SegmentKind;

// Relaxed loads in this file: figures for people, each on its own; nothing is read on their
// strength.
constexpr auto kForDisplay = std::memory_order_relaxed;

Segment open_any(std::string_view bus, const std::string& path, SegmentKind kind) {
    SegmentState state = SegmentState::Missing;
    auto segment = Segment::open(path, kind, Access::ReadOnly, state);
    if (segment) return std::move(*segment);
    if (state == SegmentState::OtherVersion) {
        fail(ExitCode::Bus, "bus '{}' was made by a build with another bus layout", bus);
    }
    if (state == SegmentState::Forbidden) fail_forbidden_bus(bus);
    fail_unknown_bus(bus);
}

}  // namespace

std::optional<RingReader> ObservedRing::enter_at(std::int64_t position) const noexcept {
    if (!is_position(position)) return std::nullopt;
    const std::byte* frame = data_ + (static_cast<std::size_t>(position) & (capacity_ - 1));
    const layout::FrameHeader* header = detail::header_at(frame);
    // Acquire, pairs with the release in RingWriter::store_frame.
    const std::uint64_t word0 = header->word0.load(std::memory_order_acquire);
    const std::uint64_t word1 = header->word1.load(std::memory_order_relaxed);
    if ((word0 >> 24) != frame::stamp(position)) return std::nullopt;
    return RingReader(control_, data_, capacity_, position, word1 >> 16);
}

RingReader ObservedRing::reader_after(const RingReader& lost) const noexcept {
    // Acquire: as in oldest_position().
    const std::int64_t tail = control_->tail.load(std::memory_order_acquire);
    if (!is_position(tail)) return lost;
    const bool lapped = lost.state() == ReadState::Lapped;
    const std::int64_t least =
        std::max(lost.position() + 1, lapped ? tail - static_cast<std::int64_t>(capacity_ / 2) : 0);
    std::int64_t place = tail;
    for (const auto& chunk : control_->chunk_start) {
        const std::int64_t start = chunk.load(std::memory_order_acquire);
        if (start >= least && start < place) place = start;
    }
    if (place < tail) {
        if (const auto entered = enter_at(place)) return *entered;
    }
    RingTail end;
    if (!lapped || !read_tail(*control_, end)) return lost;
    return {control_, data_, capacity_, end.position, end.sequence};
}

RingReader ObservedRing::reader(ReadFrom from) const noexcept {
    if (from == ReadFrom::Oldest) {
        if (const auto entered = enter_at(oldest_position(*control_, capacity_))) return *entered;
    }
    return at_end();
}

RingReader ObservedRing::at_end() const noexcept {
    for (int attempt = 0;; ++attempt) {
        RingTail tail;
        // A writer that died between the words leaves the frame before; its position is good to
        // start at.
        if (!read_tail(*control_, tail)) tail.sequence = control_->tail_begin.load(kForDisplay);
        if (!is_position(tail.position)) tail = {};
        RingReader reader(control_, data_, capacity_, tail.position, tail.sequence);
        // A writer that comes round again and again has its own tail noted long after this one.
        if (reader.to_end() || attempt == 3) return reader;
    }
}

RingCounters ObservedRing::counters() const noexcept {
    const RingReader end = at_end();
    return {.capacity = capacity_,
            .position = end.position(),
            .frames = end.next_sequence(),
            .stalls = control_->stalls.load(kForDisplay)};
}

ObservedSession::ObservedSession(Segment segment, std::uint32_t slot,
                                 std::size_t ring_bytes) noexcept
    : segment_(std::move(segment)),
      words_(segment_.at<layout::SessionWords>(layout::kControlOffset)),
      slot_(slot),
      ring_bytes_(ring_bytes) {}

std::string ObservedSession::client_name() const {
    const auto& label = segment_.header().label;
    return {label, strnlen(label, sizeof(label))};
}

layout::Admission ObservedSession::admission() const noexcept {
    return words_->admission.load(kForDisplay);
}
bool ObservedSession::client_left() const noexcept {
    // Acquire, pairs with the release in ~BusClient: the bot's last requests are in the ring.
    return words_->bot_state.load(std::memory_order_acquire) == layout::BotState::Left;
}
std::uint64_t ObservedSession::heartbeat() const noexcept {
    return words_->bot_heartbeat.load(kForDisplay);
}
std::uint64_t ObservedSession::md_overruns() const noexcept {
    return words_->md_overruns.load(kForDisplay);
}
std::uint64_t ObservedSession::md_missed() const noexcept {
    return words_->md_missed.load(kForDisplay);
}
std::uint64_t ObservedSession::damaged_requests() const noexcept {
    return words_->damaged_requests.load(kForDisplay);
}
Nanos ObservedSession::promise() const noexcept { return words_->promise.load(kForDisplay); }
VenueProgress ObservedSession::progress() const noexcept {
    VenueProgress progress;
    load_progress(*words_, progress);
    return progress;
}
std::int64_t ObservedSession::md_cursor() const noexcept {
    return words_->md_cursor.load(kForDisplay);
}
std::int64_t ObservedSession::request_cursor() const noexcept {
    return words_->request_cursor.load(kForDisplay);
}
std::int64_t ObservedSession::response_cursor() const noexcept {
    return words_->response_cursor.load(kForDisplay);
}

ObservedRing ObservedSession::requests() const noexcept {
    const RingMap ring = request_ring(segment_, ring_bytes_);
    return {ring.control, ring.data, ring.capacity};
}
ObservedRing ObservedSession::responses() const noexcept {
    const RingMap ring = response_ring(segment_, ring_bytes_);
    return {ring.control, ring.data, ring.capacity};
}

BusObserver::BusObserver(std::string_view bus) : bus_(bus) {
    control_segment_ = open_any(bus_, control_path(bus_), SegmentKind::Control);
    md_segment_ = open_any(bus_, md_path(bus_), SegmentKind::MarketData);
    const auto& control = *control_segment_.at<layout::BusControl>(layout::kControlOffset);
    md_bytes_ = control.md_ring_bytes;
    session_ring_bytes_ = control.session_ring_bytes;
    session_slots_ = control.session_slots;
    md_gated_ = control.md_gated != 0;
    if (!is_ring_size(md_bytes_) || md_segment_.size() != layout::kBodyOffset + md_bytes_ ||
        !is_ring_size(session_ring_bytes_) || session_slots_ > layout::kMaxSessions ||
        control.venue_info_bytes > control_segment_.size() - layout::kBodyOffset) {
        fail(ExitCode::Bus, "the control segment of bus '{}' is damaged", bus_);
    }
    const auto* message = control_segment_.at<std::byte>(layout::kBodyOffset);
    info_message_.assign(message, message + control.venue_info_bytes);
    info_ = decode_venue_info(info_message_);
}

std::uint64_t BusObserver::heartbeat() const noexcept {
    return control_segment_.at<layout::BusControl>(layout::kControlOffset)
        ->heartbeat.load(kForDisplay);
}
std::uint64_t BusObserver::refused_bots() const noexcept {
    return control_segment_.at<layout::BusControl>(layout::kControlOffset)
        ->refused.load(kForDisplay);
}
std::uint64_t BusObserver::bell() const noexcept {
    return control_segment_.at<layout::BusControl>(layout::kControlOffset)->bell.load(kForDisplay);
}

std::uint64_t BusObserver::kills() const noexcept {
    return control_segment_.at<layout::BusControl>(layout::kControlOffset)->kill.load(kForDisplay);
}

std::vector<BusObserver::NamedCounter> BusObserver::counters() const {
    const auto& table = *control_segment_.at<layout::CounterTable>(layout::kCountersOffset);
    // Acquire, pairs with the release in BusService::add_counter: the names are complete.
    const std::size_t count =
        std::min<std::size_t>(table.counters.load(std::memory_order_acquire), layout::kMaxCounters);
    std::vector<NamedCounter> list;
    for (std::size_t i = 0; i < count; ++i) {
        const layout::Counter& counter = table.counter[i];
        list.push_back({{counter.name, strnlen(counter.name, sizeof(counter.name))},
                        counter.value.load(kForDisplay)});
    }
    return list;
}

bool BusObserver::closed() const noexcept {
    const auto& control = *control_segment_.at<layout::BusControl>(layout::kControlOffset);
    return control.state.load(kForDisplay) == layout::BusState::Closed;
}

ObservedRing BusObserver::md() const noexcept {
    return {md_segment_.at<layout::RingControl>(layout::kControlOffset),
            md_segment_.at<std::byte>(layout::kBodyOffset), md_bytes_};
}

std::vector<ObservedSession> BusObserver::sessions() const {
    std::vector<ObservedSession> sessions;
    for (std::uint32_t slot = 0; slot < session_slots_; ++slot) {
        if (auto found = session(slot)) sessions.push_back(std::move(*found));
    }
    return sessions;
}

std::optional<ObservedSession> BusObserver::session(std::uint32_t slot) const {
    SegmentState state = SegmentState::Missing;
    auto segment =
        Segment::open(session_path(bus_, slot), SegmentKind::Session, Access::ReadOnly, state);
    if (!segment || segment->size() != session_segment_bytes(session_ring_bytes_)) {
        return std::nullopt;
    }
    return ObservedSession(std::move(*segment), slot, session_ring_bytes_);
}

std::uint64_t BusObserver::session_identity(std::uint32_t slot) const noexcept {
    struct stat status {};
    if (stat(session_path(bus_, slot).c_str(), &status) != 0) return 0;
    // An inode number may come again; with the time at which it got its name it does not.
    return static_cast<std::uint64_t>(status.st_ino) * 0x9e37'79b9'7f4a'7c15 ^
           static_cast<std::uint64_t>(status.st_ctim.tv_sec * kSecond + status.st_ctim.tv_nsec);
}

}  // namespace ringside::ipc
