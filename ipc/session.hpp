#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/order.hpp"
#include "core/time.hpp"
#include "ipc/codec.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/segment.hpp"
#include "ipc/wake_word.hpp"

/// A session: one bot's pair of rings on one bus, and the words by which the two ends pace each
/// other.
namespace ringside::ipc {

/// How far the venue's side of one session has come.
struct VenueProgress {
    std::uint64_t requests_seen = 0;  ///< requests of this session taken so far
    /// Every response with resp_ts <= this that stems from those requests has been sent.
    Nanos safe_until = 0;
    Nanos venue_now = 0;   ///< venue time reached
    Nanos venue_last = 0;  ///< venue time of the last event that concerned this session
    bool operator==(const VenueProgress&) const = default;
};

/// Size and parts of a session segment.
std::size_t session_segment_bytes(std::size_t ring_bytes) noexcept;
RingMap request_ring(const Segment& segment, std::size_t ring_bytes) noexcept;
RingMap response_ring(const Segment& segment, std::size_t ring_bytes) noexcept;

/// Seqlock over VenueProgress, one writer. Its writes are ordered behind the response frames that
/// it announces.
void store_progress(layout::SessionWords& words, const VenueProgress& progress) noexcept;
/// False when the writer is (or died) half way: what was known before still holds.
bool load_progress(const layout::SessionWords& words, VenueProgress& progress) noexcept;

/// The service's end.
class ServiceSession {
  public:
    /// Over a segment that a bot made; `md` is where the bot joins the md ring.
    ServiceSession(Segment segment, std::uint32_t slot, std::size_t ring_bytes,
                   const RingWriter& md, bool wakes = false) noexcept;

    std::uint32_t slot() const noexcept { return slot_; }
    std::string client_name() const;
    std::int32_t client_pid() const noexcept { return segment_.header().creator_pid; }

    RingReader& requests() noexcept { return requests_; }
    RingWriter& responses() noexcept { return responses_; }

    /// No request that is not yet in the ring carries a time before this. Ask first, then drain
    /// requests().
    Nanos promise() const noexcept {
        // Acquire, pairs with the release in BusClient::set_promise: requests published before the
        // promise are seen by a poll after this load.
        return words_->promise.load(std::memory_order_acquire);
    }
    /// After the responses that it announces.
    void publish_progress(const VenueProgress& progress) noexcept {
        store_progress(*words_, progress);
        wake_bot();
    }
    /// False: the ring is full, and the bot does not read.
    bool send(const OrderResponse& response) noexcept;
    /// Rare words for the bot; allocates.
    bool send(const Notice& notice) noexcept;

    /// A request that cannot be used is counted where observers see it.
    void count_damaged_request() noexcept;

    /// Position in the md ring up to which the bot has given frames back.
    std::int64_t md_cursor() const noexcept {
        // Relaxed: for display; the gate in RingWriter orders the reuse of frames.
        return words_->md_cursor.load(std::memory_order_relaxed);
    }

  private:
    friend class BusService;
    void wake_bot() noexcept {
        if (wakes_) WakeWord::wake(words_->bot_wake);
    }
    bool bot_left() const noexcept {
        // Acquire, pairs with the release in ~BusClient: the bot's last requests are in the ring.
        return words_->bot_state.load(std::memory_order_acquire) == layout::BotState::Left;
    }

    Segment segment_;
    layout::SessionWords* words_;
    std::uint32_t slot_;
    bool wakes_;
    RingReader requests_;
    RingWriter responses_;
};

}  // namespace ringside::ipc
