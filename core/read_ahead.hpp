#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/event_source.hpp"
#include "core/streaming_store.hpp"

namespace ringside {

/// A stream of rows, front to back.
class RowReader {
  public:
    RowReader() = default;
    RowReader(const RowReader&) = delete;
    RowReader& operator=(const RowReader&) = delete;
    virtual ~RowReader() = default;

    /// The next rows, no more than `storage` holds; none at the end. They are decoded into
    /// `storage`, or lie elsewhere and outlive the reader. Throws Error at the place of a failure,
    /// after the rows before it were handed out. Called by one thread.
    virtual std::span<const Event> read(std::span<Event> storage) = 0;

    /// The next rows as updates on a grid and what their rows have in common; returns how many, at
    /// most as `updates` holds. None where the stream has the next rows in no such form: read()
    /// has them. What was stored for another core needs streaming_done().
    virtual std::size_t read_updates(const Grid& /*grid*/, std::span<MarketUpdate> /*updates*/,
                                     RowColumns& /*columns*/, ReadOn /*read_on*/) {
        return 0;
    }
};

struct ReadAheadOptions {
    /// With their updates 384 KiB: the passes over a block find it in a near cache.
    std::size_t block_rows = 4 * 1024;
    /// Decoded blocks that wait for their consumer at most. Blocks that consumers hold come on top.
    std::size_t blocks = 16;

    /// Of one of so many streams that are read at the same time: what waits of all together is
    /// bounded, too.
    static ReadAheadOptions one_of(std::size_t streams) noexcept;
};

class DecodeThreads;
/// Threads for read_ahead() of several streams.
std::shared_ptr<DecodeThreads> start_decode_threads(std::size_t count);

/// Several streams read one after the other.
std::unique_ptr<RowReader> concatenated(std::vector<std::unique_ptr<RowReader>> parts);

/// Runs the reader on one of `threads`, or a thread of its own, ahead of next(), and works out the
/// rows' updates there. Blocks stay valid after the source has gone. An Error of the reader is
/// thrown by next() after the rows before it, and by every later one.
std::unique_ptr<EventSource> read_ahead(std::unique_ptr<RowReader> reader, const Grid& grid,
                                        ReadAheadOptions options = {},
                                        std::shared_ptr<DecodeThreads> threads = {});

/// The same without a thread: next() decodes, few rows at a time. For where every processor is
/// taken by threads that cannot go on without each other: one more would stop them both.
std::unique_ptr<EventSource> read_in_turn(std::unique_ptr<RowReader> reader, const Grid& grid);

/// Which of the two.
enum class Decoding : std::uint8_t { Ahead, InTurn };

}  // namespace ringside
