"""The bot's orders, the walk over them, and one order."""

from __future__ import annotations

import operator

import numpy as np
from numba import uint64
from numba.extending import overload, overload_attribute, overload_method

from ..order import NEW, NONE, PARTIALLY_FILLED
from ..types import order_dtype
from .layout import (
    ORDER,
    field,
    load_int64,
    orders_at,
    orders_count,
    orders_find,
    store_int64,
    tick_size_of_asset,
)
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

for _name in ("qty", "leaves_qty", "exec_qty"):
    attribute(OrderType, _name, f"order_{_name}")
_read = native("order_read")


def _member(name: str) -> None:
    get = field(ORDER, name)
    overload_attribute(OrderType, name)(lambda order: lambda order: get(address(order)))


for _name in ("order_id", "price_tick", "exec_price_tick", "exch_timestamp", "local_timestamp"):
    _member(_name)
for _name in ("side", "time_in_force", "order_type", "status", "req", "maker"):
    _member(_name)


@overload_attribute(OrderType, "tick_size")
def _order_tick_size(order):
    return lambda order: tick_size_of_asset(asset_of(order))


@overload_attribute(OrderType, "price")
def _price(order):
    return lambda order: order.price_tick * order.tick_size


@overload_attribute(OrderType, "exec_price")
def _exec_price(order):
    return lambda order: order.exec_price_tick * order.tick_size


@overload_attribute(OrderType, "cancellable")
def _cancellable(order):
    def cancellable(order):
        return (order.status == NEW or order.status == PARTIALLY_FILLED) and order.req == NONE

    return cancellable


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
        return lambda orders: orders_count(address(orders))
    return None


@overload(operator.contains)
def _contains(orders, order_id):
    if isinstance(orders, OrdersType):
        return lambda orders, order_id: orders_find(address(orders), uint64(order_id)) != 0
    return None


@overload_method(OrdersType, "get")
def _get(orders, order_id):
    def get(orders, order_id):
        found = orders_find(address(orders), uint64(order_id))
        if found == 0:
            return None
        return make_order(address(orders), found)

    return get


@overload_method(OrdersType, "values")
def _values(orders):
    def values(orders):
        places = np.empty(2, np.int64)  # where the walk is, where it ends
        places[0] = -1
        places[1] = orders_count(address(orders))
        return make_values(address(orders), places)

    return values


@overload_method(ValuesType, "has_next")
def _has_next(values):
    def has_next(values):
        places = places_of(values)
        place, end = load_int64(places, 0), load_int64(places, 1)
        if place < end:
            place += 1
            store_int64(places, 0, place)
        # Fewer may be left than there were at the start.
        return place < end and place < orders_count(asset_of(values))

    return has_next


@overload_method(ValuesType, "get")
def _get_value(values):
    def get(values):
        places = places_of(values)
        place = load_int64(places, 0)
        found = uint64(0)
        if 0 <= place < load_int64(places, 1):
            found = orders_at(asset_of(values), place)
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
