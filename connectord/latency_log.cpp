#include "connectord/latency_log.hpp"

#include <algorithm>
#include <span>

#include "core/row_writer.hpp"

namespace ringside::connectord {

void LatencyLog::add(const OrderResponse& response, Nanos venue_minus_local) {
    if (response.req_seq == 0 || response.exch_ts <= 0 || response.kind == ResponseKind::Refused) {
        return;
    }
    // The clocks' difference is known to half a round trip: no answer is older than its request.
    const Nanos exch_ts = std::clamp(response.exch_ts - venue_minus_local, response.req_ts,
                                     std::max(response.req_ts, response.resp_ts));
    const engine::LatencyRow row{response.req_ts, exch_ts, response.resp_ts, 0};
    // Rows are in the order of requests; an answer that was overtaken takes its place.
    auto place = rows_.end();
    while (place != rows_.begin() && std::prev(place)->req_ts > row.req_ts) --place;
    written_ = std::min(written_, static_cast<std::size_t>(place - rows_.begin()));
    rows_.insert(place, row);
    if (rows_.size() <= kMostRows) return;
    rows_.erase(rows_.begin(), rows_.begin() + kMostRows / 2);
    written_ = 0;
}

void LatencyLog::write() {
    if (written_ == rows_.size()) return;
    RowWriter writer(
        file_,
        Dtype::packed(
            {{"req_ts", "<i8"}, {"exch_ts", "<i8"}, {"resp_ts", "<i8"}, {"_padding", "<i8"}}));
    writer.append(std::as_bytes(std::span(rows_)));
    writer.finish();
    written_ = rows_.size();
}

}  // namespace ringside::connectord
