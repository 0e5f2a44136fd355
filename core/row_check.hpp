#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "core/market_update.hpp"

namespace ringside {

/// What every row of a stream must satisfy: prices and quantities are finite, and each side's times
/// do not decrease. Carries the last times across blocks and files.
class RowCheck {
  public:
    /// Index of the first bad row; rows.size() when all are good. After a bad row the check is used
    /// up.
    std::size_t first_bad(std::span<const Event> rows) noexcept;
    /// Whether a row whose numbers are finite may come next; takes it up if so.
    bool admits(Nanos exch_ts, Nanos local_ts, std::uint8_t seen) noexcept {
        const bool at_exch = (seen & MarketUpdate::kAtExchange) != 0;
        const bool at_local = (seen & MarketUpdate::kAtLocal) != 0;
        if (ordered && ((at_exch && exch_ts < exch_ts_) || (at_local && local_ts < local_ts_))) {
            return false;
        }
        if (at_exch) exch_ts_ = exch_ts;
        if (at_local) local_ts_ = local_ts;
        return true;
    }
    /// What is wrong with the row that first_bad() named, and how to mend it.
    std::string explain(const Event& row) const;

    /// Without it rows may go back in time, and are played in file order all the same.
    bool ordered = true;

  private:
    /// Whether all are good and seen by both sides, which is soon found out.
    bool plainly_good(std::span<const Event> rows) const noexcept;
    bool is_good(const Event& row) noexcept;

    Nanos exch_ts_ = kBeforeAll;
    Nanos local_ts_ = kBeforeAll;
};

}  // namespace ringside
