#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/check.hpp"
#include "ipc/fault_point.hpp"
#include "ipc/frame.hpp"
#include "ipc/ring.hpp"

namespace ringside::ipc {

/// The writing end of a ring: one thread of one process.
class RingWriter {
  public:
    static constexpr std::size_t kMaxGates = layout::kMaxSessions;

    RingWriter() noexcept = default;
    /// A ring as init_ring() left it with the same start.
    explicit RingWriter(const RingMap& ring, std::int64_t start = 0,
                        std::uint64_t start_sequence = 0) noexcept
        : control_(ring.control),
          data_(ring.data),
          capacity_(static_cast<std::int64_t>(ring.capacity)),
          position_(start),
          sequence_(start_sequence & frame::kSequenceMask),
          limit_(position_),
          gate_limit_(position_),
          intent_(position_),
          note_at_(position_),
          chunk_end_(position_) {
        RINGSIDE_CHECK(is_ring_size(ring.capacity));
    }

    /// Room for a payload of up to `payload_bytes`, 16 bytes past a 64-byte boundary; null when a
    /// gate does not allow it (never in a ring without gates). Claiming again drops an unpublished
    /// claim.
    std::byte* try_claim(std::size_t payload_bytes) noexcept {
        const std::int64_t size = frame::bytes(payload_bytes);
        const std::int64_t to_end = capacity_ - (position_ & (capacity_ - 1));
        const std::int64_t padding = size > to_end ? to_end : 0;
        if (position_ + padding + size > limit_) [[unlikely]] {
            if (!make_room(payload_bytes, position_ + padding + size)) return nullptr;
        }
        if (padding != 0) [[unlikely]]
            write_padding(padding);
        pass(FaultPoint::Claimed);
        return frame_at(position_) + layout::kFrameHeaderBytes;
    }

    /// Makes the last claim's first `payload_bytes` visible as one frame.
    void publish(FrameType type, std::size_t payload_bytes, std::uint8_t flags = 0) noexcept {
        const std::int64_t begin = position_;
        const std::int64_t size = frame::bytes(payload_bytes);
        RINGSIDE_CHECK(begin + size <= limit_ && (begin & (capacity_ - 1)) + size <= capacity_);
        store_frame(type, payload_bytes, flags, sequence_);
        position_ = begin + size;
        sequence_ = (sequence_ + 1) & frame::kSequenceMask;
        if (begin >= note_at_) [[unlikely]]
            take_note(begin);
        // The line was last read elsewhere. Asked for now, it is here when it is written; waiting
        // for it then would hold up every store behind it. Long frames overlap their own waits.
        if (size > kSmallFrame) return;
        for (std::int64_t at = begin; at < position_; at += layout::kFrameAlign) {
            detail::prefetch_to_write(frame_at(at + kPrefetchBytes));
        }
    }

    /// Lets the reader that owns this cursor hold the writer back. The cursor must not be behind
    /// position() - capacity; it stays mapped until removed.
    void add_gate(const std::atomic<std::int64_t>* cursor) noexcept {
        RINGSIDE_CHECK(gate_count_ < kMaxGates);
        gates_[gate_count_++] = cursor;
        limit_ = gate_limit_ = position_;
    }
    void remove_gate(const std::atomic<std::int64_t>* cursor) noexcept {
        for (std::size_t i = 0; i < gate_count_; ++i) {
            if (gates_[i] != cursor) continue;
            gates_[i] = gates_[--gate_count_];
            return;
        }
    }

    std::int64_t position() const noexcept { return position_; }   ///< of the next frame
    std::uint64_t sequence() const noexcept { return sequence_; }  ///< of the next frame
    std::size_t capacity() const noexcept { return static_cast<std::size_t>(capacity_); }
    std::size_t gates() const noexcept { return gate_count_; }

  private:
    static constexpr std::int64_t kPrefetchBytes = 8 * layout::kFrameAlign;

    std::byte* frame_at(std::int64_t position) const noexcept {
        return data_ + (position & (capacity_ - 1));
    }

    void store_frame(FrameType type, std::size_t payload_bytes, std::uint8_t flags,
                     std::uint64_t sequence) noexcept {
        layout::FrameHeader* header = detail::header_at(frame_at(position_));
        // Relaxed: published together with the payload by word0.
        header->word1.store(frame::word1(type, flags, sequence), std::memory_order_relaxed);
        pass(FaultPoint::FrameHalf);
        // Release, pairs with the acquire in RingReader::poll: publishes word1 and the payload. A
        // writer that dies before this line leaves the old word, which no reader takes for a frame.
        header->word0.store(frame::word0(position_, payload_bytes), std::memory_order_release);
        pass(FaultPoint::FramePublished);
    }

    void write_padding(std::int64_t bytes) noexcept {
        // Carries the next frame's sequence and does not use it up.
        store_frame(FrameType::Padding, static_cast<std::size_t>(bytes) - layout::kFrameHeaderBytes,
                    0, sequence_);
        const std::int64_t begin = position_;
        position_ += bytes;
        if (begin >= note_at_) take_note(begin);
    }

    /// For a frame that is the first to begin in its step: the tail's line is touched once a step,
    /// not once a message.
    [[gnu::noinline]] void take_note(std::int64_t begin) noexcept {
        const std::int64_t step = tail_step(capacity());
        note_at_ = (begin / step + 1) * step;
        if (begin >= chunk_end_) enter_chunk(begin);
        // A seqlock without fences, read by read_tail(): each release orders the one before it.
        control_->tail_begin.store(sequence_, std::memory_order_release);
        pass(FaultPoint::TailHalf);
        control_->tail.store(position_, std::memory_order_release);
        control_->tail_sequence.store(sequence_, std::memory_order_release);
    }

    void enter_chunk(std::int64_t begin) noexcept {
        const std::int64_t chunk_bytes = capacity_ / static_cast<std::int64_t>(layout::kRingChunks);
        const std::int64_t chunk = begin / chunk_bytes;
        chunk_end_ = (chunk + 1) * chunk_bytes;
        // Release, pairs with oldest_position(): the frame at `begin` is published before.
        control_->chunk_start[static_cast<std::size_t>(chunk) % layout::kRingChunks].store(
            begin, std::memory_order_release);
    }

    /// Slow path of try_claim: asks the gates again and announces the next chunk.
    [[gnu::noinline]] bool make_room(std::size_t payload_bytes, std::int64_t end) noexcept {
        RINGSIDE_CHECK(payload_bytes <= max_payload(capacity()));
        if (end > gate_limit_ && !read_gates(end)) return false;
        if (end > intent_) {
            const std::int64_t chunk_bytes =
                capacity_ / static_cast<std::int64_t>(layout::kRingChunks);
            intent_ = (end + chunk_bytes - 1) / chunk_bytes * chunk_bytes;
            // The fence keeps the following writes to frames behind the announcement; pairs with
            // the fence in RingReader::intact. A reader that saw any of those bytes sees this
            // intent.
            control_->intent.store(intent_, std::memory_order_relaxed);
            detail::fence_release();
            pass(FaultPoint::IntentRaised);
        }
        limit_ = gate_limit_ < intent_ ? gate_limit_ : intent_;
        return true;
    }

    bool read_gates(std::int64_t end) noexcept {
        std::int64_t slowest = position_;
        for (std::size_t i = 0; i < gate_count_; ++i) {
            // Acquire, pairs with the release in RingReader::release_now: the reader has finished
            // with the bytes before its cursor, so they may be overwritten. A cursor ahead of the
            // writer is a broken reader's; it counts as caught up.
            const std::int64_t cursor = gates_[i]->load(std::memory_order_acquire);
            if (cursor < slowest) slowest = cursor;
        }
        gate_limit_ = slowest + capacity_;
        if (end <= gate_limit_) {
            stalled_ = false;
            return true;
        }
        if (!stalled_) {
            stalled_ = true;
            // Relaxed: a statistic with one writer.
            control_->stalls.store(control_->stalls.load(std::memory_order_relaxed) + 1,
                                   std::memory_order_relaxed);
        }
        return false;
    }

    layout::RingControl* control_ = nullptr;
    std::byte* data_ = nullptr;
    std::int64_t capacity_ = 0;
    std::int64_t position_ = 0;
    std::uint64_t sequence_ = 0;
    std::int64_t limit_ = 0;       ///< the smaller of the next two
    std::int64_t gate_limit_ = 0;  ///< slowest cursor + capacity, as last read
    std::int64_t intent_ = 0;      ///< as announced
    std::int64_t note_at_ = 0;     ///< a frame from here on is noted in the tail
    std::int64_t chunk_end_ = 0;   ///< end of the chunk entered last
    std::size_t gate_count_ = 0;
    bool stalled_ = false;
    std::array<const std::atomic<std::int64_t>*, kMaxGates> gates_{};
};

}  // namespace ringside::ipc
