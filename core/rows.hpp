#pragma once

#include <array>
#include <cstdint>

#include "core/event.hpp"
#include "core/market_update.hpp"

namespace ringside {

/// What rows that are kept as updates alone have in common: enough to give each back to the bit.
struct RowColumns {
    static constexpr std::size_t kMostKinds = 64;

    std::array<std::uint64_t, kMostKinds> kinds;  ///< by MarketUpdate::code; without who sees it
    /// A price is tick * step / scale, which are whole numbers.
    double step = 1.0;
    double scale = 1.0;
    std::uint64_t order_id = 0;
    std::int64_t ival = 0;
    double fval = 0.0;

    Event row(const MarketUpdate& update) const noexcept {
        return {.ev = kinds[update.code] | std::uint64_t{update.seen} << kSeenShift,
                .exch_ts = update.exch_ts,
                .local_ts = update.local_ts,
                .px = static_cast<double>(update.tick) * step / scale,
                .qty = update.qty,
                .order_id = order_id,
                .ival = ival,
                .fval = fval};
    }

    static constexpr unsigned kSeenShift = 30;
    static constexpr std::uint64_t kSeenMask = kLocalEvent | kExchEvent;
    static_assert(kLocalEvent == std::uint64_t{MarketUpdate::kAtLocal} << kSeenShift &&
                  kExchEvent == std::uint64_t{MarketUpdate::kAtExchange} << kSeenShift);
};

/// The rows that consecutive updates were worked out from: in memory, or put together when asked
/// for.
class Rows {
  public:
    Rows() = default;
    /// As many as there are updates, in the same order.
    Rows(const Event* rows, const MarketUpdate* updates) noexcept
        : rows_(rows), updates_(updates) {}
    explicit Rows(const RowColumns& columns) noexcept : columns_(&columns) {}

    /// The row of one of the updates.
    Event of(const MarketUpdate* update) const noexcept {
        return columns_ != nullptr ? columns_->row(*update) : rows_[update - updates_];
    }
    std::uint64_t order_id_of(const MarketUpdate* update) const noexcept {
        return columns_ != nullptr ? columns_->order_id : rows_[update - updates_].order_id;
    }

  private:
    const Event* rows_ = nullptr;
    const MarketUpdate* updates_ = nullptr;
    const RowColumns* columns_ = nullptr;
};

}  // namespace ringside
