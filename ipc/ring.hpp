#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/check.hpp"
#include "ipc/layout.hpp"

namespace ringside::ipc {

/// Where a ring is mapped. `capacity` is the mapper's own copy: the one in shared memory is only
/// compared with it, never trusted.
struct RingMap {
    layout::RingControl* control = nullptr;
    std::byte* data = nullptr;
    std::size_t capacity = 0;
};

inline constexpr std::size_t kMinRingBytes = 4096;
inline constexpr std::size_t kMaxRingBytes = std::size_t{1} << 26;

constexpr bool is_ring_size(std::size_t bytes) noexcept {
    return bytes >= kMinRingBytes && bytes <= kMaxRingBytes && (bytes & (bytes - 1)) == 0;
}

/// Whether a position read from shared memory can be one: a frame boundary, and far from where
/// arithmetic with it would overflow.
constexpr bool is_position(std::int64_t position) noexcept {
    return position >= 0 && position < (std::int64_t{1} << 62) &&
           position % static_cast<std::int64_t>(layout::kFrameAlign) == 0;
}

/// Largest payload of a ring: with its padding it never needs more than half of the ring, so a
/// claim always succeeds once the readers have caught up.
constexpr std::size_t max_payload(std::size_t capacity) noexcept {
    return capacity / 4 - layout::kFrameHeaderBytes;
}

/// Makes an empty ring of zeroed memory, before anybody else can see it.
inline void init_ring(const RingMap& ring, std::int64_t start = 0,
                      std::uint64_t start_sequence = 0) noexcept {
    RINGSIDE_CHECK(is_ring_size(ring.capacity));
    RINGSIDE_CHECK(start >= 0 && start % static_cast<std::int64_t>(layout::kFrameAlign) == 0);
    // Relaxed: the segment's name, or the thread's start, publishes all of this.
    ring.control->capacity = ring.capacity;
    ring.control->intent.store(start, std::memory_order_relaxed);
    ring.control->tail.store(start, std::memory_order_relaxed);
    ring.control->tail_begin.store(start_sequence, std::memory_order_relaxed);
    ring.control->tail_sequence.store(start_sequence, std::memory_order_relaxed);
    for (auto& chunk : ring.control->chunk_start) chunk.store(start, std::memory_order_relaxed);
}

namespace detail {

inline layout::FrameHeader* header_at(std::byte* frame) noexcept {
    return reinterpret_cast<layout::FrameHeader*>(frame);
}
inline const layout::FrameHeader* header_at(const std::byte* frame) noexcept {
    return reinterpret_cast<const layout::FrameHeader*>(frame);
}

// ThreadSanitizer does not model fences; threads under it test gated rings, which have none.
#pragma GCC diagnostic push
#if defined(__SANITIZE_THREAD__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wtsan"
#endif
inline void fence_acquire() noexcept { std::atomic_thread_fence(std::memory_order_acquire); }
inline void fence_release() noexcept { std::atomic_thread_fence(std::memory_order_release); }
#pragma GCC diagnostic pop

/// Asks for a cache line to be written soon; changes nothing.
inline void prefetch_to_write(const std::byte* line) noexcept {
#if defined(__x86_64__)
    // By name, because compilers use it for some processors only; the others take it for a no-op.
    asm volatile("prefetchw %0" : : "m"(*line));
#else
    __builtin_prefetch(line, 1);
#endif
}

}  // namespace detail

/// Bytes of a frame up to which the ways of fetching it are chosen for streams of such frames.
inline constexpr std::int64_t kSmallFrame = 4 * layout::kFrameAlign;

/// The tail is noted when a frame begins in another step of the ring than the one before.
constexpr std::int64_t tail_step(std::size_t capacity) noexcept {
    const auto chunk = static_cast<std::int64_t>(capacity / layout::kRingChunks);
    return chunk < 1024 ? chunk : 1024;
}

}  // namespace ringside::ipc
