#include "ipc/session.hpp"

#include <cstring>
#include <exception>

#include "ipc/fault_point.hpp"

namespace ringside::ipc {

std::size_t session_segment_bytes(std::size_t ring_bytes) noexcept {
    return layout::kBodyOffset + 2 * ring_bytes;
}

RingMap request_ring(const Segment& segment, std::size_t ring_bytes) noexcept {
    return {segment.at<layout::RingControl>(layout::kRequestRingOffset),
            segment.at<std::byte>(layout::kBodyOffset), ring_bytes};
}

RingMap response_ring(const Segment& segment, std::size_t ring_bytes) noexcept {
    return {segment.at<layout::RingControl>(layout::kResponseRingOffset),
            segment.at<std::byte>(layout::kBodyOffset + ring_bytes), ring_bytes};
}

void store_progress(layout::SessionWords& words, const VenueProgress& progress) noexcept {
    // Relaxed: only this thread writes the version. Odd while writing; a version found odd is one
    // whose writer died half way, and goes on from there.
    const std::uint64_t odd = words.progress_version.load(std::memory_order_relaxed) | 1;
    words.progress_version.store(odd, std::memory_order_relaxed);
    // Release: a reader that sees one of these also sees the odd version, and the response frames
    // published before; pairs with the acquires in load_progress.
    words.requests_seen.store(progress.requests_seen, std::memory_order_release);
    words.safe_until.store(progress.safe_until, std::memory_order_release);
    pass(FaultPoint::ProgressHalf);
    words.venue_now.store(progress.venue_now, std::memory_order_release);
    words.venue_last.store(progress.venue_last, std::memory_order_release);
    words.progress_version.store(odd + 1, std::memory_order_release);
}

bool load_progress(const layout::SessionWords& words, VenueProgress& progress) noexcept {
    constexpr int kAttempts = 64;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        // Acquire on every load keeps them in this order: equal even versions around the words mean
        // that none of them was written in between.
        const std::uint64_t before = words.progress_version.load(std::memory_order_acquire);
        if ((before & 1) != 0) continue;
        VenueProgress found;
        found.requests_seen = words.requests_seen.load(std::memory_order_acquire);
        found.safe_until = words.safe_until.load(std::memory_order_acquire);
        found.venue_now = words.venue_now.load(std::memory_order_acquire);
        found.venue_last = words.venue_last.load(std::memory_order_acquire);
        if (words.progress_version.load(std::memory_order_relaxed) != before) continue;
        progress = found;
        return true;
    }
    return false;
}

ServiceSession::ServiceSession(Segment segment, std::uint32_t slot, std::size_t ring_bytes,
                               const RingWriter& md, bool wakes) noexcept
    : segment_(std::move(segment)),
      words_(segment_.at<layout::SessionWords>(layout::kControlOffset)),
      slot_(slot),
      wakes_(wakes),
      requests_(request_ring(segment_, ring_bytes), 0, 0, &words_->request_cursor),
      responses_(response_ring(segment_, ring_bytes)) {
    responses_.add_gate(&words_->response_cursor);
    // Relaxed: the admission publishes all three.
    words_->md_cursor.store(md.position(), std::memory_order_relaxed);
    words_->md_start.store(md.position(), std::memory_order_relaxed);
    words_->md_start_sequence.store(md.sequence(), std::memory_order_relaxed);
}

bool ServiceSession::send(const Notice& notice) noexcept {
    try {
        const std::vector<std::byte> bytes = encode_notice(notice);
        std::byte* payload = responses_.try_claim(bytes.size());
        if (payload == nullptr) return false;
        std::memcpy(payload, bytes.data(), bytes.size());
        responses_.publish(FrameType::Notice, bytes.size());
        wake_bot();
        return true;
    } catch (const std::exception&) {
        return false;  // no memory for the words
    }
}

void ServiceSession::count_damaged_request() noexcept {
    // Relaxed: a statistic with one writer.
    words_->damaged_requests.store(words_->damaged_requests.load(std::memory_order_relaxed) + 1,
                                   std::memory_order_relaxed);
}

std::string ServiceSession::client_name() const {
    const auto& label = segment_.header().label;
    return {label, strnlen(label, sizeof(label))};
}

bool ServiceSession::send(const OrderResponse& response) noexcept {
    std::byte* payload = responses_.try_claim(kOrderResponseBytes);
    if (payload == nullptr) return false;
    encode(response, payload);
    responses_.publish(FrameType::OrderResponse, kOrderResponseBytes);
    wake_bot();
    return true;
}

}  // namespace ringside::ipc
