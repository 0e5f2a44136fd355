#include <array>

#include "botkit/capi/session.hpp"
#include "botkit/capi/venue.hpp"
#include "core/error.hpp"
#include "engine/custom_models.hpp"

using namespace ringside;
using namespace ringside::capi;
using engine::AssetConfig;
using engine::Execution;
using engine::QueuedOrder;

namespace {

/// A queue model whose functions are the caller's.
struct CallerQueue {
    std::string name;
    ringside_queue_new_order on_new_order;
    ringside_queue_trade on_trade;
    ringside_queue_depth on_depth;
    ringside_queue_filled on_filled;

    using State = std::array<double, RINGSIDE_QUEUE_STATE_SIZE>;

    void rest(State& state, const QueuedOrder& order, double level_qty) const {
        const ringside_queued_order seen = see(order);
        check(on_new_order(state.data(), &seen, level_qty), order, "new_order");
    }
    void trade(State& state, const QueuedOrder& order, double qty) const {
        const ringside_queued_order seen = see(order);
        check(on_trade(state.data(), &seen, qty), order, "trade");
    }
    void depth(State& state, const QueuedOrder& order, double before, double after) const {
        const ringside_queued_order seen = see(order);
        check(on_depth(state.data(), &seen, before, after), order, "depth");
    }
    double executable(State& state, const QueuedOrder& order) const {
        const ringside_queued_order seen = see(order);
        return on_filled(state.data(), &seen);
    }

  private:
    static ringside_queued_order see(const QueuedOrder& order) noexcept {
        const Grid& grid = order.book.grid();
        return {.order_id = order.order_id,
                .side = static_cast<int64_t>(order.side),
                .price_tick = order.price_ticks,
                .leaves_qty = grid.qty(order.leaves_lots),
                .exch_ts = order.exch_ts,
                .best_bid_tick = order.book.best_bid(),
                .best_ask_tick = order.book.best_ask(),
                .tick_size = grid.tick_size,
                .lot_size = grid.lot_size};
    }
    void check(int64_t failed, const QueuedOrder& order, const char* function) const {
        if (failed == 0) [[likely]]
            return;
        fail(ExitCode::Usage, "queue model \"{}\": its function {} failed for order {} at {}", name,
             function, order.order_id, order.exch_ts);
    }
};

struct CallerLatency {
    ringside_entry_latency on_entry;
    ringside_response_latency on_response;
    Nanos least_entry_ns;
    Nanos least_response_ns;

    Nanos entry(const OrderRequest& request) const {
        return on_entry(static_cast<int64_t>(request.kind), request.req_ts);
    }
    Nanos response(const OrderResponse& response) const { return on_response(response.exch_ts); }
    Nanos least_entry() const { return least_entry_ns; }
    Nanos least_response() const { return least_response_ns; }
};

template <typename... Functions>
void require(const char* name, Functions... functions) {
    if (((functions == nullptr) || ...)) {
        fail(ExitCode::Usage, "model \"{}\": one of its functions is missing", name);
    }
}

}  // namespace

extern "C" {

ringside_code ringside_asset_entry_latencies(ringside_venue* venue, int64_t modify_ns,
                                             int64_t cancel_ns) {
    return describe(venue, [&](AssetConfig& asset) {
        asset.latency.constant.modify_entry_ns = modify_ns;
        asset.latency.constant.cancel_entry_ns = cancel_ns;
    });
}

ringside_code ringside_asset_custom_queue(ringside_venue* venue, const char* name,
                                          ringside_queue_new_order new_order,
                                          ringside_queue_trade trade, ringside_queue_depth depth,
                                          ringside_queue_filled filled) {
    return describe(venue, [&](AssetConfig& asset) {
        require(name, new_order, trade, depth, filled);
        asset.queue =
            engine::custom_queue(name, CallerQueue{name, new_order, trade, depth, filled});
        asset.instrument.book = BookKind::L2;
    });
}

ringside_code ringside_asset_custom_latency(ringside_venue* venue, const char* name,
                                            ringside_entry_latency entry,
                                            ringside_response_latency response,
                                            int64_t least_entry_ns, int64_t least_response_ns) {
    return describe(venue, [&](AssetConfig& asset) {
        require(name, entry, response);
        asset.latency = engine::custom_latency(
            name, CallerLatency{entry, response, least_entry_ns, least_response_ns});
    });
}

ringside_code ringside_asset_custom_fee(ringside_venue* venue, const char* name,
                                        ringside_fee_of fee) {
    return describe(venue, [&](AssetConfig& asset) {
        require(name, fee);
        asset.fee = engine::custom_fee(name, [fee](const Execution& e) {
            return fee(e.maker, static_cast<int64_t>(e.side), e.price, e.qty, e.amount);
        });
    });
}

}  // extern "C"
