#include "ipc/bus_client.hpp"

#include <cstring>

#include "core/error.hpp"
#include "ipc/bus_directory.hpp"
#include "ipc/codec.hpp"
#include "ipc/fault_point.hpp"
#include "ipc/wait_strategy.hpp"
#include "ipc/wake_word.hpp"

namespace ringside::ipc {
namespace {

using layout::SegmentKind;

Segment open_live(std::string_view bus, const std::string& path, SegmentKind kind, Access access) {
    SegmentState state = SegmentState::Missing;
    auto segment = Segment::open(path, kind, access, state);
    if (state == SegmentState::OtherVersion) {
        fail(ExitCode::Bus,
             "the service of bus '{}' was built with another bus layout: use the same "
             "release of Ringside on both sides",
             bus);
    }
    if (state == SegmentState::Forbidden) fail_forbidden_bus(bus);
    if (!segment || !segment->owner_alive()) fail_unknown_bus(bus);
    return std::move(*segment);
}

}  // namespace

BusClient::BusClient(std::string_view bus, std::string_view client_name) : bus_(bus) {
    map_service();
    take_slot(client_name);
}

void BusClient::map_service() {
    control_segment_ = open_live(bus_, control_path(bus_), SegmentKind::Control, Access::ReadWrite);
    control_ = control_segment_.at<layout::BusControl>(layout::kControlOffset);
    // Nothing of ours lies in the md segment, so it cannot be damaged from here.
    md_segment_ = open_live(bus_, md_path(bus_), SegmentKind::MarketData, Access::ReadOnly);
    md_bytes_ = control_->md_ring_bytes;
    md_gated_ = control_->md_gated != 0;
    wakes_ = control_->wakes != 0;
    if (!is_ring_size(md_bytes_) || md_segment_.size() != layout::kBodyOffset + md_bytes_ ||
        !is_ring_size(control_->session_ring_bytes) ||
        control_->session_slots > layout::kMaxSessions ||
        control_->venue_info_bytes > control_segment_.size() - layout::kBodyOffset) {
        fail(ExitCode::Bus, "the control segment of bus '{}' is damaged: restart its service",
             bus_);
    }
    info_ = decode_venue_info(
        {control_segment_.at<std::byte>(layout::kBodyOffset), control_->venue_info_bytes});
}

void BusClient::take_slot(std::string_view client_name) {
    const std::size_t ring_bytes = control_->session_ring_bytes;
    session_segment_ = Segment::create(bus_path(bus_), SegmentKind::Session,
                                       session_segment_bytes(ring_bytes), client_name);
    words_ = session_segment_.at<layout::SessionWords>(layout::kControlOffset);
    words_->bus_epoch = control_->epoch;
    // Relaxed: published by the segment's name.
    words_->bot_state.store(layout::BotState::Joined, std::memory_order_relaxed);
    const RingMap requests = request_ring(session_segment_, ring_bytes);
    const RingMap responses = response_ring(session_segment_, ring_bytes);
    init_ring(requests);
    init_ring(responses);
    requests_ = RingWriter(requests);
    requests_.add_gate(&words_->request_cursor);
    responses_ = RingReader(responses, 0, 0, &words_->response_cursor);

    // A name can be given once: the first free one is ours alone, until the service takes it away.
    for (slot_ = 0; slot_ < control_->session_slots; ++slot_) {
        if (!session_segment_.publish_as(session_path(bus_, slot_))) continue;
        pass(FaultPoint::SessionNamed);
        // Release, pairs with the acquire in BusService::poll_sessions: the name is there.
        control_->bell.fetch_add(1, std::memory_order_release);
        if (wakes_) WakeWord::wake(control_->service_wake);
        return;
    }
    fail(ExitCode::Bus,
         "all {} session slots of bus '{}' are taken: end a bot, or start the service "
         "with more slots",
         control_->session_slots, bus_);
}

BusClient::~BusClient() {
    // Release, pairs with the acquire in ServiceSession::bot_left: the last requests are in the
    // ring.
    words_->bot_state.store(layout::BotState::Left, std::memory_order_release);
}

bool BusClient::admitted() noexcept {
    if (admitted_) return true;
    // Acquire, pairs with the release in BusService::admit: md_start and md_cursor are set.
    if (words_->admission.load(std::memory_order_acquire) != layout::Admission::Admitted)
        return false;
    // Relaxed: ordered by the admission.
    const std::int64_t start = words_->md_start.load(std::memory_order_relaxed);
    if (!is_position(start)) return false;  // no service of ours wrote this
    admitted_ = true;
    const std::uint64_t sequence = words_->md_start_sequence.load(std::memory_order_relaxed);
    const auto* control = md_segment_.at<layout::RingControl>(layout::kControlOffset);
    const auto* data = md_segment_.at<std::byte>(layout::kBodyOffset);
    md_ = RingReader(control, data, md_bytes_, start, sequence, &words_->md_cursor, md_gated_);
    return true;
}

bool BusClient::dismissed() const noexcept {
    // Acquire, pairs with the release in BusService::refuse and evict: the notice is in the ring.
    const layout::Admission admission = words_->admission.load(std::memory_order_acquire);
    return admission == layout::Admission::Refused || admission == layout::Admission::Evicted;
}

std::string BusClient::dismissal() {
    FrameView frame;
    std::string text;
    while (responses_.poll(frame)) {
        if (frame.type != FrameType::Notice) continue;
        const Notice notice = decode_notice(frame.payload);
        if (notice.kind == NoticeKind::Error) text = notice.text;
    }
    responses_.release();
    return text.empty() ? "its service does not serve this bot" : text;
}

bool BusClient::resync_md(Gap& gap) noexcept {
    if (!md_.resync(gap)) return false;
    // Relaxed: statistics with one writer.
    words_->md_overruns.store(words_->md_overruns.load(std::memory_order_relaxed) + 1,
                              std::memory_order_relaxed);
    words_->md_missed.store(words_->md_missed.load(std::memory_order_relaxed) + gap.count,
                            std::memory_order_relaxed);
    return true;
}

void BusClient::beat() noexcept {
    // Relaxed: a sign of life for observers, with one writer.
    words_->bot_heartbeat.store(words_->bot_heartbeat.load(std::memory_order_relaxed) + 1,
                                std::memory_order_relaxed);
}

void BusClient::wait_admitted(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    SpinThenYield wait;
    while (!admitted()) {
        if (dismissed()) fail(ExitCode::Bus, "bus '{}': {}", bus_, dismissal());
        if (closed() || !service_alive()) {
            fail(ExitCode::Bus, "the service of bus '{}' ended before it admitted this bot", bus_);
        }
        if (std::chrono::steady_clock::now() > deadline) {
            fail(ExitCode::Bus,
                 "the service of bus '{}' runs but did not admit this bot within {} ms", bus_,
                 timeout.count());
        }
        wait.idle();
    }
}

SendResult BusClient::send(const OrderRequest& request) noexcept {
    std::byte* payload = requests_.try_claim(kOrderRequestBytes);
    if (payload == nullptr) return SendResult::RingFull;
    encode(request, payload);
    requests_.publish(FrameType::OrderRequest, kOrderRequestBytes);
    if (wakes_) WakeWord::wake(control_->service_wake);
    return SendResult::Sent;
}

SendResult BusClient::send(const Notice& notice) {
    const std::vector<std::byte> bytes = encode_notice(notice);
    std::byte* payload = requests_.try_claim(bytes.size());
    if (payload == nullptr) return SendResult::RingFull;
    std::memcpy(payload, bytes.data(), bytes.size());
    requests_.publish(FrameType::Notice, bytes.size());
    if (wakes_) WakeWord::wake(control_->service_wake);
    return SendResult::Sent;
}

}  // namespace ringside::ipc
