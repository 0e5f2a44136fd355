#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "core/venue_info.hpp"
#include "ipc/frame.hpp"
#include "ipc/session.hpp"

/// What an observer sees happen on a bus, one thing at a time: the same live (BusTap) and from a
/// file (JournalReader), so that whatever prints, filters or counts need not know which.
namespace ringside::ipc {

enum class RecordKind : std::uint8_t {
    Unset = 0,
    Frame = 1,          ///< a message on a ring
    Gap = 2,            ///< frames that this observer did not get; GapNote
    Damage = 3,         ///< frames that nobody can read; GapNote
    Service = 4,        ///< the bus: its VenueInfo message; first of all
    ServiceEnded = 5,   ///< flags: 0 died, 1 said goodbye
    SessionOpened = 6,  ///< SessionNote
    SessionEnded = 7,   ///< flags: 0 died, 1 left
    Progress = 8,       ///< how the ends of a session pace each other, now and then; ProgressNote
};
inline constexpr RecordKind kLastRecordKind = RecordKind::Progress;

enum class BusRing : std::uint8_t { Unset = 0, MarketData = 1, Requests = 2, Responses = 3 };
inline constexpr BusRing kLastBusRing = BusRing::Responses;

/// Sessions are numbered by the observer in the order in which it met them.
inline constexpr std::uint32_t kNoSession = 0xffff'ffff;

struct BusRecord {
    RecordKind kind = RecordKind::Unset;
    BusRing ring = BusRing::Unset;      ///< of a Frame, Gap or Damage
    FrameType type = FrameType::Unset;  ///< of a Frame
    std::uint8_t flags = 0;
    std::uint32_t session = kNoSession;
    std::uint64_t sequence = 0;          ///< of the frame, or of the first that is missing
    Nanos seen_ts = 0;                   ///< wall clock of the observer
    std::span<const std::byte> payload;  ///< 8-byte aligned
};

struct GapNote {
    std::uint64_t count = 0;  ///< frames; 0: not known
};
struct SessionNote {
    std::uint32_t slot = 0;
    std::int32_t pid = 0;
    char name[64] = {};  ///< zero terminated
};
struct ProgressNote {
    Nanos promise = 0;
    VenueProgress progress;
};
static_assert(sizeof(SessionNote) == 72 && sizeof(ProgressNote) == 40);

/// The note in a record's payload; false if it is not one.
[[nodiscard]] bool read_note(const BusRecord& record, GapNote& note) noexcept;
[[nodiscard]] bool read_note(const BusRecord& record, SessionNote& note) noexcept;
[[nodiscard]] bool read_note(const BusRecord& record, ProgressNote& note) noexcept;

/// When it happened as its sender has it: a request's req_ts, a response's resp_ts, the first
/// event's local_ts, a notice's ts. kNever: it carries no time.
Nanos message_time(const BusRecord& record) noexcept;

/// Whether records of this kind explain later ones: names of sessions, instruments.
constexpr bool is_context(RecordKind kind) noexcept {
    return kind == RecordKind::Service || kind == RecordKind::SessionOpened;
}

const char* to_text(BusRing ring) noexcept;
const char* to_text(RecordKind kind) noexcept;

/// Frame of a record, for describe.hpp.
FrameView frame_of(const BusRecord& record) noexcept;

/// Who the numbered sessions are, and the instruments; fed with every record.
class BusNames {
  public:
    void see(const BusRecord& record);
    const VenueInfo& info() const noexcept { return info_; }
    /// `name#slot`, unique among sessions that run at one time; empty for no session.
    std::string session(std::uint32_t number) const;
    const SessionNote* note(std::uint32_t number) const noexcept;
    std::string symbol(AssetNo instrument) const;

  private:
    VenueInfo info_;
    std::vector<SessionNote> sessions_;
};

}  // namespace ringside::ipc
