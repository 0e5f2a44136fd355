#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/event.hpp"

namespace ringside::ipc {

/// Writes a cache line, word by word, to memory past the caches. A plain store first has to have
/// the line from whoever read it last, which between distant cores takes longer than all else about
/// it. For bulk: a reader that waits for a single message finds it sooner in a cache. `to` is
/// aligned to 64 bytes; nobody may be told of the line before streaming_done().
template <typename... Words>
void streaming_store(std::byte* to, Words... words) noexcept
    requires(sizeof...(Words) == 8 && ((sizeof(Words) == 8) && ...)) {
    // Never as an array: a line that was just filled word by word would have to reach the cache
    // before it could be loaded in pairs.
    const auto store = [to](auto a, auto b, auto c, auto d, auto e, auto f, auto g, auto h) {
#ifdef __SSE2__
        const auto pair = [](auto low, auto high) {
            return _mm_set_epi64x(std::bit_cast<std::int64_t>(high),
                                  std::bit_cast<std::int64_t>(low));
        };
        auto* const out = reinterpret_cast<__m128i*>(to);
        _mm_stream_si128(out, pair(a, b));
        _mm_stream_si128(out + 1, pair(c, d));
        _mm_stream_si128(out + 2, pair(e, f));
        _mm_stream_si128(out + 3, pair(g, h));
#else
        std::byte* at = to;
        const auto put = [&at](auto word) {
            std::memcpy(at, &word, sizeof(word));
            at += sizeof(word);
        };
        put(a), put(b), put(c), put(d), put(e), put(f), put(g), put(h);
#endif
    };
    store(words...);
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

}  // namespace ringside::ipc
