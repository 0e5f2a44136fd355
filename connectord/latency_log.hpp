#pragma once

#include <filesystem>
#include <vector>

#include "core/order.hpp"
#include "core/time.hpp"
#include "engine/latency_model.hpp"

namespace ringside::connectord {

/// Round trips of own orders as rows of a latency file, ready for `latency.data` of a backtest:
/// bot's request, venue's clock, connector's answer. The file is written whole each time, so it can
/// be read at any moment.
class LatencyLog {
  public:
    explicit LatencyLog(std::filesystem::path file) : file_(std::move(file)) {}

    /// Counts answers to requests that met the venue; the venue's clock is brought to ours.
    void add(const OrderResponse& response, Nanos venue_minus_local);
    /// Writes what came since the last time, if anything. Throws Error (Io).
    void write();
    std::size_t rows() const noexcept { return rows_.size(); }

  private:
    /// Two days of ten answers a second; then the older half goes.
    static constexpr std::size_t kMostRows = std::size_t{1} << 21;

    std::filesystem::path file_;
    std::vector<engine::LatencyRow> rows_;
    std::size_t written_ = 0;
};

}  // namespace ringside::connectord
