#pragma once

namespace ringside {

#if defined(__x86_64__) && !defined(__AVX2__)
template <typename Body>
[[gnu::target("avx2")]] void run_with_avx2(Body body) {
    body();
}
#endif

/// Runs loops over arrays, a lambda that is always_inline, compiled for the widest vectors that
/// this processor has. For bodies so long that asking does not count. By value: of what lies
/// elsewhere a loop's stores might change the captured bounds and pointers, and then it has no
/// vectors.
template <typename Body>
void run_widest(Body body) {
#if defined(__x86_64__) && !defined(__AVX2__)
    if (__builtin_cpu_supports("avx2")) return run_with_avx2(body);
#endif
    body();
}

}  // namespace ringside
