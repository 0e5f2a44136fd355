#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"

namespace ringside::bench {

/// A ring that holds its writer back for its one reader, to be laid in memory that two processes
/// share.
template <std::size_t kBytes>
struct SharedRing {
    alignas(128) std::atomic<std::int64_t> cursor;
    alignas(128) ipc::layout::RingControl control;
    alignas(4096) std::byte data[kBytes];

    ipc::RingMap map() { return {&control, data, kBytes}; }
    ipc::RingWriter writer() {
        init_ring(map());
        ipc::RingWriter gated(map());
        gated.add_gate(&cursor);
        return gated;
    }
    ipc::RingReader reader() { return {map(), 0, 0, &cursor}; }
};

}  // namespace ringside::bench
