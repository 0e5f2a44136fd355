#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/venue_info.hpp"
#include "ipc/ring.hpp"
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
    RingCounters counters() const noexcept;

  private:
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
    bool admitted() const noexcept;
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
    bool md_gated() const noexcept { return md_gated_; }
    std::uint32_t session_slots() const noexcept { return session_slots_; }

    ObservedRing md() const noexcept;
    /// The sessions there are now; their mappings outlive the bots.
    std::vector<ObservedSession> sessions() const;

  private:
    std::string bus_;
    VenueInfo info_;
    Segment control_segment_;
    Segment md_segment_;
    std::size_t md_bytes_ = 0;
    std::size_t session_ring_bytes_ = 0;
    std::uint32_t session_slots_ = 0;
    bool md_gated_ = true;
};

}  // namespace ringside::ipc
