#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "ipc/layout.hpp"

namespace ringside::ipc {

enum class FrameType : std::uint8_t {
    Unset = 0,
    Padding = 1,  ///< fills a ring up to its end; readers step over it
    MarketData = 2,
    OrderRequest = 3,
    OrderResponse = 4,
    VenueInfo = 5,
    Notice = 6,
};
inline constexpr FrameType kLastFrameType = FrameType::Notice;

/// Flag of a MarketData frame: its events are the book before the first event.
inline constexpr std::uint8_t kSnapshotFlag = 1;

/// A frame where it lies. Good until its reader releases it (gated ring), or until it is
/// overwritten (RingReader::intact tells).
struct FrameView {
    FrameType type = FrameType::Unset;
    std::uint8_t flags = 0;
    std::uint64_t sequence = 0;  ///< +1 per frame of a ring; 48 bits
    std::int64_t position = 0;   ///< of the frame's first byte since the ring began
    std::span<const std::byte> payload;
};

namespace frame {

inline constexpr std::uint64_t kLengthMask = (1ULL << 24) - 1;
inline constexpr std::uint64_t kStampMask = (1ULL << 40) - 1;
inline constexpr std::uint64_t kSequenceMask = (1ULL << 48) - 1;

/// Bytes that a payload takes in a ring.
constexpr std::int64_t bytes(std::size_t payload) noexcept {
    return static_cast<std::int64_t>(
        (payload + layout::kFrameHeaderBytes + layout::kFrameAlign - 1) &
        ~(layout::kFrameAlign - 1));
}

/// Mark of a frame published at this position. One-to-one over 2^46 bytes and never zero in the
/// first of them, so neither fresh memory nor a header of an earlier lap passes for it. An old
/// payload word could only by chance (2^-40, and its length would have to fit as well): the odd
/// multiplier spreads the stamps so that small integers, times and prices do not come near them.
constexpr std::uint64_t stamp(std::int64_t position) noexcept {
    constexpr std::uint64_t kOdd = 0x9e37'79b9'7f4a'7c15;
    const std::uint64_t line = static_cast<std::uint64_t>(position) / layout::kFrameAlign + 1;
    return (line * kOdd) & kStampMask;
}

constexpr std::uint64_t word0(std::int64_t position, std::size_t payload) noexcept {
    return (stamp(position) << 24) | payload;
}
constexpr std::uint64_t word1(FrameType type, std::uint8_t flags, std::uint64_t sequence) noexcept {
    return static_cast<std::uint64_t>(type) | (std::uint64_t{flags} << 8) | (sequence << 16);
}

}  // namespace frame
}  // namespace ringside::ipc
