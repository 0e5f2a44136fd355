#include "core/memory_events.hpp"

#include <algorithm>
#include <utility>

#include "core/error.hpp"
#include "core/row_check.hpp"

namespace ringside {
namespace {

constexpr std::size_t kBlockRows = 16 * 1024;

/// A part of somebody else's rows, or a shifted copy of it.
class MemoryBlock final : public EventBlock {
  public:
    void recycle() noexcept override { delete this; }

    std::vector<Event> copy;
};

class MemoryEvents final : public EventSource {
  public:
    MemoryEvents(std::span<const Event> rows, Nanos latency_offset_ns, bool check_order)
        : rows_(rows), latency_offset_ns_(latency_offset_ns) {
        check_.ordered = check_order;
    }

    BlockPtr next() override {
        if (at_ == rows_.size()) return {};
        auto block = std::make_unique<MemoryBlock>();
        const auto part = rows_.subspan(at_, std::min(kBlockRows, rows_.size() - at_));
        block->rows = latency_offset_ns_ == 0 ? part : shifted(part, *block);
        block->first_row = at_;
        const std::size_t good = check_.first_bad(block->rows);
        if (good < part.size()) {
            fail(ExitCode::Data, "array: row {}: {}", at_ + good,
                 check_.explain(block->rows[good]));
        }
        at_ += part.size();
        return BlockPtr(block.release());
    }

  private:
    std::span<const Event> shifted(std::span<const Event> part, MemoryBlock& block) const {
        block.copy.assign(part.begin(), part.end());
        for (std::size_t i = 0; i < part.size(); ++i) {
            Event& row = block.copy[i];
            row.local_ts = saturating_add(row.local_ts, latency_offset_ns_);
            if (row.local_ts > row.exch_ts) continue;
            fail(ExitCode::Data,
                 "array: row {}: local_ts {} is not later than exch_ts {} after the latency offset "
                 "of {} ns was added; use a larger offset",
                 at_ + i, row.local_ts, row.exch_ts, latency_offset_ns_);
        }
        return block.copy;
    }

    const std::span<const Event> rows_;
    const Nanos latency_offset_ns_;
    std::size_t at_ = 0;
    RowCheck check_;
};

class Concatenated final : public EventSource {
  public:
    explicit Concatenated(std::vector<std::unique_ptr<EventSource>> parts)
        : parts_(std::move(parts)) {}

    BlockPtr next() override {
        for (; part_ < parts_.size(); ++part_) {
            if (BlockPtr block = parts_[part_]->next()) return block;
        }
        return {};
    }

  private:
    std::vector<std::unique_ptr<EventSource>> parts_;
    std::size_t part_ = 0;
};

}  // namespace

std::unique_ptr<EventSource> memory_events(std::span<const Event> rows, Nanos latency_offset_ns,
                                           bool check_order) {
    return std::make_unique<MemoryEvents>(rows, latency_offset_ns, check_order);
}

std::unique_ptr<EventSource> concatenated(std::vector<std::unique_ptr<EventSource>> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    return std::make_unique<Concatenated>(std::move(parts));
}

}  // namespace ringside
