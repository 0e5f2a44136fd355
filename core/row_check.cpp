#include "core/row_check.hpp"

#include <bit>
#include <cmath>

#include "core/error.hpp"

namespace ringside {
namespace {

/// Kinds above belong to users, whose px and qty mean what they like.
constexpr std::uint64_t kLastKind = static_cast<std::uint64_t>(EventKind::Fill);
constexpr std::uint64_t kClear = static_cast<std::uint64_t>(EventKind::DepthClear);

/// 1 for infinities and NaN. Written on the bits so that a row costs no branch.
std::uint64_t is_not_finite(double x) noexcept {
    constexpr std::uint64_t kExponent = 0x7ff0000000000000;
    return (std::bit_cast<std::uint64_t>(x) & kExponent) == kExponent ? 1 : 0;
}

bool has_bad_px(const Event& row) noexcept {
    const std::uint64_t kind = row.ev & kKindMask;
    return (is_not_finite(row.px) & (kind <= kLastKind) & (kind != kClear)) != 0;
}

bool has_bad_qty(const Event& row) noexcept {
    return (is_not_finite(row.qty) & ((row.ev & kKindMask) <= kLastKind)) != 0;
}

}  // namespace

std::size_t RowCheck::first_bad(std::span<const Event> rows) noexcept {
    // Groups are checked without branches, and only a group with a bad row is walked again.
    constexpr std::size_t kGroup = 64;
    for (std::size_t start = 0; start < rows.size(); start += kGroup) {
        const auto group = rows.subspan(start, std::min(kGroup, rows.size() - start));
        if (plainly_good(group)) [[likely]] {
            exch_ts_ = group.back().exch_ts;
            local_ts_ = group.back().local_ts;
            continue;
        }
        const Nanos exch_ts = exch_ts_;
        const Nanos local_ts = local_ts_;
        bool good = true;
        for (const Event& row : group) good &= is_good(row);
        if (good) continue;
        exch_ts_ = exch_ts;
        local_ts_ = local_ts;
        for (std::size_t i = 0; i < group.size(); ++i) {
            const Nanos exch_before = exch_ts_;
            const Nanos local_before = local_ts_;
            if (is_good(group[i])) continue;
            exch_ts_ = exch_before;
            local_ts_ = local_before;
            return start + i;
        }
    }
    return rows.size();
}

inline bool RowCheck::plainly_good(std::span<const Event> rows) const noexcept {
    Nanos exch_ts = exch_ts_;
    Nanos local_ts = local_ts_;
    std::uint64_t flags = kExchEvent | kLocalEvent;
    std::uint64_t bad = 0;
    for (const Event& row : rows) {
        flags &= row.ev;
        bad |= static_cast<std::uint64_t>(row.exch_ts < exch_ts) |
               static_cast<std::uint64_t>(row.local_ts < local_ts) | is_not_finite(row.px) |
               is_not_finite(row.qty);
        exch_ts = row.exch_ts;
        local_ts = row.local_ts;
    }
    return bad == 0 && flags == (kExchEvent | kLocalEvent);
}

inline bool RowCheck::is_good(const Event& row) noexcept {
    const bool at_exch = (row.ev & kExchEvent) != 0;
    const bool at_local = (row.ev & kLocalEvent) != 0;
    const bool early =
        (at_exch & (row.exch_ts < exch_ts_)) | (at_local & (row.local_ts < local_ts_));
    exch_ts_ = at_exch ? row.exch_ts : exch_ts_;
    local_ts_ = at_local ? row.local_ts : local_ts_;
    return !((early & ordered) | has_bad_px(row) | has_bad_qty(row));
}

std::string RowCheck::explain(const Event& row) const {
    if (has_bad_px(row) || has_bad_qty(row)) {
        return fmt::format(
            "px {} and qty {} of a row of kind {} must be finite numbers; drop the "
            "row or convert the data again",
            row.px, row.qty, row.ev & kKindMask);
    }
    const bool at_exch = row.has(kExchEvent) && row.exch_ts < exch_ts_;
    return fmt::format(
        "{} goes back from {} to {}: rows must be sorted; write the data again with `ringside "
        "convert`, or sort them with hftbacktest's correct_event_order",
        at_exch ? "exch_ts" : "local_ts", at_exch ? exch_ts_ : local_ts_,
        at_exch ? row.exch_ts : row.local_ts);
}

}  // namespace ringside
