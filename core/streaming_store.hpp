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

/// Where words that are stored are going to be read.
enum class ReadOn : std::uint8_t { ThisCore, AnotherCore };

/// Stores words of eight bytes so as suits their reader: plainly, or past the caches.
template <ReadOn kReadOn, typename... Words>
inline void store_words(std::byte* to, Words... words) noexcept
    requires(sizeof...(words) % 2 == 0 && ((sizeof(words) == 8) && ...)) {
    if constexpr (kReadOn == ReadOn::AnotherCore) {
        streaming_store(to, words...);
    } else {
        ((std::memcpy(to, &words, sizeof(words)), to += sizeof(words)), ...);
    }
}

/// Orders these stores before every later one: release stores alone do not wait for them.
inline void streaming_done() noexcept {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

}  // namespace ringside
