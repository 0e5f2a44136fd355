#pragma once

#include <filesystem>
#include <memory>

#include "core/instrument.hpp"
#include "core/npy.hpp"
#include "core/order.hpp"

namespace ringside::botkit {

/// One row of the order log: a request when it was made, or a response as the bot heard it, in
/// decimal prices and quantities. What only responses know is 0 in requests.
struct OrderLogRow {
    /// Kinds of requests start here: 11 submit, 12 modify, 13 cancel.
    static constexpr std::uint8_t kRequests = 10;

    std::int64_t asset = 0;
    std::uint64_t order_id = 0;
    std::uint64_t req_seq = 0;  ///< the request, or the one answered; 0 when nobody asked
    std::int64_t req_ts = 0;
    std::int64_t exch_ts = 0;
    std::int64_t resp_ts = 0;
    double price = 0.0;
    double qty = 0.0;
    double leaves_qty = 0.0;
    double exec_price = 0.0;   ///< of the execution in this row; NaN if there is none
    double exec_qty = 0.0;     ///< of the execution in this row
    double fee = 0.0;          ///< of the execution in this row
    double queue_ahead = 0.0;  ///< quantity ahead when the order came to rest
    std::uint8_t kind = 0;     ///< ResponseKind, or kRequests + RequestKind
    std::int8_t side = 0;
    std::uint8_t status = 0;
    std::uint8_t time_in_force = 0;
    std::uint8_t type = 0;
    std::uint8_t maker = 0;
    std::uint8_t executed = 0;
    std::uint8_t error = 0;
};
static_assert(sizeof(OrderLogRow) == 112);

Dtype order_log_dtype();

/// Writes every request as it is made and every response as it is heard to a `.npy` file.
class OrderLog {
  public:
    explicit OrderLog(const std::filesystem::path& path);
    ~OrderLog();
    OrderLog(const OrderLog&) = delete;
    OrderLog& operator=(const OrderLog&) = delete;

    void add(const OrderRequest& request, const Instrument& instrument);
    void add(const OrderResponse& response, const Instrument& instrument);
    /// Completes the file under its name; without it no file appears.
    void finish();

  private:
    struct Writer;
    void append(const OrderLogRow& row);

    std::unique_ptr<Writer> writer_;
};

}  // namespace ringside::botkit
