#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace ringside {

/// Random integers that are the same on every machine: xoshiro256** seeded by splitmix64, and
/// distributions made of comparisons, shifts and products only.
class Random {
  public:
    explicit Random(std::uint64_t seed) noexcept {
        for (auto& word : state_) {
            seed += 0x9e3779b97f4a7c15;
            std::uint64_t z = seed;
            z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
            z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
            word = z ^ (z >> 31);
        }
    }

    std::uint64_t next() noexcept {
        const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
        const std::uint64_t shifted = state_[1] << 17;
        state_[2] ^= state_[0];
        state_[3] ^= state_[1];
        state_[1] ^= state_[2];
        state_[0] ^= state_[3];
        state_[2] ^= shifted;
        state_[3] = std::rotl(state_[3], 45);
        return result;
    }

    /// Uniform in [0, limit); uneven by less than limit / 2^32.
    std::int64_t below(std::uint32_t limit) noexcept {
        return static_cast<std::int64_t>(((next() >> 32) * limit) >> 32);
    }
    bool percent(std::uint32_t chance) noexcept { return below(100) < chance; }

    /// Exponentially distributed with mean `mean`, rounded down; `mean` below 2^31. Von Neumann's
    /// method: a uniform x is kept with probability exp(-x), which is that of the numbers drawn
    /// after it falling an even number of times in a row.
    std::int64_t exponential(std::int64_t mean) noexcept {
        for (std::int64_t whole = 0;; whole += mean) {
            const std::uint64_t first = next() >> 32;
            bool keep = true;
            for (std::uint64_t last = first, drawn = next() >> 32; drawn < last;
                 drawn = next() >> 32) {
                last = drawn;
                keep = !keep;
            }
            if (keep) {
                return whole +
                       static_cast<std::int64_t>((first * static_cast<std::uint64_t>(mean)) >> 32);
            }
        }
    }

  private:
    std::array<std::uint64_t, 4> state_{};
};

}  // namespace ringside
