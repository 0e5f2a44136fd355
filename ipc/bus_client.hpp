#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/order.hpp"
#include "core/venue_info.hpp"
#include "ipc/codec.hpp"
#include "ipc/processor.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/segment.hpp"
#include "ipc/session.hpp"

namespace ringside::ipc {

enum class SendResult : std::uint8_t {
    Sent = 0,
    RingFull = 1,  ///< the service is behind; nothing was sent
};

/// A bot's end of a session on one bus. One thread.
class BusClient {
  public:
    /// Takes a free slot; the service admits it later. Fails (Bus) if there is no such bus, or no
    /// slot; (Io) if there is no room for the rings.
    BusClient(std::string_view bus, std::string_view client_name);
    BusClient(const BusClient&) = delete;
    BusClient& operator=(const BusClient&) = delete;
    /// Leaves: the service sees a bot that went on purpose.
    ~BusClient();

    /// Takes a slot and waits until the service has admitted the bot. Fails (Bus) if the service
    /// ends or does not answer in time.
    static BusClient connect(std::string_view bus, std::string_view client_name,
                             std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
        return BusClient(bus, client_name, timeout);
    }

    /// Whether the service has admitted the bot; md() has nothing before.
    bool admitted() noexcept;
    /// Whether the service does not, or no longer, serve this bot: it is one too many, or was
    /// evicted. What it reads from md() after that may be overwritten meanwhile.
    bool dismissed() const noexcept;
    /// What the service said when it dismissed the bot; takes the responses before it.
    std::string dismissal();
    /// Waits until the bot is admitted, as connect() does.
    void wait_admitted(std::chrono::milliseconds timeout);

    const VenueInfo& info() const noexcept { return info_; }
    std::uint32_t slot() const noexcept { return slot_; }

    /// Everything published after admission. On a lossy bus each view needs md().intact(view).
    RingReader& md() noexcept { return md_; }
    /// After md() was lapped: goes on at its end, says what was missed, and counts it where
    /// observers see it. False: try again.
    bool resync_md(Gap& gap) noexcept;
    bool md_gated() const noexcept { return md_gated_; }
    RingWriter& requests() noexcept { return requests_; }
    RingReader& responses() noexcept { return responses_; }

    SendResult send(const OrderRequest& request) noexcept;

    SendResult send(const Notice& notice);

    /// No later request will carry a time before this.
    void set_promise(Nanos time) noexcept {
        // Release, pairs with the acquire in ServiceSession::promise: requests sent before are in
        // the ring for whoever sees this promise.
        words_->promise.store(time, std::memory_order_release);
        if (wakes_) WakeWord::wake(control_->service_wake);
    }
    /// What the venue's side published last. Ask first, then drain responses(): those it announces
    /// are there.
    const VenueProgress& progress() noexcept {
        load_progress(*words_, progress_);
        if (++looks_ % kLooksPerBeat == 0) [[unlikely]]
            beat();
        return progress_;
    }

    /// Whether the service's process runs. A system call: for waits, not for hot loops.
    bool service_alive() const noexcept { return control_segment_.owner_alive(); }
    /// Whether the service said goodbye. What it sent before is in the rings: drain them after
    /// seeing either this or a dead service.
    bool closed() const noexcept {
        // Acquire, pairs with the release in BusService::close.
        return control_->state.load(std::memory_order_acquire) == layout::BusState::Closed;
    }

    /// For a thread that waits for the service: moves it elsewhere if it runs where the service
    /// wants to run.
    void make_way() const noexcept {
        // Relaxed: a hint.
        const int service = control_->processor.load(std::memory_order_relaxed);
        if (current_processor() == service) leave_processor(service);
    }

    /// Whether the ends of the bus's sessions wake each other.
    bool wakes() const noexcept { return wakes_; }
    /// For a SpinThenFutex of this thread, which the service ends after a response or progress if
    /// the bus has `wakes`.
    std::atomic<std::uint32_t>* wake_word() noexcept { return &words_->bot_wake; }

  private:
    static constexpr std::uint32_t kLooksPerBeat = 256;

    BusClient(std::string_view bus, std::string_view client_name, std::chrono::milliseconds timeout)
        : BusClient(bus, client_name) {
        wait_admitted(timeout);
    }
    void map_service();
    void beat() noexcept;
    void take_slot(std::string_view client_name);

    std::string bus_;
    VenueInfo info_;
    Segment control_segment_;
    Segment md_segment_;
    Segment session_segment_;
    layout::BusControl* control_ = nullptr;
    layout::SessionWords* words_ = nullptr;
    std::size_t md_bytes_ = 0;
    std::uint32_t slot_ = 0;
    bool md_gated_ = true;
    bool admitted_ = false;
    bool wakes_ = false;
    std::uint32_t looks_ = 0;
    RingReader md_;
    RingWriter requests_;
    RingReader responses_;
    VenueProgress progress_;
};

}  // namespace ringside::ipc
