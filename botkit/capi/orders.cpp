#include <cstddef>
#include <limits>

#include "botkit/capi/session.hpp"

using namespace ringside;
using namespace ringside::capi;
using botkit::Context;
using botkit::OrderTable;

static_assert(sizeof(ringside_order_record) == 96);

// What callers read in place is the table itself.
using Slot = botkit::OrderIndex::Slot;
static_assert(sizeof(ringside_order) == sizeof(Order));
static_assert(offsetof(ringside_order, price_tick) == offsetof(Order, price_ticks));
static_assert(offsetof(ringside_order, qty_lots) == offsetof(Order, qty_lots));
static_assert(offsetof(ringside_order, leaves_lots) == offsetof(Order, leaves_lots));
static_assert(offsetof(ringside_order, exec_lots) == offsetof(Order, exec_lots));
static_assert(offsetof(ringside_order, exec_price_tick) == offsetof(Order, exec_price_ticks));
static_assert(offsetof(ringside_order, exch_timestamp) == offsetof(Order, exch_ts));
static_assert(offsetof(ringside_order, local_timestamp) == offsetof(Order, local_ts));
static_assert(offsetof(ringside_order, queue_ahead) == offsetof(Order, queue_ahead));
static_assert(offsetof(ringside_order, side) == offsetof(Order, side));
static_assert(offsetof(ringside_order, time_in_force) == offsetof(Order, time_in_force));
static_assert(offsetof(ringside_order, order_type) == offsetof(Order, type));
static_assert(offsetof(ringside_order, status) == offsetof(Order, status));
static_assert(offsetof(ringside_order, req) == offsetof(Order, req));
static_assert(offsetof(ringside_order, maker) == offsetof(Order, maker));
static_assert(sizeof(ringside_order_slot) == sizeof(Slot));
static_assert(offsetof(ringside_order_slot, order) == offsetof(Slot, order));
static_assert(sizeof(ringside_orders) == sizeof(OrderTable::View));
static_assert(offsetof(ringside_orders, count) == offsetof(OrderTable::View, count));
static_assert(offsetof(ringside_orders, slots) == offsetof(OrderTable::View, slots));
static_assert(offsetof(ringside_orders, shift) == offsetof(OrderTable::View, shift));

namespace {

/// What a caller holds as `ringside_order` is the table's own entry.
const Order& entry(const ringside_order* order) noexcept {
    return *reinterpret_cast<const Order*>(order);
}
const ringside_order* handle(const Order* order) noexcept {
    return reinterpret_cast<const ringside_order*>(order);
}

const OrderTable* orders_of(const ringside_asset* asset) noexcept {
    const Context* context = context_of(asset);
    return context == nullptr ? nullptr : &context->orders(number_of(asset));
}

const Grid& grid_of(const ringside_asset* asset) noexcept {
    return context_of(asset)->instrument(number_of(asset)).grid;
}

/// A member of an order; `closed` once the session is.
template <typename T, typename Get>
T of_order(const ringside_asset* asset, const ringside_order* order, T closed, Get&& get) noexcept {
    return context_of(asset) == nullptr ? closed : static_cast<T>(get(entry(order)));
}
template <typename Get>
int64_t whole(const ringside_asset* asset, const ringside_order* order, Get&& get) noexcept {
    return of_order<int64_t>(asset, order, 0, get);
}
template <typename Get>
double number(const ringside_asset* asset, const ringside_order* order, Get&& get) noexcept {
    return of_order<double>(asset, order, std::numeric_limits<double>::quiet_NaN(), get);
}

TimeInForce time_in_force_of(int64_t value) noexcept {
    return value >= 0 && value <= 3 ? static_cast<TimeInForce>(value) : TimeInForce::Unsupported;
}
OrderType order_type_of(int64_t value) noexcept {
    return value == 0 || value == 1 ? static_cast<OrderType>(value) : OrderType::Unsupported;
}

/// Applies an action to one asset, or to all for -1.
template <typename Action>
ringside_code on_assets(ringside_session* session, int64_t asset_no, Action&& action) noexcept {
    if (asset_no != -1) {
        return on_asset(session, asset_no, [&](Context& context, AssetNo a) {
            action(context, a);
            return Code::Ok;
        });
    }
    return on_context(session, [&](Context& context) {
        for (AssetNo a = 0; a < context.num_assets(); ++a) action(context, a);
        return Code::Ok;
    });
}

}  // namespace

const ringside_orders* capi::view_of(const OrderTable& table) noexcept {
    return reinterpret_cast<const ringside_orders*>(&table.view());
}
const ringside_orders* capi::no_orders() noexcept {
    static const OrderTable none;
    return view_of(none);
}

extern "C" {

ringside_code ringside_submit(ringside_session* session, int64_t asset_no, int64_t side,
                              uint64_t order_id, double price, double qty, int64_t time_in_force,
                              int64_t order_type, int64_t wait) {
    return on_asset(session, asset_no, [=](Context& context, AssetNo a) {
        const TimeInForce tif = time_in_force_of(time_in_force);
        const OrderType type = order_type_of(order_type);
        return side > 0 ? context.submit_buy_order(a, order_id, price, qty, tif, type, wait != 0)
                        : context.submit_sell_order(a, order_id, price, qty, tif, type, wait != 0);
    });
}

ringside_code ringside_modify(ringside_session* session, int64_t asset_no, uint64_t order_id,
                              double price, double qty, int64_t wait) {
    return on_asset(session, asset_no, [=](Context& context, AssetNo a) {
        return context.modify(a, order_id, price, qty, wait != 0);
    });
}

ringside_code ringside_cancel(ringside_session* session, int64_t asset_no, uint64_t order_id,
                              int64_t wait) {
    return on_asset(session, asset_no, [=](Context& context, AssetNo a) {
        return context.cancel(a, order_id, wait != 0);
    });
}

ringside_code ringside_clear_inactive_orders(ringside_session* session, int64_t asset_no) {
    return on_assets(session, asset_no,
                     [](Context& context, AssetNo a) { context.clear_inactive_orders(a); });
}
ringside_code ringside_clear_last_trades(ringside_session* session, int64_t asset_no) {
    return on_assets(session, asset_no,
                     [](Context& context, AssetNo a) { context.clear_last_trades(a); });
}
ringside_code ringside_keep_last_trades(ringside_session* session, int64_t asset_no,
                                        int64_t expected) {
    return on_assets(session, asset_no, [=](Context& context, AssetNo a) {
        context.keep_last_trades(a, static_cast<std::size_t>(expected));
    });
}

int64_t ringside_orders_count(const ringside_asset* asset) {
    const OrderTable* orders = orders_of(asset);
    return orders == nullptr ? 0 : static_cast<int64_t>(orders->size());
}
const ringside_order* ringside_orders_at(const ringside_asset* asset, int64_t place) {
    const OrderTable* orders = orders_of(asset);
    const auto at = static_cast<std::size_t>(place);
    if (orders == nullptr || at >= orders->size()) return nullptr;
    return handle(&*OrderTable::Iterator(*orders, at));
}
const ringside_order* ringside_orders_find(const ringside_asset* asset, uint64_t order_id) {
    const OrderTable* orders = orders_of(asset);
    return orders == nullptr ? nullptr : handle(orders->find(order_id));
}

int64_t ringside_order_read(const ringside_asset* asset, const ringside_order* order,
                            ringside_order_record* record) {
    if (context_of(asset) == nullptr) return 0;
    const Order& o = entry(order);
    const Grid& grid = grid_of(asset);
    *record = {.qty = grid.qty(o.qty_lots),
               .leaves_qty = grid.qty(o.leaves_lots),
               .exec_qty = grid.qty(o.exec_lots),
               .exec_price_tick = o.exec_price_ticks,
               .price_tick = o.price_ticks,
               .tick_size = grid.tick_size,
               .exch_timestamp = o.exch_ts,
               .local_timestamp = o.local_ts,
               .order_id = o.order_id,
               .reserved = {},
               .maker = o.maker,
               .order_type = static_cast<uint8_t>(o.type),
               .req = static_cast<uint8_t>(o.req),
               .status = static_cast<uint8_t>(o.status),
               .side = static_cast<int8_t>(o.side),
               .time_in_force = static_cast<uint8_t>(o.time_in_force),
               .padding = {}};
    return 1;
}

uint64_t ringside_order_id(const ringside_asset* a, const ringside_order* order) {
    return of_order<uint64_t>(a, order, 0, [](const Order& o) { return o.order_id; });
}
double ringside_order_price(const ringside_asset* a, const ringside_order* order) {
    return number(a, order, [&](const Order& o) { return grid_of(a).price(o.price_ticks); });
}
double ringside_order_exec_price(const ringside_asset* a, const ringside_order* order) {
    return number(a, order, [&](const Order& o) { return grid_of(a).price(o.exec_price_ticks); });
}
int64_t ringside_order_price_tick(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.price_ticks; });
}
int64_t ringside_order_exec_price_tick(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.exec_price_ticks; });
}
double ringside_order_qty(const ringside_asset* a, const ringside_order* order) {
    return number(a, order, [&](const Order& o) { return grid_of(a).qty(o.qty_lots); });
}
double ringside_order_leaves_qty(const ringside_asset* a, const ringside_order* order) {
    return number(a, order, [&](const Order& o) { return grid_of(a).qty(o.leaves_lots); });
}
double ringside_order_exec_qty(const ringside_asset* a, const ringside_order* order) {
    return number(a, order, [&](const Order& o) { return grid_of(a).qty(o.exec_lots); });
}
int64_t ringside_order_side(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.side; });
}
int64_t ringside_order_status(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.status; });
}
int64_t ringside_order_req(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.req; });
}
int64_t ringside_order_type(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.type; });
}
int64_t ringside_order_time_in_force(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.time_in_force; });
}
int64_t ringside_order_cancellable(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.cancellable(); });
}
int64_t ringside_order_maker(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.maker; });
}
int64_t ringside_order_exch_timestamp(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.exch_ts; });
}
int64_t ringside_order_local_timestamp(const ringside_asset* a, const ringside_order* order) {
    return whole(a, order, [](const Order& o) { return o.local_ts; });
}

}  // extern "C"
