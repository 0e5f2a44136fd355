#include "tools/ringside/logged_orders.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "botkit/order_log.hpp"
#include "core/row_file.hpp"

namespace ringside {
namespace {

using botkit::OrderLogRow;

constexpr std::size_t kRowsAtOnce = 4096;

constexpr std::uint8_t request(RequestKind kind) noexcept {
    return static_cast<std::uint8_t>(OrderLogRow::kRequests + static_cast<int>(kind));
}

class Collecting {
  public:
    void add(const OrderLogRow& row) {
        const bool is_request = row.kind > OrderLogRow::kRequests;
        const Nanos ts = is_request ? row.req_ts : row.resp_ts;
        log_.first_ts = std::min(log_.first_ts, ts);
        log_.last_ts = std::max(log_.last_ts, ts);
        const std::pair key(row.asset, row.order_id);
        if (row.kind == request(RequestKind::Submit)) {
            current_[key] = {log_.orders.size(), row.req_seq};
            log_.orders.push_back({.asset = row.asset,
                                   .order_id = row.order_id,
                                   .side = static_cast<Side>(row.side),
                                   .type = static_cast<OrderType>(row.type),
                                   .time_in_force = static_cast<TimeInForce>(row.time_in_force),
                                   .price = row.price,
                                   .qty = row.qty,
                                   .submit_ts = row.req_ts});
            return;
        }
        // An order of an earlier run of the same bot has no submission here.
        const auto found = current_.find(key);
        if (found == current_.end()) return;
        LoggedOrder& order = log_.orders[found->second.index];
        if (row.kind == request(RequestKind::Modify)) {
            ++order.modifies;
        } else if (row.kind == request(RequestKind::Cancel)) {
            order.cancel_ts = std::min(order.cancel_ts, row.req_ts);
        } else {
            take_response(row, found->second.submit_seq, order);
        }
    }
    LoggedOrders take() { return std::move(log_); }

  private:
    struct Current {
        std::size_t index;
        std::uint64_t submit_seq;
    };

    static void take_response(const OrderLogRow& row, std::uint64_t submit_seq,
                              LoggedOrder& order) {
        if (row.executed != 0) {
            order.first_fill_ts = std::min(order.first_fill_ts, row.resp_ts);
            order.filled_qty += row.exec_qty;
            order.refused = false;
        }
        if (row.req_seq != submit_seq || order.filled_qty > 0.0) return;
        const auto status = static_cast<Status>(row.status);
        order.refused = static_cast<ResponseKind>(row.kind) == ResponseKind::Refused ||
                        status == Status::Expired || status == Status::Rejected;
    }

    LoggedOrders log_;
    std::map<std::pair<std::int64_t, OrderId>, Current> current_;
};

}  // namespace

LoggedOrders read_logged_orders(const std::filesystem::path& path) {
    RowFile file(path, botkit::order_log_dtype());
    std::vector<OrderLogRow> rows(kRowsAtOnce);
    Collecting collecting;
    while (const std::size_t count = file.read(std::as_writable_bytes(std::span(rows)))) {
        for (const OrderLogRow& row : std::span(rows).first(count)) collecting.add(row);
    }
    return collecting.take();
}

}  // namespace ringside
