#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace ringside {

/// Writes a value to memory past the caches. A plain store first has to have the line from whoever
/// read it last, and leaves it to be fetched from this core's cache, which between distant cores
/// takes longer than all else about it. For bulk: a reader that waits for a single value finds it
/// sooner in a cache. `to` is aligned to 16 bytes and written front to back, line by line; nobody
/// may be told of the value before streaming_done().
template <typename T>
requires(std::is_trivially_copyable_v<T> &&
         sizeof(T) % 16 == 0) inline void streaming_store(std::byte* to, const T& value) noexcept {
#ifdef __SSE2__
    std::int64_t words[sizeof(T) / sizeof(std::int64_t)];
    std::memcpy(words, &value, sizeof(T));
    auto* const out = reinterpret_cast<__m128i*>(to);
    for (std::size_t i = 0; i < sizeof(T) / 16; ++i) {
        _mm_stream_si128(out + i, _mm_set_epi64x(words[2 * i + 1], words[2 * i]));
    }
#else
    std::memcpy(to, &value, sizeof(T));
#endif
}

/// Orders these stores before every later one: release stores alone do not wait for them.
inline void streaming_done() noexcept {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

}  // namespace ringside
