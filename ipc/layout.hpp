#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "core/time.hpp"

/// Every struct that lies in shared memory. Plain words, no pointers; bytes nobody assigned are
/// zero.
///
///   <root>/<bus>/control          <root>/<bus>/md               <root>/<bus>/session-NNN
///   +------------------+ 0        +------------------+ 0        +------------------+ 0
///   | SegmentHeader    |          | SegmentHeader    |          | SegmentHeader    |
///   +------------------+ 4096     +------------------+ 4096     +------------------+ 4096
///   | BusControl       |          | RingControl      |          | SessionWords     |
///   +------------------+ 8192     +------------------+ 8192     |  + 1024 requests | RingControl
///   | VenueInfo message|          | md frames        |          |  + 2048 responses| RingControl
///   +------------------+          +------------------+          +------------------+ 8192
///   made by the service           made by the service           | request frames   |
///   bots ring its bell            bots map it read-only         | response frames  |
///                                                               +------------------+ made by the
///                                                               bot
///
/// A frame, always at a multiple of 64 bytes and never wrapping round the end of its ring:
///
///   0        3              8      9       10                16                       64
///   +--------+--------------+------+-------+-----------------+------------------------+----
///   | length | stamp        | type | flags | sequence        | payload: one Cap'n Proto message
///   | 24 bit | 40 bit       |  8   |   8   | 48 bit          | (segment table first)
///   +--------+--------------+------+-------+-----------------+------------------------+----
///   word 0: stored last      word 1
namespace ringside::ipc::layout {

static_assert(std::endian::native == std::endian::little);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free &&
              std::atomic<std::int64_t>::is_always_lock_free &&
              std::atomic<std::uint32_t>::is_always_lock_free);

/// Raised when a struct here changes width, order or meaning, or a mirrored message does.
inline constexpr std::uint32_t kLayoutVersion = 4;
inline constexpr std::uint64_t kMagic = 0x3144'4953'474e'4952;  // "RINGSID1"
inline constexpr std::uint32_t kByteOrder = 0x01020304;
inline constexpr std::size_t kPageBytes = 4096;
/// Two cache lines: the hardware fetches lines in pairs, so neighbours would still collide.
inline constexpr std::size_t kLinePair = 128;
inline constexpr std::size_t kFrameAlign = 64;
inline constexpr std::size_t kFrameHeaderBytes = 16;
inline constexpr std::size_t kMaxSessions = 256;

enum class SegmentKind : std::uint32_t { Unset = 0, Control = 1, MarketData = 2, Session = 3 };

/// First page of every segment. Complete before the segment has a name; never written afterwards.
struct SegmentHeader {
    std::uint64_t magic;
    std::uint32_t layout_version;
    std::uint32_t byte_order;
    SegmentKind kind;
    std::int32_t creator_pid;
    std::uint64_t creator_start_ticks;  ///< clock ticks from boot to the creator's start
    std::uint64_t size_bytes;           ///< of the whole segment
    char boot_id[40];                   ///< kernel's boot id, zero terminated
    char label[64];                     ///< bus name, or the bot's name for itself; zero terminated
};
static_assert(std::is_trivially_copyable_v<SegmentHeader> && sizeof(SegmentHeader) == 144);
static_assert(offsetof(SegmentHeader, kind) == 16 && offsetof(SegmentHeader, size_bytes) == 32);
static_assert(offsetof(SegmentHeader, boot_id) == 40 && offsetof(SegmentHeader, label) == 80);

struct FrameHeader {
    std::atomic<std::uint64_t> word0;  ///< length and stamp; publishes the frame
    std::atomic<std::uint64_t> word1;  ///< type, flags, sequence
};
static_assert(sizeof(FrameHeader) == kFrameHeaderBytes);

/// Chunks in which a writer announces what it is about to overwrite.
inline constexpr std::size_t kRingChunks = 16;

/// Everything about a ring but its frames. Written by its one writer only.
struct RingControl {
    std::uint64_t capacity;  ///< bytes, a power of two; constant
    std::uint8_t reserved0[kLinePair - 8];

    /// Bytes before this position may have been written; so those before intent - capacity may be
    /// gone. Ahead of the writer by up to a chunk, so that its line seldom changes hands.
    alignas(kLinePair) std::atomic<std::int64_t> intent;
    std::uint8_t reserved1[kLinePair - 8];

    /// End of a frame published lately and the sequence of the next, as one seqlock: stored once
    /// a step of the ring (tail_step), so that it costs messages next to nothing. Whoever looks for
    /// the end goes on from here frame by frame. No reader that keeps up does.
    alignas(kLinePair) std::atomic<std::uint64_t> tail_begin;  ///< stored before tail
    std::atomic<std::int64_t> tail;
    std::atomic<std::uint64_t>
        tail_sequence;                  ///< stored after tail; equals tail_begin when at rest
    std::atomic<std::uint64_t> stalls;  ///< times the writer met a full ring
    std::uint8_t reserved2[kLinePair - 32];

    /// Start of the first frame that begins in each chunk of the last lap: where an observer
    /// enters.
    alignas(kLinePair) std::atomic<std::int64_t> chunk_start[kRingChunks];
};
static_assert(sizeof(RingControl) == 512 && alignof(RingControl) == kLinePair);
static_assert(offsetof(RingControl, intent) == 128 && offsetof(RingControl, tail_begin) == 256);
static_assert(offsetof(RingControl, chunk_start) == 384);

enum class BusState : std::uint32_t { Unset = 0, Open = 1, Closed = 2 };

/// Second page of a bus's control segment.
struct BusControl {
    std::uint64_t md_ring_bytes;
    std::uint64_t session_ring_bytes;  ///< one direction
    std::uint32_t session_slots;
    std::uint32_t md_gated;          ///< 1: sessions gate the md ring; 0: the md ring is lossy
    std::uint64_t venue_info_bytes;  ///< length of the message in the third page and after
    std::atomic<BusState> state;     ///< service: Closed is its last word
    /// Where the service's thread last ran while it had nothing to do; a hint to bots.
    std::atomic<std::int32_t> processor;
    std::uint64_t epoch;  ///< tells this service from earlier ones of the same name; constant
    std::atomic<std::uint64_t> heartbeat;  ///< service: +1 whenever it looks at its sessions
    std::atomic<std::uint64_t> refused;    ///< service: bots it did not admit
    std::uint8_t reserved2[kLinePair - 64];

    alignas(kLinePair) std::atomic<std::uint64_t> bell;  ///< bots: +1 after they named a session
    std::atomic<std::uint64_t> kill;    ///< operators: +1 to stop all trading on this bus
    std::atomic<std::uint64_t> revive;  ///< operators: +1 to let it go on
    std::atomic<std::uint64_t> accept;  ///< operators: +1 to take the account's positions as right
    std::uint8_t reserved1[kLinePair - 32];

    /// The service's wake word (wake_word.hpp); bots wake it after a request.
    alignas(kLinePair) std::atomic<std::uint32_t> service_wake;
    std::uint32_t wakes;  ///< 1: both ends of a session wake each other; constant
    std::uint8_t reserved3[kLinePair - 8];
};
static_assert(sizeof(BusControl) == 384 && offsetof(BusControl, bell) == 128);
static_assert(offsetof(BusControl, kill) == 136);
static_assert(offsetof(BusControl, service_wake) == 256);

/// A figure that the service keeps for whoever looks from outside.
struct Counter {
    char name[48];  ///< zero terminated; complete before `counters` counts it
    std::atomic<std::int64_t> value;
    std::uint64_t reserved;
};
static_assert(sizeof(Counter) == 64);
inline constexpr std::size_t kMaxCounters = 54;

/// Behind BusControl in the second page of a control segment.
struct CounterTable {
    std::atomic<std::uint32_t> counters;  ///< how many are named
    std::uint32_t reserved[31];
    Counter counter[kMaxCounters];
};
static_assert(sizeof(CounterTable) == 128 + kMaxCounters * 64);

enum class BotState : std::uint32_t { Unset = 0, Joined = 1, Left = 2 };
enum class Admission : std::uint32_t {
    Unset = 0,
    Admitted = 1,
    Refused = 2,  ///< never admitted; a notice among the responses says why
    Evicted = 3,  ///< admitted once, no longer served; a notice says why
};

/// Second page of a session segment, up to its ring controls.
struct SessionWords {
    // The bot's lines: what the service polls, and what it seldom asks.
    std::atomic<std::int64_t> promise;  ///< ns; no later request carries a time before this
    std::atomic<BotState> bot_state;    ///< Left is the bot's last word
    std::uint32_t reserved0;
    std::uint64_t bus_epoch;  ///< BusControl::epoch of the service the bot means; constant
    std::uint8_t reserved1[kLinePair - 24];

    alignas(kLinePair) std::atomic<std::int64_t> md_cursor;  ///< the service's until admission
    std::atomic<std::int64_t> response_cursor;
    std::atomic<std::uint64_t> bot_heartbeat;  ///< +1 for every few hundred looks at the progress
    std::atomic<std::uint64_t> md_overruns;    ///< times the bot was lapped on the md ring
    std::atomic<std::uint64_t> md_missed;      ///< frames it did not get because of that
    std::uint8_t reserved2[kLinePair - 40];

    // The service's lines: the seqlock of VenueProgress, and what the bot seldom asks.
    alignas(kLinePair) std::atomic<std::uint64_t> progress_version;  ///< odd while being written
    std::atomic<std::uint64_t> requests_seen;
    std::atomic<std::int64_t> safe_until;
    std::atomic<std::int64_t> venue_now;
    std::atomic<std::int64_t> venue_last;
    std::uint8_t reserved3[kLinePair - 40];

    alignas(kLinePair) std::atomic<std::int64_t> request_cursor;
    std::atomic<std::int64_t> md_start;            ///< position of the bot's first md frame
    std::atomic<std::uint64_t> md_start_sequence;  ///< its sequence
    std::atomic<Admission> admission;
    std::uint32_t reserved4;
    std::atomic<std::uint64_t> damaged_requests;  ///< frames the service could not use
    std::uint8_t reserved5[kLinePair - 40];

    /// The bot's wake word; the service wakes it after responses and progress.
    alignas(kLinePair) std::atomic<std::uint32_t> bot_wake;
    std::uint8_t reserved6[kLinePair - 4];
};
static_assert(sizeof(SessionWords) == 640 && offsetof(SessionWords, md_cursor) == 128);
static_assert(offsetof(SessionWords, bot_wake) == 512);
static_assert(offsetof(SessionWords, progress_version) == 256);
static_assert(offsetof(SessionWords, request_cursor) == 384);

inline constexpr std::size_t kControlOffset =
    kPageBytes;  ///< BusControl, RingControl, SessionWords
inline constexpr std::size_t kBodyOffset = 2 * kPageBytes;  ///< message or frames
inline constexpr std::size_t kRequestRingOffset = kControlOffset + 1024;
inline constexpr std::size_t kResponseRingOffset = kControlOffset + 2048;
inline constexpr std::size_t kCountersOffset = kControlOffset + 512;
static_assert(sizeof(BusControl) <= 512 && 512 + sizeof(CounterTable) <= kPageBytes);
static_assert(sizeof(SegmentHeader) <= kPageBytes);
static_assert(sizeof(SessionWords) <= 1024 && sizeof(RingControl) <= 1024);

}  // namespace ringside::ipc::layout
