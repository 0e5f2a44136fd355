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

/// Writes an event's cache line to memory past the caches. A plain store first has to have the line
/// from whoever read it last, which between distant cores takes longer than all else about it. For
/// bulk: a reader that waits for a single message finds it sooner in a cache. `to` is aligned to 64
/// bytes; nobody may be told of the event before streaming_done().
inline void streaming_store(std::byte* to, const Event& event) noexcept {
#ifdef __SSE2__
    const auto pair = [](auto low, auto high) {
        return _mm_set_epi64x(std::bit_cast<std::int64_t>(high), std::bit_cast<std::int64_t>(low));
    };
    auto* const out = reinterpret_cast<__m128i*>(to);
    _mm_stream_si128(out, pair(event.ev, event.exch_ts));
    _mm_stream_si128(out + 1, pair(event.local_ts, event.px));
    _mm_stream_si128(out + 2, pair(event.qty, event.order_id));
    _mm_stream_si128(out + 3, pair(event.ival, event.fval));
#else
    std::memcpy(to, &event, sizeof(event));
#endif
}

/// Orders these stores before every later one: release stores alone do not wait for them.
inline void streaming_done() noexcept {
#ifdef __SSE2__
    _mm_sfence();
#endif
}

}  // namespace ringside::ipc
