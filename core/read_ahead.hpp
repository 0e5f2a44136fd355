#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "core/event_source.hpp"

namespace ringside {

/// Decodes a stream of rows front to back.
class RowReader {
  public:
    RowReader() = default;
    RowReader(const RowReader&) = delete;
    RowReader& operator=(const RowReader&) = delete;
    virtual ~RowReader() = default;

    /// Fills `out` from its start and returns how many rows; zero at the end. Throws Error at the
    /// place of a failure, after the rows before it were handed out. Called by one thread.
    virtual std::size_t read(std::span<Event> out) = 0;
};

struct ReadAheadOptions {
    std::size_t block_rows = 16 * 1024;  ///< 1 MiB
    /// Decoded blocks that wait for their consumer at most. Blocks that consumers hold come on top.
    std::size_t blocks = 8;
};

/// Runs the reader on a thread of its own, ahead of next(). Blocks stay valid after the source has
/// gone. An Error of the reader is thrown by next() after the rows before it, and by every later
/// one.
std::unique_ptr<EventSource> read_ahead(std::unique_ptr<RowReader> reader,
                                        ReadAheadOptions options = {});

}  // namespace ringside
