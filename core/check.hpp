#pragma once

#include <cstdio>
#include <cstdlib>

/// Stops the process when one of our own invariants is broken. Always on: a wrong number is worse
/// than no number.
#define RINGSIDE_CHECK(condition)                                                                  \
    do {                                                                                           \
        if (!(condition)) [[unlikely]] {                                                           \
            std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition); \
            std::abort();                                                                          \
        }                                                                                          \
    } while (false)
