#pragma once

#include <algorithm>
#include <cstdint>

#include "core/time.hpp"

namespace ringside::net {

/// How long to wait before each new attempt: doubling from `first` to `most`, and of that a random
/// part between a half and all, so that clients that were cut off together do not return together.
class Backoff {
  public:
    struct Options {
        Nanos first = 250 * kMillisecond;
        Nanos most = 30 * kSecond;
    };

    /// Equal seeds give equal waits.
    Backoff(Options options, std::uint64_t seed) noexcept : options_(options), state_(seed) {}

    Nanos next() noexcept {
        const Nanos whole = std::min(options_.most, wait_ == 0 ? options_.first : wait_);
        wait_ = std::min(options_.most, saturating_add(whole, whole));
        const auto half = static_cast<std::uint64_t>(whole / 2);
        return static_cast<Nanos>(half + random() % (half + 1));
    }
    void reset() noexcept { wait_ = 0; }

  private:
    std::uint64_t random() noexcept {  // SplitMix64
        std::uint64_t z = state_ += 0x9e3779b97f4a7c15U;
        z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
        z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
        return z ^ (z >> 31U);
    }

    Options options_;
    Nanos wait_ = 0;
    std::uint64_t state_;
};

}  // namespace ringside::net
