#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ipc/frame.hpp"
#include "ipc/ring.hpp"

namespace ringside::ipc {

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
