#include "botkit/order_log.hpp"

#include <limits>
#include <vector>

#include "core/row_writer.hpp"

namespace ringside::botkit {

namespace {

constexpr std::size_t kRowsPerWrite = 4096;
constexpr double kNoPrice = std::numeric_limits<double>::quiet_NaN();

}  // namespace

Dtype order_log_dtype() {
    return Dtype::packed({{"asset", "<i8"},       {"order_id", "<u8"},      {"req_seq", "<u8"},
                          {"req_ts", "<i8"},      {"exch_ts", "<i8"},       {"resp_ts", "<i8"},
                          {"price", "<f8"},       {"qty", "<f8"},           {"leaves_qty", "<f8"},
                          {"exec_price", "<f8"},  {"exec_qty", "<f8"},      {"fee", "<f8"},
                          {"queue_ahead", "<f8"}, {"kind", "|u1"},          {"side", "|i1"},
                          {"status", "|u1"},      {"time_in_force", "|u1"}, {"type", "|u1"},
                          {"maker", "|b1"},       {"executed", "|b1"},      {"error", "|u1"}});
}

struct OrderLog::Writer {
    explicit Writer(const std::filesystem::path& path) : file(path, order_log_dtype()) {
        rows.reserve(kRowsPerWrite);
    }
    void flush() {
        file.append(std::as_bytes(std::span(rows)));
        rows.clear();
    }

    RowWriter file;
    std::vector<OrderLogRow> rows;
};

OrderLog::OrderLog(const std::filesystem::path& path) : writer_(std::make_unique<Writer>(path)) {}

OrderLog::~OrderLog() = default;

void OrderLog::append(const OrderLogRow& row) {
    writer_->rows.push_back(row);
    if (writer_->rows.size() == kRowsPerWrite) writer_->flush();
}

void OrderLog::add(const OrderRequest& r, const Instrument& instrument) {
    const Grid& grid = instrument.grid;
    append({
        .asset = r.asset_no,
        .order_id = r.order_id,
        .req_seq = r.seq,
        .req_ts = r.req_ts,
        .price = grid.price(r.price_ticks),
        .qty = grid.qty(r.qty_lots),
        .leaves_qty = grid.qty(r.leaves_lots),
        .exec_price = kNoPrice,
        .kind = static_cast<std::uint8_t>(OrderLogRow::kRequests + static_cast<int>(r.kind)),
        .side = static_cast<std::int8_t>(r.side),
        .status = static_cast<std::uint8_t>(r.status),
        .time_in_force = static_cast<std::uint8_t>(r.time_in_force),
        .type = static_cast<std::uint8_t>(r.type),
    });
}

void OrderLog::add(const OrderResponse& r, const Instrument& instrument) {
    const Grid& grid = instrument.grid;
    append({
        .asset = r.asset_no,
        .order_id = r.order_id,
        .req_seq = r.req_seq,
        .req_ts = r.req_ts,
        .exch_ts = r.exch_ts,
        .resp_ts = r.resp_ts,
        .price = grid.price(r.price_ticks),
        .qty = grid.qty(r.qty_lots),
        .leaves_qty = grid.qty(r.leaves_lots),
        .exec_price = r.executed ? grid.price(r.exec_price_ticks) : kNoPrice,
        .exec_qty = r.executed ? grid.qty(r.exec_lots) : 0.0,
        .fee = r.executed ? r.fee : 0.0,
        .queue_ahead = r.queue_ahead,
        .kind = static_cast<std::uint8_t>(r.kind),
        .side = static_cast<std::int8_t>(r.side),
        .status = static_cast<std::uint8_t>(r.status),
        .time_in_force = static_cast<std::uint8_t>(r.time_in_force),
        .type = static_cast<std::uint8_t>(r.type),
        .maker = r.maker,
        .executed = r.executed,
        .error = r.error,
    });
}

void OrderLog::finish() {
    writer_->flush();
    writer_->file.finish();
}

}  // namespace ringside::botkit
