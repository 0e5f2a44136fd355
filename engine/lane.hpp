#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/error.hpp"
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
/// before it, so a quick cancel arrives no sooner than the submit that it follows.
class Lane {
  public:
    Lane(AssetNo asset_no, const Instrument& instrument, const LatencyModel& latency,
         const FeeModel& fee, Outbox& outbox)
        : asset_no_(asset_no),
          instrument_(instrument),
          latency_(latency),
          fee_(fee),
          custom_fee_(fee.custom),
          outbox_(outbox) {}

    /// Takes a request that the bot made at `request.req_ts`.
    void accept(const OrderRequest& request) {
        const Nanos entry_ns = latency_.entry(request);
        if (entry_ns < 0) {
            note_refusal(request, -entry_ns);
            return;
        }
        // "Never" stands on requests made before the bot's clock started. As in HftBacktest, whose
        // sum of it and a latency wraps around, they arrive before all data.
        const bool unstarted = request.req_ts == kNever && entry_ns > 0;
        const Nanos arrival = unstarted ? 0 : saturating_add(request.req_ts, entry_ns);
        last_arrival_ = pending_.empty() ? arrival : std::max(arrival, last_arrival_);
        pending_.push({last_arrival_, request});
    }

    /// Venue time at which the next request arrives or is refused; kNever when none is on its way.
    Nanos next_arrival() const noexcept {
        const Nanos arrival = pending_.empty() ? kNever : pending_.front().at;
        return refused_.empty() ? arrival : std::min(arrival, refused_.front().at);
    }
    /// Whether next_arrival() is the time of a refusal, to be sent by refuse_next(), and not of a
    /// request, to be had by take().
    bool refuses_next() const noexcept {
        if (refused_.empty()) return false;
        if (pending_.empty()) return true;
        const Pending& arrives = pending_.front();
        const Pending& refused = refused_.front();
        // What was on its way when the bot asked has already met the venue.
        return refused.at != arrives.at ? refused.at < arrives.at
                                        : arrives.request.req_ts >= refused.request.req_ts;
    }
    /// Nothing is heard of the refusals that are not sent yet before this.
    Nanos refusals_heard() const noexcept {
        Nanos heard = kNever;
        for (std::size_t i = 0; i < refused_.size(); ++i) {
            heard = std::min(heard, refused_[i].heard);
        }
        return heard;
    }
    OrderRequest take() noexcept {
        const OrderRequest request = pending_.front().request;
        pending_.pop();
        return request;
    }

    /// Sends the next refusal.
    void refuse_next() {
        const Pending refusal = refused_.front();
        refused_.pop();
        if (failed_) return;
        const Nanos heard = behind_earlier(refusal.heard, refusal.at);
        outbox_.push(refusal_of(refusal.request, heard));
    }

    /// Sends a response made at `response.exch_ts`; fills in when it is heard and its fee.
    void respond(OrderResponse response) {
        if (failed_) return;
        response.asset_no = asset_no_;
        if (response.executed) response.fee = fee_of(response);
        const Nanos heard = saturating_add(response.exch_ts, latency_.response(response));
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
        Nanos heard = 0;  ///< of a refusal: unless it waits behind an earlier response
    };

    double fee_of(const OrderResponse& r) const {
        const double qty = instrument_.grid.qty(r.exec_lots);
        const double price = instrument_.grid.price(r.exec_price_ticks);
        const double amount = instrument_.amount(price, qty);
        if (!custom_fee_) return fee_(r.maker, r.side, amount, qty);
        const double fee =
            custom_fee_->fee({r.order_id, r.exch_ts, r.maker, r.side, price, qty, amount});
        if (!std::isfinite(fee)) {
            ringside::fail(ExitCode::Usage,
                           "fee model \"{}\": the fee of {} at {} for order {} at {} is {}",
                           custom_fee_.name(), qty, price, r.order_id, r.exch_ts, fee);
        }
        return fee;
    }

    /// When something made at `made` is heard that would be heard at `heard` if nothing were on its
    /// way before it.
    Nanos behind_earlier(Nanos heard, Nanos made) noexcept {
        const bool waits = response_under_way_ && last_heard_ > made;
        last_heard_ = std::max(heard, waits ? last_heard_ : 0);
        response_under_way_ = true;
        return last_heard_;
    }

    /// A refusal takes its place among the responses when the request could have arrived at the
    /// earliest: from the request on, the venue may have been simulated that far.
    void note_refusal(const OrderRequest& request, Nanos delay_ns) {
        const bool unstarted = request.req_ts == kNever;
        const Nanos req_ts = unstarted ? 0 : request.req_ts;
        last_refusal_ = std::max(saturating_add(req_ts, latency_.least_entry()), last_refusal_);
        refused_.push({last_refusal_, request, unstarted ? 0 : saturating_add(req_ts, delay_ns)});
    }

    AssetNo asset_no_;
    Instrument instrument_;
    LatencyModel latency_;
    FeeModel fee_;
    CustomInUse<CustomFee> custom_fee_;  ///< instead of fee_
    Outbox& outbox_;
    Fifo<Pending> pending_;
    Fifo<Pending> refused_;  ///< on the way, and not sent yet
    Nanos last_arrival_ = 0;
    Nanos last_refusal_ = 0;
    Nanos last_heard_ = 0;
    bool response_under_way_ = false;  ///< the last one is not known to have been heard
    bool failed_ = false;
};

}  // namespace ringside::engine
