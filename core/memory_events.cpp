#include "core/memory_events.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/row_check.hpp"

namespace ringside {
namespace {

class MemoryEvents final : public RowReader {
  public:
    MemoryEvents(std::span<const Event> rows, Nanos latency_offset_ns, bool check_order)
        : rows_(rows), latency_offset_ns_(latency_offset_ns) {
        check_.ordered = check_order;
    }

    std::span<const Event> read(std::span<Event> storage) override {
        const auto part = rows_.subspan(at_, std::min(storage.size(), rows_.size() - at_));
        const auto rows = latency_offset_ns_ == 0 ? part : shifted(part, storage);
        const std::size_t good = check_.first_bad(rows);
        if (good < rows.size()) {
            fail(ExitCode::Data, "array: row {}: {}", at_ + good, check_.explain(rows[good]));
        }
        at_ += rows.size();
        return rows;
    }

  private:
    std::span<const Event> shifted(std::span<const Event> part, std::span<Event> storage) const {
        std::copy(part.begin(), part.end(), storage.begin());
        for (std::size_t i = 0; i < part.size(); ++i) {
            Event& row = storage[i];
            row.local_ts = saturating_add(row.local_ts, latency_offset_ns_);
            if (row.local_ts > row.exch_ts) continue;
            fail(ExitCode::Data,
                 "array: row {}: local_ts {} is not later than exch_ts {} after the latency offset "
                 "of {} ns was added; use a larger offset",
                 at_ + i, row.local_ts, row.exch_ts, latency_offset_ns_);
        }
        return storage.first(part.size());
    }

    const std::span<const Event> rows_;
    const Nanos latency_offset_ns_;
    std::size_t at_ = 0;
    RowCheck check_;
};

}  // namespace

std::unique_ptr<RowReader> memory_events(std::span<const Event> rows, Nanos latency_offset_ns,
                                         bool check_order) {
    return std::make_unique<MemoryEvents>(rows, latency_offset_ns, check_order);
}

}  // namespace ringside
