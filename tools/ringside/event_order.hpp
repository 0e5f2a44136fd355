#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "core/event.hpp"
#include "tools/ringside/row_store.hpp"

namespace ringside {

/// Takes finished rows, block by block, in file order.
using EventSink = std::function<void(std::span<const Event>)>;

/// Nanoseconds to add to every local time so that none precedes its exchange time. With a negative
/// least latency that is what is missing plus `base_latency`; otherwise nothing, and
/// `base_latency` is not used.
Nanos clock_shift(Nanos least_latency, Nanos base_latency);

/// Shifts the local times of all rows by clock_shift() of their least latency, which it returns.
Nanos correct_local_time(std::span<Event> rows, Nanos base_latency);

/// Rows flagged and repeated where needed so that rows seen at the exchange are in order of exch_ts
/// and rows seen by the bot in order of local_ts; every row is in each of the two orders once.
std::vector<Event> correct_event_order(std::span<const Event> rows);

/// Least feed latency of the rows in the store; kNever without rows.
Nanos least_latency(const RowStore& rows) noexcept;

/// Hands the stored rows to the sink as correct_event_order() would return them, local times
/// shifted, holding one block of them at a time.
void emit_in_order(const RowStore& rows, Nanos shift, const EventSink& sink);

}  // namespace ringside
