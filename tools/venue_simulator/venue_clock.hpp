#pragma once

#include <functional>

#include "core/time.hpp"

namespace ringside::venue_simulator {

/// Relates the time of the recorded market to the wall clock, which is the venue's own time: so
/// clients that sign with the present pass the check, and recorded events carry the times at which
/// they are played. The market may pass faster, and may be held.
class VenueClock {
  public:
    using Wall = std::function<Nanos()>;

    VenueClock(Wall wall, double speed) : wall_(std::move(wall)), speed_(speed) {}

    /// The market is at `market_ts` now. Whole milliseconds apart, so that times that are whole
    /// milliseconds stay so.
    void start(Nanos market_ts) {
        market_start_ = market_ts;
        const Nanos apart = wall_() - market_ts;
        wall_start_ = market_ts + apart / kMillisecond * kMillisecond;
    }

    Nanos wall_now() const { return wall_(); }
    std::int64_t millis_now() const { return wall_() / kMillisecond; }
    /// How far the market has come.
    Nanos market_now() const { return held_ ? held_at_ : market_at(wall_()); }
    /// Wall time at which the market comes to a time.
    Nanos wall_at(Nanos market_ts) const {
        const Nanos passed = market_ts - market_start_;
        return wall_start_ +
               (speed_ == 1.0 ? passed : static_cast<Nanos>(static_cast<double>(passed) / speed_));
    }

    bool held() const noexcept { return held_; }
    void hold() {
        if (held_) return;
        held_at_ = market_at(wall_());
        held_since_ = wall_();
        held_ = true;
    }
    void resume() {
        if (!held_) return;
        held_ = false;
        wall_start_ += (wall_() - held_since_) / kMillisecond * kMillisecond;
    }

  private:
    Nanos market_at(Nanos wall_ts) const {
        const Nanos passed = wall_ts - wall_start_;
        return market_start_ +
               (speed_ == 1.0 ? passed : static_cast<Nanos>(static_cast<double>(passed) * speed_));
    }

    Wall wall_;
    double speed_;
    Nanos wall_start_ = 0;
    Nanos market_start_ = 0;
    bool held_ = false;
    Nanos held_at_ = 0;
    Nanos held_since_ = 0;
};

}  // namespace ringside::venue_simulator
