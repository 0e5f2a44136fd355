#include "botkit/run_totals.hpp"

#include <algorithm>
#include <cmath>

#include "botkit/recorder.hpp"
#include "core/check.hpp"
#include "core/crc32.hpp"

namespace ringside::botkit {

namespace {

constexpr Nanos kWindow = 10 * kSecond;
constexpr double kDaysPerYear = 252.0;
constexpr double kSecondsPerDay = 86'400.0;

}  // namespace

void RunTotals::add(std::span<const RecordRow> rows) {
    RINGSIDE_CHECK(rows.size() == instruments_.size() && !rows.empty());
    if (records_++ == 0) first_ts_ = rows.front().timestamp;
    last_.assign(rows.begin(), rows.end());
    crc32_ = crc32_of(std::as_bytes(rows), crc32_);
    double equity = 0.0;
    for (std::size_t a = 0; a < rows.size(); ++a) {
        const RecordRow& row = rows[a];
        equity += instruments_[a].equity(row.price, row.balance, row.position, row.fee);
    }
    add_equity(rows.front().timestamp, equity);
}

void RunTotals::add_equity(Nanos ts, double equity) {
    if (!std::isnan(equity)) {
        equity_ = equity;
        peak_ = std::fmax(peak_, equity);
        max_drawdown_ = std::max(max_drawdown_, peak_ - equity);
    }
    Nanos window = ts - ts % kWindow;
    if (window > ts) window -= kWindow;
    if (windows_ == 0 || window != window_) {
        if (windows_ > 0) changes_.add(in_window_ - before_window_);
        if (windows_ == 1) first_step_ = window - window_;
        before_window_ = in_window_;
        window_ = window;
        ++windows_;
    }
    in_window_ = equity;
}

void RunTotals::Changes::add(double change) noexcept {
    if (std::isnan(change)) return;
    ++count;
    const double from_mean = change - mean;
    mean += from_mean / static_cast<double>(count);
    squares += from_mean * (change - mean);
}

double RunTotals::sharpe() const {
    Changes all = changes_;
    all.add(in_window_ - before_window_);
    if (all.count < 2) return kUnknown;
    const double deviation = std::sqrt(all.squares / static_cast<double>(all.count - 1));
    const double step_s = static_cast<double>(first_step_) / static_cast<double>(kSecond);
    return all.mean / deviation * std::sqrt(kSecondsPerDay / step_s * kDaysPerYear);
}

}  // namespace ringside::botkit
