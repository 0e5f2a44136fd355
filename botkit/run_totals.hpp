#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "core/instrument.hpp"
#include "core/time.hpp"

namespace ringside::botkit {

struct RecordRow;

/// What the samples of a run come to, worked out as they are taken: nothing of them is kept.
/// Money is the sum over all instruments.
class RunTotals {
  public:
    RunTotals() = default;
    explicit RunTotals(std::vector<Instrument> instruments)
        : instruments_(std::move(instruments)) {}

    /// Adds one sample: a row for each instrument.
    void add(std::span<const RecordRow> rows);

    std::uint64_t records() const noexcept { return records_; }
    Nanos first_ts() const noexcept { return first_ts_; }
    /// Last known equity, fees deducted; NaN without one. A sample whose book lacks a side has
    /// none.
    double equity() const noexcept { return equity_; }
    double max_drawdown() const noexcept { return max_drawdown_; }
    /// Mean over standard deviation of the changes of equity from window to window of 10 s, scaled
    /// to 252 days; as `ringside.stats` and the report have it. NaN with fewer than two changes.
    double sharpe() const;
    /// The last sample, a row for each instrument; empty without one.
    std::span<const RecordRow> last() const noexcept { return last_; }
    /// Checksum of all rows: runs that agree in it took the same samples.
    std::uint32_t crc32() const noexcept { return crc32_; }

  private:
    /// Changes from one window to the next.
    struct Changes {
        void add(double change) noexcept;
        std::uint64_t count = 0;
        double mean = 0.0;
        double squares = 0.0;  ///< sum of squared distances from the mean
    };
    void add_equity(Nanos ts, double equity);

    static constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

    std::vector<Instrument> instruments_;
    std::vector<RecordRow> last_;
    std::uint64_t records_ = 0;
    Nanos first_ts_ = 0;
    double equity_ = kUnknown;
    double peak_ = kUnknown;
    double max_drawdown_ = 0.0;
    std::uint32_t crc32_ = 0;

    std::uint64_t windows_ = 0;
    Nanos window_ = 0;                 ///< start of the window at hand
    Nanos first_step_ = 0;             ///< from the first window to the second
    double in_window_ = kUnknown;      ///< last equity in it
    double before_window_ = kUnknown;  ///< last equity in the one before
    Changes changes_;
};

}  // namespace ringside::botkit
