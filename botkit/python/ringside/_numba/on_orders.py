"""The bot's orders, the walk over them, and one order."""

from __future__ import annotations

import operator

import numpy as np
from numba import boolean, int8, uint8, uint64
from numba.extending import overload, overload_attribute, overload_method

from ..types import order_dtype
from .model import (
    OrdersType,
    OrderType,
    ValuesType,
    address,
    asset_of,
    attribute,
    make_order,
    make_values,
    native,
    places_of,
)

for _name in ("price_tick", "exec_price_tick", "exch_timestamp", "local_timestamp"):
    attribute(OrderType, _name, f"order_{_name}")
for _name in ("price", "exec_price", "qty", "leaves_qty", "exec_qty"):
    attribute(OrderType, _name, f"order_{_name}")
for _name in ("status", "req", "time_in_force"):
    attribute(OrderType, _name, f"order_{_name}", uint8)
attribute(OrderType, "order_id", "order_id")
attribute(OrderType, "order_type", "order_type", uint8)
attribute(OrderType, "side", "order_side", int8)
attribute(OrderType, "cancellable", "order_cancellable", boolean)
attribute(OrderType, "maker", "order_maker", boolean)

_tick_size = native("tick_size")
_count = native("orders_count")
_at = native("orders_at")
_find = native("orders_find")
_read = native("order_read")


@overload_attribute(OrderType, "tick_size")
def _order_tick_size(order):
    return lambda order: _tick_size(asset_of(order))


@overload_attribute(OrderType, "arr")
def _order_record(order):
    def arr(order):
        record = np.zeros(1, order_dtype)
        _read(asset_of(order), address(order), record.ctypes.data)
        return record

    return arr


@overload(len)
def _len(orders):
    if isinstance(orders, OrdersType):
        return lambda orders: _count(address(orders))
    return None


@overload(operator.contains)
def _contains(orders, order_id):
    if isinstance(orders, OrdersType):
        return lambda orders, order_id: _find(address(orders), uint64(order_id)) != 0
    return None


@overload_method(OrdersType, "get")
def _get(orders, order_id):
    def get(orders, order_id):
        found = _find(address(orders), uint64(order_id))
        if found == 0:
            return None
        return make_order(address(orders), found)

    return get


@overload_method(OrdersType, "values")
def _values(orders):
    def values(orders):
        places = np.empty(2, np.int64)  # where the walk is, where it ends
        places[0] = -1
        places[1] = _count(address(orders))
        return make_values(address(orders), places)

    return values


@overload_method(ValuesType, "has_next")
def _has_next(values):
    def has_next(values):
        places = places_of(values)
        if places[0] < places[1]:
            places[0] += 1
        # Fewer may be left than there were at the start.
        return places[0] < places[1] and _at(asset_of(values), places[0]) != 0

    return has_next


@overload_method(ValuesType, "get")
def _get_value(values):
    def get(values):
        places = places_of(values)
        found = uint64(0)
        if 0 <= places[0] < places[1]:
            found = _at(asset_of(values), places[0])
        if found == 0:
            raise RuntimeError("there is no order here: call has_next() before each get()")
        return make_order(asset_of(values), found)

    return get


@overload_method(ValuesType, "next")
def _next(values):
    def next_value(values):
        if values.has_next():
            return values.get()
        return None

    return next_value
