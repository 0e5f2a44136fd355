#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/rules.hpp"
#include "core/time.hpp"

namespace ringside::engine {

/// The same order latency always.
struct ConstantLatency {
    Nanos entry_ns = 0;     ///< bot to venue; below 0: every request is refused after that long
    Nanos response_ns = 0;  ///< venue to bot
};

/// One measured order round trip; a row of a latency file. `exch_ts` of 0 or less marks a request
/// that the venue refused, heard of at `resp_ts`.
struct LatencyRow {
    Nanos req_ts = 0;
    Nanos exch_ts = 0;
    Nanos resp_ts = 0;
    std::int64_t padding = 0;
};
static_assert(sizeof(LatencyRow) == 32 && std::is_trivially_copyable_v<LatencyRow>);

/// Measured round trips, oldest first, shared by all who interpolate between them.
class LatencyTable {
  public:
    /// Adds `offset_ns` once to `exch_ts` and twice to `resp_ts`. Throws Error when there is no
    /// row.
    LatencyTable(std::vector<LatencyRow> rows, Nanos offset_ns, const Rules& rules);

    std::span<const LatencyRow> rows() const noexcept { return rows_; }
    /// Rows that response latencies come from: those of orders that reached the venue, or in compat
    /// all.
    std::span<const LatencyRow> answered() const noexcept { return answered_; }
    Nanos least_entry() const noexcept { return least_entry_; }
    Nanos least_response() const noexcept { return least_response_; }

  private:
    void check_order() const;
    void shift(Nanos offset_ns, bool shift_refusals);
    void find_least();

    std::vector<LatencyRow> rows_;
    std::vector<LatencyRow> answered_;
    Nanos least_entry_ = 0;
    Nanos least_response_ = 0;
};

/// Order latency of one bot at one instrument: constant, or interpolated in a table.
class LatencyModel {
  public:
    explicit LatencyModel(const ConstantLatency& constant) noexcept : constant_(constant) {}
    LatencyModel(std::shared_ptr<const LatencyTable> table, const Rules& rules) noexcept
        : table_(std::move(table)), rules_(rules) {}

    /// Of a request made at `req_ts`; below 0: it is refused, and that is heard after so long.
    Nanos entry(Nanos req_ts) noexcept {
        return table_ == nullptr ? constant_.entry_ns : table_entry(req_ts);
    }
    /// Of a response made at `exch_ts`.
    Nanos response(Nanos exch_ts) noexcept {
        return table_ == nullptr ? constant_.response_ns : table_response(exch_ts);
    }
    /// No request reaches the venue sooner than this; 0 if some are refused on the way.
    Nanos least_entry() const noexcept {
        if (table_ != nullptr) return table_->least_entry();
        return constant_.entry_ns < 0 ? 0 : constant_.entry_ns;
    }
    Nanos least_response() const noexcept {
        return table_ != nullptr ? table_->least_response() : constant_.response_ns;
    }

  private:
    Nanos table_entry(Nanos req_ts) noexcept;
    Nanos table_response(Nanos exch_ts) noexcept;

    ConstantLatency constant_;
    std::shared_ptr<const LatencyTable> table_;
    Rules rules_;
    // Queries come in order of time, so each direction goes on where it last was.
    std::size_t entry_row_ = 0;
    std::size_t response_row_ = 0;
};

}  // namespace ringside::engine
