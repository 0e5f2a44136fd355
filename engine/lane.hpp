#pragma once

#include <algorithm>
#include <cstdint>

#include "core/fifo.hpp"
#include "core/instrument.hpp"
#include "core/order.hpp"
#include "core/time.hpp"
#include "engine/fee_model.hpp"
#include "engine/latency_model.hpp"
#include "engine/outbox.hpp"

namespace ringside::engine {

/// One bot's way to one instrument and back: requests on their way in, the latencies of both
/// directions, and where responses go. Nothing overtakes: a message waits behind a slower one sent
/// before it.
class Lane {
  public:
    Lane(AssetNo asset_no, const Instrument& instrument, const LatencyModel& latency,
         const FeeModel& fee, Outbox& outbox)
        : asset_no_(asset_no),
          instrument_(instrument),
          latency_(latency),
          fee_(fee),
          outbox_(outbox) {}

    /// Takes a request that the bot made at `request.req_ts`.
    void accept(const OrderRequest& request) {
        const Nanos entry_ns = latency_.entry(request.req_ts);
        if (entry_ns < 0) {
            refuse_on_the_way(request, -entry_ns);
            return;
        }
        // "Never" stands on requests made before the bot's clock started. As in HftBacktest, whose
        // sum of it and a latency wraps around, they arrive before all data.
        const bool unstarted = request.req_ts == kNever && entry_ns > 0;
        const Nanos arrival = unstarted ? 0 : saturating_add(request.req_ts, entry_ns);
        last_arrival_ = pending_.empty() ? arrival : std::max(arrival, last_arrival_);
        pending_.push({last_arrival_, request});
    }

    /// Venue time at which the next request arrives; kNever when none is on its way.
    Nanos next_arrival() const noexcept { return pending_.empty() ? kNever : pending_.front().at; }
    OrderRequest take() noexcept {
        const OrderRequest request = pending_.front().request;
        pending_.pop();
        return request;
    }

    /// Sends a response made at `response.exch_ts`; fills in when it is heard and its fee.
    void respond(OrderResponse response) {
        if (failed_) return;
        response.asset_no = asset_no_;
        if (response.executed) response.fee = fee_of(response);
        const Nanos heard = saturating_add(response.exch_ts, latency_.response(response.exch_ts));
        response.resp_ts = behind_earlier(heard, response.exch_ts);
        outbox_.push(response);
    }

    /// Ends this bot's simulation: told at the venue's own time, without latency, and nothing else
    /// is from now on.
    void fail(OrderResponse response) {
        if (failed_) return;
        failed_ = true;
        response.asset_no = asset_no_;
        response.resp_ts = response.exch_ts;
        outbox_.push(response);
    }
    bool failed() const noexcept { return failed_; }
    /// Before it does anything else, the bot hears all responses up to `until`.
    void on_heard(Nanos until) noexcept { response_under_way_ &= last_heard_ > until; }

  private:
    struct Pending {
        Nanos at = 0;
        OrderRequest request;
    };

    double fee_of(const OrderResponse& r) const noexcept {
        const double qty = instrument_.grid.qty(r.exec_lots);
        const double price = instrument_.grid.price(r.exec_price_ticks);
        return fee_(r.maker, r.side, instrument_.amount(price, qty), qty);
    }

    /// When something made at `made` is heard that would be heard at `heard` if nothing were on its
    /// way before it.
    Nanos behind_earlier(Nanos heard, Nanos made) noexcept {
        const bool waits = response_under_way_ && last_heard_ > made;
        last_heard_ = std::max(heard, waits ? last_heard_ : 0);
        response_under_way_ = true;
        return last_heard_;
    }

    void refuse_on_the_way(const OrderRequest& request, Nanos delay_ns) {
        OrderResponse response{.req_seq = request.seq,
                               .order_id = request.order_id,
                               .req_ts = request.req_ts,
                               .price_ticks = request.price_ticks,
                               .qty_lots = request.qty_lots,
                               .leaves_lots = request.leaves_lots,
                               .asset_no = asset_no_,
                               .kind = ResponseKind::Refused,
                               .side = request.side,
                               .time_in_force = request.time_in_force,
                               .type = request.type,
                               .status = request.status,
                               .req = Status::Rejected};
        response.resp_ts = behind_earlier(saturating_add(request.req_ts, delay_ns), request.req_ts);
        outbox_.push(response);
    }

    AssetNo asset_no_;
    Instrument instrument_;
    LatencyModel latency_;
    FeeModel fee_;
    Outbox& outbox_;
    Fifo<Pending> pending_;
    Nanos last_arrival_ = 0;
    Nanos last_heard_ = 0;
    bool response_under_way_ = false;  ///< the last one is not known to have been heard
    bool failed_ = false;
};

}  // namespace ringside::engine
