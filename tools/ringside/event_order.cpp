#include "tools/ringside/event_order.hpp"

#include <algorithm>
#include <numeric>

#include <boost/sort/sort.hpp>

#include "core/check.hpp"
#include "core/error.hpp"
#include "core/row_check.hpp"

namespace ringside {
namespace {

constexpr std::size_t kChunkRows = 4096;

using Index = std::uint32_t;

/// Item numbers in stable order of their keys.
template <typename Key>
std::vector<Index> stable_order(std::size_t count, const Key& key) {
    if (count > UINT32_MAX) {
        fail(ExitCode::Data, "more than {} messages at once; convert the files one by one",
             UINT32_MAX);
    }
    std::vector<Index> order(count);
    std::iota(order.begin(), order.end(), Index{0});
    const auto before = [&](Index a, Index b) { return key(a) < key(b); };
    if (!std::is_sorted(order.begin(), order.end(), before)) {
        boost::sort::spinsort(order.begin(), order.end(), before);
    }
    return order;
}

/// Merges the items' two orders. `item(i)` has exch_ts and local_ts; `emit(i, flags)` receives each
/// item either once with both flags or once with each.
///
/// Items with the same pair of times meet in file order in both lists, and none of them is given
/// out alone by one list and together with another by the other: an exchange head is given out
/// alone only while the local head is later at the exchange, which then holds for all its equals.
template <typename Item, typename Emit>
void merge_orders(std::size_t count, const Item& item, const Emit& emit) {
    const auto by_exch =
        stable_order(count, [&](Index i) { return static_cast<Nanos>(item(i).exch_ts); });
    const auto by_local =
        stable_order(count, [&](Index i) { return static_cast<Nanos>(item(i).local_ts); });
    std::size_t e = 0;
    std::size_t l = 0;
    while (e < count && l < count) {
        const auto& exch = item(by_exch[e]);
        const auto& local = item(by_local[l]);
        if (exch.exch_ts == local.exch_ts && exch.local_ts == local.local_ts) {
            RINGSIDE_CHECK(by_exch[e] == by_local[l]);
            emit(by_exch[e++], kExchEvent | kLocalEvent);
            ++l;
        } else if (exch.exch_ts < local.exch_ts ||
                   (exch.exch_ts == local.exch_ts && exch.local_ts < local.local_ts)) {
            emit(by_exch[e++], kExchEvent);
        } else {
            emit(by_local[l++], kLocalEvent);
        }
    }
    while (l < count) emit(by_local[l++], kLocalEvent);
    while (e < count) emit(by_exch[e++], kExchEvent);
}

}  // namespace

Nanos clock_shift(Nanos least_latency, Nanos base_latency) {
    return least_latency < 0 ? saturating_add(-least_latency, base_latency) : 0;
}

Nanos correct_local_time(std::span<Event> rows, Nanos base_latency) {
    Nanos least = kNever;
    for (const Event& row : rows) least = std::min(least, row.local_ts - row.exch_ts);
    const Nanos shift = clock_shift(least, base_latency);
    for (Event& row : rows) row.local_ts += shift;
    return shift;
}

std::vector<Event> correct_event_order(std::span<const Event> rows) {
    std::vector<Event> ordered;
    ordered.reserve(rows.size());
    merge_orders(
        rows.size(), [&](Index i) -> const Event& { return rows[i]; },
        [&](Index i, std::uint64_t flags) { ordered.emplace_back(rows[i]).ev |= flags; });
    return ordered;
}

Nanos least_latency(const RowStore& rows) noexcept {
    Nanos least = kNever;
    for (std::size_t i = 0; i < rows.run_count(); ++i) {
        least = std::min(least, rows.run(i).local_ts - rows.run(i).exch_ts);
    }
    return least;
}

void emit_in_order(const RowStore& rows, Nanos shift, const EventSink& sink) {
    std::vector<Event> block(kChunkRows);
    std::size_t filled = 0;
    RowCheck check;
    const auto hand_over = [&] {
        const std::span rows_done = std::span(block).first(filled);
        RINGSIDE_CHECK(check.first_bad(rows_done) == filled);
        sink(rows_done);
        filled = 0;
    };
    merge_orders(
        rows.run_count(), [&](Index i) -> const RowStore::Run& { return rows.run(i); },
        [&](Index i, std::uint64_t flags) {
            const RowStore::Run& run = rows.run(i);
            Event row;
            row.ev = run.ev | flags;
            row.exch_ts = run.exch_ts;
            row.local_ts = run.local_ts + shift;
            for (std::uint32_t k = 0; k < run.count; ++k) {
                const RowStore::Level& level = rows.level(run.first_level + k);
                row.px = level.px;
                row.qty = level.qty;
                block[filled] = row;
                if (++filled == kChunkRows) hand_over();
            }
        });
    if (filled > 0) hand_over();
}

}  // namespace ringside
