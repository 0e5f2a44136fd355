"""Methods of a session."""

from __future__ import annotations

from numba import carray, int64, types, uint64
from numba.extending import lower_builtin, overload_attribute, overload_method, register_jitable

from ..types import event_dtype
from . import model
from .layout import load_int64
from .model import SessionType, address, as_pointer, attribute, native

_asset_at = native("asset_at")
_num_assets = native("num_assets")
_position = native("position")
_last_trades = native("last_trades")
_last_trades_count = native("last_trades_count")
_clear_last_trades = native("clear_last_trades")
_clear_inactive_orders = native("clear_inactive_orders")
_submit = native("submit")
_modify = native("modify")
_cancel = native("cancel")
_wait_order_response = native("wait_order_response")
_wait_next_feed = native("wait_next_feed")
_elapse = native("elapse")
_go_to_end = native("go_to_end")
_close = native("close")
_feed_latency = native("feed_latency")
_order_latency = native("order_latency")

attribute(SessionType, "current_timestamp", "current_timestamp")
attribute(SessionType, "live_errors", "live_errors")


@overload_attribute(SessionType, "ptr")
def _ptr(hbt):
    return lambda hbt: address(hbt)


@overload_attribute(SessionType, "num_assets")
def _num(hbt):
    return lambda hbt: uint64(_num_assets(address(hbt)))


@register_jitable
def _asset(hbt, asset_no):
    asset = _asset_at(address(hbt), int64(asset_no))
    if asset == 0:
        raise IndexError("there is no asset of this number")
    return asset


@overload_method(SessionType, "depth")
def _depth(hbt, asset_no):
    make = model.make_depth if hbt == model.session else model.make_roi_depth

    def depth(hbt, asset_no):
        return make(_asset(hbt, asset_no))

    return depth


@overload_method(SessionType, "orders")
def _orders(hbt, asset_no):
    make = model.make_orders

    def orders(hbt, asset_no):
        return make(_asset(hbt, asset_no))

    return orders


@overload_method(SessionType, "state_values")
def _state_values(hbt, asset_no):
    make = model.make_state_values

    def state_values(hbt, asset_no):
        return make(_asset(hbt, asset_no))

    return state_values


@overload_method(SessionType, "position")
def _position_of(hbt, asset_no):
    def position(hbt, asset_no):
        return _position(_asset(hbt, asset_no))

    return position


@overload_method(SessionType, "last_trades")
def _trades_of(hbt, asset_no):
    def last_trades(hbt, asset_no):
        asset = _asset(hbt, asset_no)
        return carray(as_pointer(_last_trades(asset)), (_last_trades_count(asset),), event_dtype)

    return last_trades


@overload_method(SessionType, "clear_last_trades")
def _clear_trades(hbt, asset_no):
    def clear_last_trades(hbt, asset_no):
        _clear_last_trades(address(hbt), int64(asset_no))

    return clear_last_trades


@overload_method(SessionType, "clear_inactive_orders")
def _clear_orders(hbt, asset_no):
    def clear_inactive_orders(hbt, asset_no):
        _clear_inactive_orders(address(hbt), int64(asset_no))

    return clear_inactive_orders


def _submitter(side: int):
    def submitter(
        hbt,
        asset_no,
        order_id,
        price,
        qty,
        time_in_force,
        order_type,
        wait,
    ):
        def submit(
            hbt,
            asset_no,
            order_id,
            price,
            qty,
            time_in_force,
            order_type,
            wait,
        ):
            return _submit(
                address(hbt),
                int64(asset_no),
                side,
                uint64(order_id),
                price,
                qty,
                int64(time_in_force),
                int64(order_type),
                int64(wait),
            )

        return submit

    return submitter


overload_method(SessionType, "submit_buy_order")(_submitter(1))
overload_method(SessionType, "submit_sell_order")(_submitter(-1))


@overload_method(SessionType, "modify")
def _modify_order(hbt, asset_no, order_id, price, qty, wait):
    def modify(hbt, asset_no, order_id, price, qty, wait):
        order = uint64(order_id)
        return _modify(address(hbt), int64(asset_no), order, price, qty, int64(wait))

    return modify


@overload_method(SessionType, "cancel")
def _cancel_order(hbt, asset_no, order_id, wait):
    def cancel(hbt, asset_no, order_id, wait):
        return _cancel(address(hbt), int64(asset_no), uint64(order_id), int64(wait))

    return cancel


@overload_method(SessionType, "wait_order_response")
def _wait_response(hbt, asset_no, order_id, timeout):
    def wait_order_response(hbt, asset_no, order_id, timeout):
        order = uint64(order_id)
        return _wait_order_response(address(hbt), int64(asset_no), order, int64(timeout))

    return wait_order_response


@overload_method(SessionType, "wait_next_feed")
def _wait_feed(hbt, include_order_resp, timeout):
    def wait_next_feed(hbt, include_order_resp, timeout):
        return _wait_next_feed(address(hbt), int64(include_order_resp), int64(timeout))

    return wait_next_feed


def _elapser(hbt, duration):
    def elapse(hbt, duration):
        return _elapse(address(hbt), int64(duration))

    return elapse


overload_method(SessionType, "elapse")(_elapser)
overload_method(SessionType, "elapse_bt")(_elapser)


@overload_method(SessionType, "_goto_end")
def _goto_end(hbt):
    return lambda hbt: _go_to_end(address(hbt))


@overload_method(SessionType, "close")
def _close_session(hbt):
    return lambda hbt: _close(address(hbt))


@overload_method(SessionType, "feed_latency")
def _feed_times(hbt, asset_no):
    def feed_latency(hbt, asset_no):
        times = _feed_latency(_asset(hbt, asset_no))
        if times == 0:
            return None
        return load_int64(times, 0), load_int64(times, 1)

    return feed_latency


@overload_method(SessionType, "order_latency")
def _order_times(hbt, asset_no):
    def order_latency(hbt, asset_no):
        times = _order_latency(_asset(hbt, asset_no))
        if times == 0:
            return None
        return load_int64(times, 0), load_int64(times, 1), load_int64(times, 2)

    return order_latency


@lower_builtin("static_getitem", types.Optional, types.IntegerLiteral)
def _item_of_times(context, builder, signature, arguments):
    """``latency[0]`` after a test for None: Numba types it, but cannot compile it by itself."""
    optional = signature.args[0]
    if not isinstance(optional.type, types.UniTuple):
        raise NotImplementedError
    times = context.cast(builder, arguments[0], optional, optional.type)
    return builder.extract_value(times, arguments[1] % optional.type.count)
