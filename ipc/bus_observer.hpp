#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/venue_info.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/segment.hpp"
#include "ipc/session.hpp"

/// Looking at a bus from outside: everything is mapped read-only, nothing is held back or
/// disturbed, and a bus whose service died can still be read. What readers from here return may be
/// overwritten while it is read: RingReader::intact().
namespace ringside::ipc {

enum class ReadFrom { Oldest, Now };

/// One ring as its writer left it.
struct RingCounters {
    std::size_t capacity = 0;
    std::int64_t position =
        0;  ///< bytes published since the ring began, headers and padding included
    std::uint64_t frames = 0;  ///< published since the ring began
    std::uint64_t stalls = 0;  ///< times the writer met a full ring
};

class ObservedRing {
  public:
    ObservedRing(const layout::RingControl* control, const std::byte* data,
                 std::size_t capacity) noexcept
        : control_(control), data_(data), capacity_(capacity) {}
    RingReader reader(ReadFrom from) const noexcept;
    /// Where a reader goes on that was lapped or met damage: in the later half of what the ring
    /// holds, or at the next place behind the damage that the writer noted. At the position of
    /// `lost` if there is no such place yet.
    RingReader reader_after(const RingReader& lost) const noexcept;
    RingCounters counters() const noexcept;

  private:
    /// Behind the last published frame.
    RingReader at_end() const noexcept;
    std::optional<RingReader> enter_at(std::int64_t position) const noexcept;

    const layout::RingControl* control_;
    const std::byte* data_;
    std::size_t capacity_;
};

class ObservedSession {
  public:
    ObservedSession(Segment segment, std::uint32_t slot, std::size_t ring_bytes) noexcept;

    std::uint32_t slot() const noexcept { return slot_; }
    std::string client_name() const;
    std::int32_t client_pid() const noexcept { return segment_.header().creator_pid; }
    bool client_alive() const noexcept { return segment_.owner_alive(); }
    layout::Admission admission() const noexcept;
    /// Whether the bot said that it leaves.
    bool client_left() const noexcept;
    /// +1 for every few hundred looks of the bot at its progress.
    std::uint64_t heartbeat() const noexcept;
    /// Times the bot was lapped on the md ring, and the frames it missed by that.
    std::uint64_t md_overruns() const noexcept;
    std::uint64_t md_missed() const noexcept;
    /// Requests that the service could not use.
    std::uint64_t damaged_requests() const noexcept;
    const Segment& segment() const noexcept { return segment_; }
    Nanos promise() const noexcept;
    VenueProgress progress() const noexcept;
    /// Positions up to which the readers have given frames back, in steps of an eighth of a ring.
    std::int64_t md_cursor() const noexcept;
    std::int64_t request_cursor() const noexcept;
    std::int64_t response_cursor() const noexcept;

    ObservedRing requests() const noexcept;
    ObservedRing responses() const noexcept;

  private:
    Segment segment_;
    const layout::SessionWords* words_;
    std::uint32_t slot_;
    std::size_t ring_bytes_;
};

class BusObserver {
  public:
    /// Fails (Bus) if there is no such bus, running or dead.
    explicit BusObserver(std::string_view bus);

    const std::string& name() const noexcept { return bus_; }
    const VenueInfo& info() const noexcept { return info_; }
    std::int32_t service_pid() const noexcept { return control_segment_.header().creator_pid; }
    bool service_alive() const noexcept { return control_segment_.owner_alive(); }
    bool closed() const noexcept;
    /// VenueInfo as the service wrote it.
    std::span<const std::byte> info_message() const noexcept { return info_message_; }
    /// +1 whenever the service looks at its sessions.
    std::uint64_t heartbeat() const noexcept;
    std::uint64_t refused_bots() const noexcept;
    /// Times an operator demanded that trading ends.
    std::uint64_t kills() const noexcept;
    struct NamedCounter {
        std::string name;
        std::int64_t value = 0;
    };
    /// Figures that the service keeps, in its order.
    std::vector<NamedCounter> counters() const;
    /// Changes after a bot has named its session.
    std::uint64_t bell() const noexcept;
    const Segment& control_segment() const noexcept { return control_segment_; }
    const Segment& md_segment() const noexcept { return md_segment_; }
    bool md_gated() const noexcept { return md_gated_; }
    std::uint32_t session_slots() const noexcept { return session_slots_; }

    ObservedRing md() const noexcept;
    /// The sessions there are now; their mappings outlive the bots.
    std::vector<ObservedSession> sessions() const;
    std::optional<ObservedSession> session(std::uint32_t slot) const;
    /// Tells the sessions of one slot apart without mapping them; 0: none.
    std::uint64_t session_identity(std::uint32_t slot) const noexcept;

  private:
    std::string bus_;
    VenueInfo info_;
    std::vector<std::byte> info_message_;
    Segment control_segment_;
    Segment md_segment_;
    std::size_t md_bytes_ = 0;
    std::size_t session_ring_bytes_ = 0;
    std::uint32_t session_slots_ = 0;
    bool md_gated_ = true;
};

}  // namespace ringside::ipc
