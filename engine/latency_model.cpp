#include "engine/latency_model.hpp"

#include <algorithm>
#include <iterator>

#include "core/error.hpp"

namespace ringside::engine {

namespace {

bool refused(const LatencyRow& row) noexcept { return row.exch_ts <= 0; }
Nanos entry_of(const LatencyRow& row) noexcept { return row.exch_ts - row.req_ts; }
Nanos response_of(const LatencyRow& row) noexcept { return row.resp_ts - row.exch_ts; }
Nanos round_trip_of(const LatencyRow& row) noexcept { return row.resp_ts - row.req_ts; }

/// Value at `x` on the line through (x1, y1) and (x2, y2), cut towards zero from y1. The order of
/// operations is part of the result.
Nanos interpolate(Nanos x, Nanos x1, Nanos y1, Nanos x2, Nanos y2) noexcept {
    const double slope = static_cast<double>(y2 - y1) / static_cast<double>(x2 - x1);
    return static_cast<Nanos>(slope * static_cast<double>(x - x1)) + y1;
}

}  // namespace

LatencyTable::LatencyTable(std::vector<LatencyRow> rows, Nanos offset_ns, const Rules& rules)
    : rows_(std::move(rows)) {
    if (rows_.empty()) fail(ExitCode::Data, "the order latency data have no rows");
    if (!rules.latency_cursor_runs_out) check_order();
    if (offset_ns != 0) shift(offset_ns, rules.latency_offset_shifts_refusals);
    find_least();
    if (rules.latency_interpolates_refusals) {
        answered_ = rows_;
    } else {
        std::copy_if(rows_.begin(), rows_.end(), std::back_inserter(answered_),
                     [](const LatencyRow& row) { return !refused(row); });
        if (answered_.empty())
            fail(ExitCode::Data, "the order latency data have no accepted order");
    }
}

void LatencyTable::check_order() const {
    for (std::size_t i = 1; i < rows_.size(); ++i) {
        if (rows_[i].req_ts >= rows_[i - 1].req_ts) continue;
        fail(ExitCode::Data,
             "the order latency data, row {}: req_ts {} is before that of the row above: sort the "
             "rows by req_ts",
             i, rows_[i].req_ts);
    }
}

void LatencyTable::shift(Nanos offset_ns, bool shift_refusals) {
    for (LatencyRow& row : rows_) {
        if (refused(row) && !shift_refusals) continue;
        row.exch_ts += offset_ns;
        row.resp_ts += 2 * offset_ns;
    }
}

void LatencyTable::find_least() {
    least_entry_ = least_response_ = kNever;
    for (const LatencyRow& row : rows_) {
        least_entry_ = std::min(least_entry_, refused(row) ? 0 : entry_of(row));
        least_response_ = std::min(least_response_, refused(row) ? 0 : response_of(row));
    }
    least_entry_ = std::max<Nanos>(least_entry_, 0);
    least_response_ = std::max<Nanos>(least_response_, 0);
}

LatencyModel::LatencyModel(const LatencyChoice& choice)
    : constant_(choice.constant), custom_entry_(choice.custom), custom_response_(choice.custom) {
    if (custom_entry_)
        find_least_custom();
    else
        find_least_constant();
}

LatencyModel::LatencyModel(std::shared_ptr<const LatencyTable> table, const Rules& rules)
    : table_(std::move(table)),
      rules_(rules),
      least_entry_(table_->least_entry()),
      least_response_(table_->least_response()),
      least_round_trip_(least_entry_ + least_response_) {}

void LatencyModel::find_least_constant() noexcept {
    least_response_ = constant_.response_ns;
    least_entry_ = least_round_trip_ = kNever;
    for (const auto kind : {RequestKind::Submit, RequestKind::Modify, RequestKind::Cancel}) {
        const Nanos entry_ns = constant_.entry(kind);
        least_entry_ = std::min(least_entry_, std::max<Nanos>(entry_ns, 0));
        least_round_trip_ =
            std::min(least_round_trip_, entry_ns < 0 ? -entry_ns : entry_ns + least_response_);
    }
}

void LatencyModel::find_least_custom() {
    least_entry_ = custom_entry_->least_entry();
    least_response_ = custom_response_->least_response();
    if (least_entry_ < 0 || least_response_ < 0) {
        fail(ExitCode::Usage,
             "latency model \"{}\": its least latencies, {} ns to the venue and {} ns back, must "
             "not be negative",
             custom_entry_.name(), least_entry_, least_response_);
    }
    least_round_trip_ = least_entry_ + least_response_;
}

Nanos LatencyModel::custom_entry(const OrderRequest& request) {
    const Nanos entry_ns = custom_entry_->entry(request);
    if (entry_ns >= least_entry_) return entry_ns;
    if (entry_ns >= 0) {
        fail(ExitCode::Usage,
             "latency model \"{}\": its entry latency is {} ns for the request of order {} at {}, "
             "below its least_entry of {} ns",
             custom_entry_.name(), entry_ns, request.order_id, request.req_ts, least_entry_);
    }
    if (entry_ns > -least_round_trip_ || entry_ns == kBeforeAll) {
        fail(ExitCode::Usage,
             "latency model \"{}\": its entry latency is {} ns for the request of order {} at {}; "
             "a refused request is heard of after a round trip of at least {} ns",
             custom_entry_.name(), entry_ns, request.order_id, request.req_ts, least_round_trip_);
    }
    return entry_ns;
}

Nanos LatencyModel::custom_response(const OrderResponse& response) {
    const Nanos response_ns = custom_response_->response(response);
    if (response_ns < least_response_) {
        fail(ExitCode::Usage,
             "latency model \"{}\": its response latency is {} ns for order {} at {}, below its "
             "least_response of {} ns",
             custom_response_.name(), response_ns, response.order_id, response.exch_ts,
             least_response_);
    }
    return response_ns;
}

Nanos LatencyModel::table_entry(Nanos req_ts) noexcept {
    const auto rows = table_->rows();
    if (req_ts < rows.front().req_ts) return entry_of(table_->answered().front());
    std::size_t& i = entry_row_;
    if (!rules_.latency_cursor_runs_out) {
        while (i > 0 && req_ts < rows[i].req_ts) --i;
    }
    for (; i + 1 < rows.size(); ++i) {
        const LatencyRow& r = rows[i];
        const LatencyRow& s = rows[i + 1];
        if (req_ts < r.req_ts || req_ts >= s.req_ts) continue;
        if (refused(r) || refused(s)) {
            return -interpolate(req_ts, r.req_ts, round_trip_of(r), s.req_ts, round_trip_of(s));
        }
        return interpolate(req_ts, r.req_ts, entry_of(r), s.req_ts, entry_of(s));
    }
    return entry_of(table_->answered().back());
}

Nanos LatencyModel::table_response(Nanos exch_ts) noexcept {
    const auto rows = table_->answered();
    if (exch_ts < rows.front().exch_ts) return response_of(rows.front());
    std::size_t& i = response_row_;
    for (; i + 1 < rows.size(); ++i) {
        const LatencyRow& r = rows[i];
        const LatencyRow& s = rows[i + 1];
        if (exch_ts < r.exch_ts || exch_ts >= s.exch_ts) continue;
        return std::max<Nanos>(
            interpolate(exch_ts, r.exch_ts, response_of(r), s.exch_ts, response_of(s)), 0);
    }
    return response_of(rows.back());
}

}  // namespace ringside::engine
