#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/order.hpp"
#include "core/rules.hpp"
#include "core/time.hpp"
#include "engine/custom_models.hpp"

namespace ringside::engine {

/// The same order latency always. Requests of different kinds may take differently long, yet none
/// overtakes one sent before it.
struct ConstantLatency {
    Nanos entry_ns = 0;     ///< bot to venue; below 0: every request is refused after that long
    Nanos response_ns = 0;  ///< venue to bot
    std::optional<Nanos> modify_entry_ns{};  ///< instead of entry_ns for modifies
    std::optional<Nanos> cancel_entry_ns{};  ///< instead of entry_ns for cancels

    Nanos entry(RequestKind kind) const noexcept {
        if (kind == RequestKind::Modify) return modify_entry_ns.value_or(entry_ns);
        if (kind == RequestKind::Cancel) return cancel_entry_ns.value_or(entry_ns);
        return entry_ns;
    }
};

/// Order latency of an instrument without measured ones: constant, or a model of one's own.
struct LatencyChoice {
    LatencyChoice() = default;
    LatencyChoice(const ConstantLatency& latency) : constant(latency) {}
    LatencyChoice(Nanos entry_ns, Nanos response_ns) : constant{entry_ns, response_ns} {}
    LatencyChoice(Custom<CustomLatency> model) : custom(std::move(model)) {}

    ConstantLatency constant;
    Custom<CustomLatency> custom;
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

/// Order latency of one bot at one instrument: constant, interpolated in a table, or a model of the
/// user's. A copy of the latter starts afresh.
class LatencyModel {
  public:
    /// Throws Error for a model of the user's whose bounds are negative.
    explicit LatencyModel(const LatencyChoice& choice);
    LatencyModel(std::shared_ptr<const LatencyTable> table, const Rules& rules);

    /// Of a request made at `request.req_ts`; below 0: it is refused, and that is heard after so
    /// long.
    Nanos entry(const OrderRequest& request) {
        if (table_ != nullptr) return table_entry(request.req_ts);
        return custom_entry_ ? custom_entry(request) : constant_.entry(request.kind);
    }
    /// Of a response made at `response.exch_ts`.
    Nanos response(const OrderResponse& response) {
        if (table_ != nullptr) return table_response(response.exch_ts);
        return custom_response_ ? custom_response(response) : constant_.response_ns;
    }
    /// No request reaches the venue sooner than this; 0 if some are refused on the way.
    Nanos least_entry() const noexcept { return least_entry_; }
    Nanos least_response() const noexcept { return least_response_; }
    /// Nothing is heard of a request sooner than this after it was made.
    Nanos least_round_trip() const noexcept { return least_round_trip_; }

  private:
    Nanos table_entry(Nanos req_ts) noexcept;
    Nanos table_response(Nanos exch_ts) noexcept;
    Nanos custom_entry(const OrderRequest& request);
    Nanos custom_response(const OrderResponse& response);
    void find_least_constant() noexcept;
    void find_least_custom();

    ConstantLatency constant_;
    std::shared_ptr<const LatencyTable> table_;
    Rules rules_;
    // Whether the venue or the bot is ahead depends on scheduling, so a model's state must not see
    // the calls of one direction between those of the other.
    CustomInUse<CustomLatency> custom_entry_;
    CustomInUse<CustomLatency> custom_response_;
    Nanos least_entry_ = 0;
    Nanos least_response_ = 0;
    Nanos least_round_trip_ = 0;
    // Queries come in order of time, so each direction goes on where it last was.
    std::size_t entry_row_ = 0;
    std::size_t response_row_ = 0;
};

}  // namespace ringside::engine
