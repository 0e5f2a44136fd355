#include "ipc/bus_observer.hpp"

#include <cstring>

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
    fail_unknown_bus(bus);
}

}  // namespace

RingReader ObservedRing::reader(ReadFrom from) const noexcept {
    if (from == ReadFrom::Oldest) {
        const std::int64_t position = oldest_position(*control_, capacity_);
        const std::byte* frame = data_ + (static_cast<std::size_t>(position) & (capacity_ - 1) &
                                          ~(layout::kFrameAlign - 1));
        const layout::FrameHeader* header = detail::header_at(frame);
        // Acquire, pairs with the release in RingWriter::store_frame.
        const std::uint64_t word0 = header->word0.load(std::memory_order_acquire);
        const std::uint64_t word1 = header->word1.load(std::memory_order_relaxed);
        if ((word0 >> 24) == frame::stamp(position)) {
            return {control_, data_, capacity_, position, word1 >> 16};
        }
    }
    RingTail tail;
    // A writer that died between the words leaves the frame before; its position is good to start
    // at.
    if (!read_tail(*control_, tail)) tail.sequence = control_->tail_begin.load(kForDisplay);
    return {control_, data_, capacity_, tail.position, tail.sequence};
}

RingCounters ObservedRing::counters() const noexcept {
    RingTail tail;
    read_tail(*control_, tail);
    return {.capacity = capacity_,
            .position = tail.position,
            .frames = tail.sequence,
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

bool ObservedSession::admitted() const noexcept {
    return words_->admission.load(kForDisplay) == layout::Admission::Admitted;
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
    info_ = decode_venue_info(
        {control_segment_.at<std::byte>(layout::kBodyOffset), control.venue_info_bytes});
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
        SegmentState state = SegmentState::Missing;
        auto segment =
            Segment::open(session_path(bus_, slot), SegmentKind::Session, Access::ReadOnly, state);
        if (!segment || segment->size() != session_segment_bytes(session_ring_bytes_)) continue;
        sessions.emplace_back(std::move(*segment), slot, session_ring_bytes_);
    }
    return sessions;
}

}  // namespace ringside::ipc
