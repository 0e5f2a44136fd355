#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/check.hpp"
#include "ipc/fault_point.hpp"
#include "ipc/frame.hpp"
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

/// End of a published frame and the sequence of the next.
struct RingTail {
    std::int64_t position = 0;
    std::uint64_t sequence = 0;
};

/// The tail as it was noted: at most the frames of one step are behind it, RingReader::to_end()
/// finds them. False while the writer is between the words, or died there, or wrote nonsense.
inline bool read_tail(const layout::RingControl& control, RingTail& tail) noexcept {
    for (int attempt = 0; attempt < 64; ++attempt) {
        // Acquire, pairs with the releases in RingWriter::take_note, read in the opposite order:
        // the position read belongs to the sequence if no store of another lies on either side of
        // it.
        tail.sequence = control.tail_sequence.load(std::memory_order_acquire);
        tail.position = control.tail.load(std::memory_order_acquire);
        if (control.tail_begin.load(std::memory_order_acquire) == tail.sequence) {
            return is_position(tail.position);
        }
    }
    return false;
}

/// Start of the oldest frame known to be whole; 0 if the words cannot be right.
inline std::int64_t oldest_position(const layout::RingControl& control,
                                    std::size_t capacity) noexcept {
    // Acquire: pairs with enter_chunk. Intent is read last so that it is not older than the starts;
    // what it still lets through, RingReader::intact refuses.
    std::array<std::int64_t, layout::kRingChunks> starts{};
    for (std::size_t i = 0; i < starts.size(); ++i) {
        starts[i] = control.chunk_start[i].load(std::memory_order_acquire);
    }
    const std::int64_t intent = control.intent.load(std::memory_order_acquire);
    std::int64_t oldest = control.tail.load(std::memory_order_acquire);
    if (!is_position(intent) || !is_position(oldest)) return 0;
    for (const std::int64_t start : starts) {
        const bool there =
            is_position(start) && start >= intent - static_cast<std::int64_t>(capacity);
        if (there && start < oldest) oldest = start;
    }
    return oldest;
}

enum class ReadState : std::uint8_t {
    Reading = 0,
    Lapped = 1,   ///< overwritten before it was read: resync() goes on at the tail
    Corrupt = 2,  ///< a published frame whose length cannot be: nothing after it can be found
};

/// Frames that a reader did not get.
struct Gap {
    std::uint64_t first = 0;  ///< sequence of the first missed frame
    std::uint64_t count = 0;
};

/// The reading end of a ring: one thread. Gated, its cursor holds the writer back. Otherwise the
/// writer may overwrite what it reads: every view must be confirmed by intact() after use, and a
/// cursor only shows others how far it came.
class RingReader {
  public:
    /// Sees nothing.
    RingReader() noexcept : control_(&kNoControl), data_(kNoFrame), capacity_(64) {}
    /// Starts at a frame boundary with the sequence found there. The ring itself may be mapped
    /// read-only.
    RingReader(const layout::RingControl* control, const std::byte* data, std::size_t capacity,
               std::int64_t position, std::uint64_t sequence,
               std::atomic<std::int64_t>* cursor = nullptr, bool gated = true) noexcept
        : control_(control),
          data_(data),
          capacity_(static_cast<std::int64_t>(capacity)),
          position_(position),
          sequence_(sequence & frame::kSequenceMask),
          cursor_(cursor),
          gated_(gated && cursor != nullptr),
          released_(position) {}
    RingReader(const RingMap& ring, std::int64_t position, std::uint64_t sequence,
               std::atomic<std::int64_t>* cursor) noexcept
        : RingReader(ring.control, ring.data, ring.capacity, position, sequence, cursor) {}

    /// The next frame, checked: it lies inside the ring, in order, and is of a known type. False:
    /// not there yet, or state() says why there will be none.
    bool poll(FrameView& view) noexcept {
        for (;;) {
            const std::byte* frame = data_ + (position_ & (capacity_ - 1));
            const layout::FrameHeader* header = detail::header_at(frame);
            // Acquire, pairs with the release in RingWriter::store_frame: word1 and the payload are
            // whole once the stamp is this position's.
            const std::uint64_t word0 = header->word0.load(std::memory_order_acquire);
            if ((word0 >> 24) != frame::stamp(position_)) {
                // The second line of the frame to come, so that it travels with the first.
                __builtin_prefetch(frame + layout::kFrameAlign);
                if (!gated_) check_lapped();
                return false;
            }
            const std::uint64_t length = word0 & frame::kLengthMask;
            // Relaxed: ordered by word0's acquire.
            const std::uint64_t word1 = header->word1.load(std::memory_order_relaxed);
            const auto type = static_cast<FrameType>(word1 & 0xff);
            if (word1 >> 16 != sequence_ || type == FrameType::Unset || type > kLastFrameType ||
                frame::bytes(length) > capacity_ - (position_ & (capacity_ - 1))) [[unlikely]] {
                if (!skip_corrupt(length)) return false;
                continue;
            }
            const std::int64_t begin = position_;
            step_over(frame::bytes(length));
            if (type == FrameType::Padding) [[unlikely]]
                continue;
            view.type = type;
            view.flags = static_cast<std::uint8_t>(word1 >> 8);
            view.sequence = sequence_;
            view.position = begin;
            view.payload = {frame + layout::kFrameHeaderBytes, length};
            sequence_ = (sequence_ + 1) & frame::kSequenceMask;
            return true;
        }
    }

    /// Gives back every frame polled so far. Tells the writer in steps of an eighth of the ring: it
    /// can always claim more than half of the ring when nothing is left to read.
    void release() noexcept {
        if (position_ - released_ >= capacity_ / 8) release_now();
    }
    void release_now() noexcept {
        released_ = position_;
        // Release, pairs with the acquire in RingWriter::make_room: our reads of the frames are
        // done before the writer may overwrite them.
        if (cursor_ != nullptr) cursor_->store(position_, std::memory_order_release);
    }

    /// Whether the frame was still whole after everything read from it so far. Always true behind a
    /// gate; without one, what was read counts only if this is true.
    bool intact(const FrameView& view) noexcept {
        if (gated_) return true;
        // Pairs with the fence in RingWriter::make_room: had a byte we read been overwritten, the
        // load below would see the intent that came before.
        detail::fence_acquire();
        if (control_->intent.load(std::memory_order_relaxed) <= view.position + capacity_)
            return true;
        // The lost range begins with this frame, which the reader has stepped past.
        position_ = view.position;
        sequence_ = view.sequence;
        state_ = ReadState::Lapped;
        return false;
    }

    /// After Lapped: goes on behind the last published frame and says what was missed. False: try
    /// again, the writer is just publishing.
    bool resync(Gap& gap) noexcept {
        RingTail tail;
        if (!read_tail(*control_, tail)) return false;
        RingReader ahead = *this;
        ahead.position_ = tail.position;
        ahead.sequence_ = tail.sequence;
        ahead.state_ = ReadState::Reading;
        if (!ahead.to_end()) return false;
        gap.first = sequence_;
        gap.count = (ahead.sequence_ - sequence_) & frame::kSequenceMask;
        *this = ahead;
        return true;
    }

    /// Steps over what lies between a noted tail and the last published frame. False: the writer
    /// has come round, and nothing that was read counts.
    bool to_end() noexcept {
        const std::int64_t from = position_;
        FrameView view;
        // No more than a step holds, so that a writer in full flow does not keep us here.
        for (std::int64_t most = tail_step(static_cast<std::size_t>(capacity_)) / 64;
             most > 0 && poll(view); --most) {
        }
        detail::fence_acquire();  // as in intact()
        return control_->intent.load(std::memory_order_relaxed) <= from + capacity_;
    }

    ReadState state() const noexcept { return state_; }
    std::int64_t position() const noexcept { return position_; }
    std::uint64_t next_sequence() const noexcept { return sequence_; }
    /// Frames whose header was wrong and whose place was stepped over.
    std::uint64_t corrupt_frames() const noexcept { return corrupt_frames_; }

  private:
    void step_over(std::int64_t bytes) noexcept {
        if (bytes == last_small_) {
            // The same sum as below. But where small frames are of one size the processor foresees
            // this branch, and with it the next frame's place before this one's length has come.
            asm volatile("");
            position_ += last_small_;
            return;
        }
        if (bytes <= kSmallFrame) last_small_ = bytes;
        position_ += bytes;
    }

    void check_lapped() noexcept {
        // Relaxed: a hint that the frame will not come any more; nothing is read on its strength.
        // The line changes once per chunk, so asking while idle costs the writer nothing.
        if (control_->intent.load(std::memory_order_relaxed) > position_ + capacity_) {
            state_ = ReadState::Lapped;
        }
    }

    /// False if reading cannot go on.
    [[gnu::noinline]] bool skip_corrupt(std::uint64_t length) noexcept {
        if (state_ != ReadState::Reading) return false;
        if (!gated_) {
            detail::fence_acquire();  // as in intact(): the header itself may have been overwritten
            check_lapped();
            if (state_ == ReadState::Lapped) return false;
        }
        ++corrupt_frames_;
        if (frame::bytes(length) > capacity_ - (position_ & (capacity_ - 1))) {
            state_ = ReadState::Corrupt;
            return false;
        }
        position_ += frame::bytes(length);
        sequence_ = (sequence_ + 1) & frame::kSequenceMask;
        return true;
    }

    static const layout::RingControl kNoControl;
    alignas(layout::kFrameAlign) static const std::byte kNoFrame[layout::kFrameAlign];

    const layout::RingControl* control_ = nullptr;
    const std::byte* data_ = nullptr;
    std::int64_t capacity_ = 0;
    std::int64_t position_ = 0;
    std::uint64_t sequence_ = 0;
    std::atomic<std::int64_t>* cursor_ = nullptr;
    bool gated_ = false;
    std::int64_t released_ = 0;
    std::int64_t last_small_ = 0;  ///< bytes of the last small frame
    std::uint64_t corrupt_frames_ = 0;
    ReadState state_ = ReadState::Reading;
};

inline const layout::RingControl RingReader::kNoControl{};
alignas(layout::kFrameAlign) inline const std::byte RingReader::kNoFrame[layout::kFrameAlign]{};

}  // namespace ringside::ipc
