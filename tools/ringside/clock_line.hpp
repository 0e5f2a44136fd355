#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/time.hpp"

namespace ringside {

/// Difference of two clocks over time, from feed latencies: those are the difference plus the time
/// a message took, so no point lies below the line of a message that took the least. The line is
/// the one below all points whose distances to them have the least sum (Moon, Skelly and Towsley,
/// "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999): the edge
/// of the lower convex hull at the mean time. Of each short while only the lowest point is kept,
/// so memory is bounded.
class ClockLine {
  public:
    struct Fit {
        Nanos offset = 0;        ///< local clock less the venue's, plus the least latency, at first
        double drift_ppm = 0.0;  ///< growth of the offset, in millionths
        Nanos span = 0;          ///< between the first and the last point
    };

    void add(Nanos exch_ts, Nanos latency) {
        if (points_ == 0) first_ts_ = exch_ts;
        if (exch_ts < first_ts_) return;
        const Nanos x = exch_ts - first_ts_;
        ++points_;
        mean_ += (static_cast<double>(x) - mean_) / static_cast<double>(points_);
        auto at = static_cast<std::size_t>(x / width_);
        while (at >= kBuckets) {
            halve();
            at = static_cast<std::size_t>(x / width_);
        }
        if (at >= lowest_.size()) lowest_.resize(at + 1);
        if (latency < lowest_[at].latency) lowest_[at] = {x, latency};
    }

    /// Nothing with fewer than two points of different times.
    std::optional<Fit> fit() const;

  private:
    static constexpr std::size_t kBuckets = 8192;
    struct Point {
        Nanos x = 0;
        Nanos latency = kNever;
    };

    /// Makes each while twice as long.
    void halve();

    std::vector<Point> lowest_;
    Nanos width_ = 100 * kMillisecond;
    Nanos first_ts_ = 0;
    std::uint64_t points_ = 0;
    double mean_ = 0.0;
};

}  // namespace ringside
