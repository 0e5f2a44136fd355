#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>

#include "core/check.hpp"
#include "ipc/ring_reader.hpp"
#include "ipc/ring_writer.hpp"

namespace ringside::bench {

/// 48 bytes: what shares a cache line with a frame's header.
using Small = std::array<std::uint64_t, 6>;
constexpr Small small_of(std::uint64_t n) { return {n, n, n, n, n, n}; }
inline void check(const Small& words, std::uint64_t n) {
    RINGSIDE_CHECK(words[0] == n && words[1] == n && words[2] == n && words[3] == n &&
                   words[4] == n && words[5] == n);
}

inline std::byte* claim(ipc::RingWriter& writer, std::size_t bytes) {
    std::byte* payload = nullptr;
    while ((payload = writer.try_claim(bytes)) == nullptr) {
    }
    return payload;
}
inline std::span<const std::byte> take(ipc::RingReader& reader) {
    ipc::FrameView view;
    while (!reader.poll(view)) {
    }
    return view.payload;
}

inline void put_small(ipc::RingWriter& writer, std::uint64_t n) {
    *new (claim(writer, sizeof(Small))) Small = small_of(n);
    writer.publish(ipc::FrameType::MarketData, sizeof(Small));
}
inline Small take_small(ipc::RingReader& reader) {
    Small words;
    std::memcpy(&words, take(reader).data(), sizeof(words));
    reader.release();
    return words;
}

}  // namespace ringside::bench
