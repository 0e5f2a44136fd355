#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/event.hpp"

namespace ringside {

/// Writes words, two by two, to memory past the caches. A plain store first has to have the line
/// from whoever read it last, and leaves it to be fetched from this core's cache, which between
/// distant cores takes longer than all else about it. For bulk, front to back and in whole cache
/// lines: a reader that waits for a single message finds it sooner in a cache. `to` is aligned to
/// 16 bytes; nobody may be told of the words before streaming_done().
template <typename Low, typename High, typename... Rest>
inline void streaming_store(std::byte* to, Low low, High high, Rest... rest) noexcept
    requires(sizeof(Low) == 8 && sizeof(High) == 8) {
    // Never as an array: a line that was just filled word by word would have to reach the cache
    // before it could be loaded in pairs.
#ifdef __SSE2__
    _mm_stream_si128(
        reinterpret_cast<__m128i*>(to),
        _mm_set_epi64x(std::bit_cast<std::int64_t>(high), std::bit_cast<std::int64_t>(low)));
#else
    std::memcpy(to, &low, sizeof(low));
    std::memcpy(to + sizeof(low), &high, sizeof(high));
#endif
    if constexpr (sizeof...(rest) > 0) streaming_store(to + 16, rest...);
}
inline void streaming_store(std::byte* to, const Event& e) noexcept {
    streaming_store(to, e.ev, e.exch_ts, e.local_ts, e.px, e.qty, e.order_id, e.ival, e.fval);
}

/// Orders these stores before every later one: release stores alone do not wait for them.
inline void streaming_done() noexcept {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

}  // namespace ringside
