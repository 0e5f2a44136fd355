#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/venue_info.hpp"
#include "ipc/codec.hpp"
#include "ipc/processor.hpp"
#include "ipc/ring_writer.hpp"
#include "ipc/segment.hpp"
#include "ipc/session.hpp"

namespace ringside::ipc {

struct BusOptions {
    std::size_t md_ring_bytes = std::size_t{4} << 20;  ///< a power of two
    std::uint32_t session_slots = 64;                  ///< bots at a time
    std::size_t ring_bytes = std::size_t{256}
                             << 10;  ///< of a session, one direction; a power of two
    bool gated = true;  ///< sessions hold the md ring back (replay); false: it overwrites (live)
    /// Each end of a session wakes the other if it sleeps (SpinThenFutex); costs a fence a message.
    bool wakes = false;
    /// Members of this group may use the bus; empty: only its user may.
    std::string group{};
    /// Of the md ring.
    SegmentPages md_pages{};
};

enum class SessionChange : std::uint8_t {
    Attached = 0,
    Detached = 1,  ///< the bot said it leaves
    Died = 2,      ///< the bot's process ended without saying so
    Refused = 3,   ///< the bot was one too many
};

struct SessionEvent {
    SessionChange change = SessionChange::Attached;
    ServiceSession* session = nullptr;  ///< null when refused
    std::string client_name;
    std::int32_t client_pid = 0;
};

/// The venue service's end of a bus, which exists while this does. One thread.
class BusService {
  public:
    /// Fails (Bus) if another service runs under this name; takes over what a dead one left.
    BusService(std::string_view name, const BusOptions& options, const VenueInfo& info);
    static BusService create(std::string_view name, const BusOptions& options,
                             const VenueInfo& info) {
        return BusService(name, options, info);
    }
    BusService(const BusService&) = delete;
    BusService& operator=(const BusService&) = delete;
    ~BusService() { close(); }

    const std::string& name() const noexcept { return name_; }
    RingWriter& md() noexcept { return md_; }
    /// Attached sessions by slot number.
    std::span<const std::unique_ptr<ServiceSession>> sessions() const noexcept { return sessions_; }

    /// Admits bots that came, and notices those that left or died. A few system calls: for every
    /// few hundred turns of a loop; a death is seen within five calls. A
    /// session that ended no longer gates the md ring; its rings stay readable (a bot's last
    /// requests are in them) until the next call, which frees its slot.
    std::span<const SessionEvent> poll_sessions();

    /// For a thread that is about to wait: tells the bots where it runs, so that they wait
    /// elsewhere.
    void show_processor() noexcept {
        // Relaxed: a hint. Stored only when it changes, for the bots read this line.
        const int processor = current_processor();
        if (control_->processor.load(std::memory_order_relaxed) != processor)
            control_->processor.store(processor, std::memory_order_relaxed);
    }

    /// From now on at most so many bots are attached at a time; others are told why and never
    /// gate anything. Those who are attached already stay.
    void limit_bots(std::size_t most, std::string why);

    /// Ends a bot's service against its will: from here on it gates nothing, whether it runs or is
    /// stopped, and its wish to use what it reads is up to it (BusClient::dismissed). Reported as
    /// Detached or Died later, when it goes; until then it keeps its slot.
    void evict(ServiceSession& session, std::string_view why);

    /// Words for all bots and observers, in their place between the market data; allocates.
    void publish(const Notice& notice);

    /// A figure that observers see under this name; null when there is no room for another. Stays
    /// valid until close().
    std::atomic<std::int64_t>* add_counter(std::string_view name) noexcept;

    /// Times an operator demanded that trading ends, and that it goes on.
    std::uint64_t kills() const noexcept {
        // Acquire: pairs with the release in kill_bus().
        return control_->kill.load(std::memory_order_acquire);
    }
    std::uint64_t revivals() const noexcept {
        // Acquire: pairs with the release in revive_bus().
        return control_->revive.load(std::memory_order_acquire);
    }

    /// Times an operator said that the account's positions are right as the venue has them.
    std::uint64_t acceptances() const noexcept {
        // Acquire: pairs with the release in accept_positions().
        return control_->accept.load(std::memory_order_acquire);
    }

    /// For a SpinThenFutex of this thread, which bots end after a request if the bus has `wakes`.
    std::atomic<std::uint32_t>* wake_word() noexcept { return &control_->service_wake; }

    /// Says goodbye: bots see the bus closed rather than lost; what is in the rings stays readable
    /// for those who have them mapped.
    void close() noexcept;

  private:
    void make_segments(const VenueInfo& info);
    void free_ended();
    void test_next_lock();
    bool is_attached(std::uint32_t slot) const noexcept;
    void admit(std::uint32_t slot);
    void refuse(Segment segment, std::uint32_t slot);
    void end(std::size_t index, SessionChange change);

    std::string name_;
    BusOptions options_;
    Segment control_segment_;
    Segment md_segment_;
    layout::BusControl* control_ = nullptr;
    RingWriter md_;
    std::vector<std::unique_ptr<ServiceSession>> sessions_;
    std::vector<std::unique_ptr<ServiceSession>> ended_;
    std::vector<SessionEvent> events_;
    std::vector<Segment> refused_;  ///< by slot; kept mapped until their bots have gone
    std::size_t most_bots_ = layout::kMaxSessions;
    std::string refusal_;
    std::uint64_t bell_heard_ = 0;
    std::uint32_t next_slot_ = 0;   ///< to look at although no bell rang
    std::size_t next_session_ = 0;  ///< whose lock to test
};

/// Demands that the service of a bus ends all trading. Fails (Bus) if it does not run.
void kill_bus(std::string_view name);
/// Lets trading go on that was ended so. Fails likewise.
void revive_bus(std::string_view name);
/// Says that the account's positions are right as the venue has them. Fails likewise.
void accept_positions(std::string_view name);

}  // namespace ringside::ipc
