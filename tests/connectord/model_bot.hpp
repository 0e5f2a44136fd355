#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "connectord/order_events.hpp"
#include "core/code.hpp"

namespace ringside::connectord::test {

/// A bot that believes what it is told, as botkit's bots do, and objects to what it must never be
/// told.
class ModelBot {
  public:
    struct Held {
        Order order;
        bool ended = false;
    };

    /// A request about the order, noted as in flight.
    OrderRequest submit(OrderId id, Side side, Ticks price, Lots qty, TimeInForce tif, Nanos now) {
        Held& held = held_[id];
        held = {};
        held.order = {.order_id = id,
                      .price_ticks = price,
                      .qty_lots = qty,
                      .leaves_lots = qty,
                      .side = side,
                      .time_in_force = tif,
                      .req = Status::New};
        return request(held, RequestKind::Submit, price, qty, now);
    }
    OrderRequest cancel(OrderId id, Nanos now) {
        Held& held = held_.at(id);
        held.order.req = Status::Canceled;
        return request(held, RequestKind::Cancel, held.order.price_ticks, 0, now);
    }
    OrderRequest modify(OrderId id, Ticks price, Lots qty, Nanos now) {
        Held& held = held_.at(id);
        held.order.req = Status::Replaced;
        return request(held, RequestKind::Modify, price, qty, now);
    }

    void hear(const OrderResponse& r) {
        if (r.executed) position += r.side == Side::Buy ? r.exec_lots : -r.exec_lots;
        if (r.order_id == kLateOrderId) return;
        if (r.req_seq != 0) {
            EXPECT_EQ(waiting_.erase(r.req_seq), 1U)
                << "request " << r.req_seq << " answered twice";
        }
        if (r.kind == ResponseKind::Update && !held_.contains(r.order_id)) {
            held_[r.order_id].order = {.order_id = r.order_id, .side = r.side};  // was kept
        }
        const auto it = held_.find(r.order_id);
        ASSERT_TRUE(it != held_.end()) << "order " << r.order_id << " was never asked for";
        Held& held = it->second;
        if (r.error == static_cast<std::uint8_t>(Code::OrderIdExists)) {
            held_.erase(it);  // one that was kept and shows only now
            return;
        }
        if (r.kind == ResponseKind::Refused) {
            if (held.order.req == Status::New && r.req_seq == held.order.req_seq) held.ended = true;
            if (r.req_seq == held.order.req_seq) held.order.req = Status::None;
            return;
        }
        EXPECT_FALSE(held.ended) << "order " << r.order_id << " came back from the dead";
        held.order.price_ticks = r.price_ticks;
        held.order.qty_lots = r.qty_lots;
        held.order.leaves_lots = r.leaves_lots;
        held.order.status = r.status;
        held.ended = is_terminal(r.status);
        if (r.req_seq == held.order.req_seq) held.order.req = Status::None;
    }

    const std::map<OrderId, Held>& held() const noexcept { return held_; }
    const std::set<std::uint64_t>& waiting() const noexcept { return waiting_; }

    Lots position = 0;  ///< by what it heard

  private:
    OrderRequest request(Held& held, RequestKind kind, Ticks price, Lots qty, Nanos now) {
        held.order.req_seq = ++seq_;
        waiting_.insert(seq_);
        return {.seq = seq_,
                .order_id = held.order.order_id,
                .req_ts = now,
                .price_ticks = price,
                .qty_lots = qty,
                .leaves_lots = held.order.leaves_lots,
                .kind = kind,
                .side = held.order.side,
                .time_in_force = held.order.time_in_force,
                .type = OrderType::Limit,
                .status = held.order.status};
    }

    std::map<OrderId, Held> held_;
    std::set<std::uint64_t> waiting_;
    std::uint64_t seq_ = 0;
};

}  // namespace ringside::connectord::test
