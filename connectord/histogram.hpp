#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "core/time.hpp"

namespace ringside::connectord {

/// Durations, counted in bins that are an eighth of their value wide.
class Histogram {
  public:
    void add(Nanos duration) noexcept {
        const auto value = static_cast<std::uint64_t>(std::max<Nanos>(duration, 0));
        ++bins_[bin_of(value)];
        ++count_;
        most_ = std::max(most_, static_cast<Nanos>(value));
    }
    std::uint64_t count() const noexcept { return count_; }
    Nanos most() const noexcept { return most_; }
    /// Upper end of the bin in which this share of all is reached; 0 if there is none.
    Nanos quantile(double share) const noexcept {
        if (count_ == 0) return 0;
        const auto wanted = static_cast<std::uint64_t>(share * static_cast<double>(count_));
        std::uint64_t seen = 0;
        for (std::size_t i = 0; i < bins_.size(); ++i) {
            seen += bins_[i];
            if (seen > wanted || seen == count_) return std::min(end_of(i), most_);
        }
        return most_;
    }

  private:
    static constexpr unsigned kSubBits = 3;

    static std::size_t bin_of(std::uint64_t value) noexcept {
        if (value < (1U << kSubBits)) return value;
        const auto exponent = static_cast<unsigned>(std::bit_width(value)) - 1 - kSubBits;
        return (std::size_t{exponent + 1} << kSubBits) + ((value >> exponent) & 7U);
    }
    static Nanos end_of(std::size_t bin) noexcept {
        if (bin < (1U << kSubBits)) return static_cast<Nanos>(bin);
        const std::size_t exponent = (bin >> kSubBits) - 1;
        const std::uint64_t first = ((bin & 7U) | 8U) << exponent;
        return static_cast<Nanos>(first + (std::uint64_t{1} << exponent) - 1);
    }

    std::array<std::uint64_t, 64 << kSubBits> bins_{};
    std::uint64_t count_ = 0;
    Nanos most_ = 0;
};

}  // namespace ringside::connectord
