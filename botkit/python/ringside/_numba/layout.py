"""What compiled code reads in place: structures of `ringside.h`, and loads from addresses."""

from __future__ import annotations

from typing import Any

import llvmlite.ir
import numpy as np
from numba import types, uint64
from numba.extending import intrinsic, register_jitable

ORDER = np.dtype(
    [
        *(("order_id", "u8"), ("price_tick", "i8"), ("qty_lots", "i8"), ("leaves_lots", "i8")),
        *(("exec_lots", "i8"), ("exec_price_tick", "i8"), ("exec_fee", "f8")),
        *(("exch_timestamp", "i8"), ("exch_timestamp_at_request", "i8")),
        *(("local_timestamp", "i8"), ("request", "u8"), ("confirmed_price_tick", "i8")),
        *(("confirmed_qty_lots", "i8"), ("queue_ahead", "f8"), ("side", "i1")),
        *(("time_in_force", "u1"), ("order_type", "u1"), ("status", "u1")),
        *(("req", "u1"), ("maker", "?")),
    ],
    align=True,
)
SLOT = np.dtype([("order_id", "u8"), ("order", "u8")])
ORDERS = np.dtype([("orders", "u8"), ("count", "i8"), ("slots", "u8"), ("shift", "u8")])
ASSET = np.dtype([("orders", "u8"), ("tick_size", "f8"), ("session", "u8"), ("no", "i8")])


def load(kind: types.Type) -> Any:
    """An intrinsic that reads a value of this type at an address."""

    @intrinsic
    def read(_context: Any, _address: Any) -> Any:
        def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            pointer = builder.inttoptr(arguments[0], context.get_data_type(kind).as_pointer())
            return context.unpack_value(builder, kind, pointer)

        return kind(types.uint64), codegen

    return read


def field(structure: np.dtype[Any], name: str) -> Any:
    """A function that reads a member of the structure at an address."""
    member, offset = structure.fields[name][:2]
    read = load(_TYPES[member])
    at = np.uint64(offset)

    @register_jitable
    def get(address):
        return read(address + at)

    return get


_TYPES = {
    np.dtype("u8"): types.uint64,
    np.dtype("i8"): types.int64,
    np.dtype("f8"): types.float64,
    np.dtype("i1"): types.int8,
    np.dtype("u1"): types.uint8,
    np.dtype("?"): types.boolean,
}


@intrinsic
def load_int64(_context: Any, _address: Any, _index: Any) -> Any:
    """Reads one of the integers from an address on."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        numbers = builder.inttoptr(arguments[0], llvmlite.ir.IntType(64).as_pointer())
        return builder.load(builder.gep(numbers, [arguments[1]]))

    return types.int64(types.uint64, types.int64), codegen


@intrinsic
def store_int64(_context: Any, _address: Any, _index: Any, _value: Any) -> Any:
    """Writes one of the integers from an address on."""

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        numbers = builder.inttoptr(arguments[0], llvmlite.ir.IntType(64).as_pointer())
        builder.store(arguments[2], builder.gep(numbers, [arguments[1]]))
        return context.get_dummy_value()

    return types.void(types.uint64, types.int64, types.int64), codegen


orders_of_asset = field(ASSET, "orders")
tick_size_of_asset = field(ASSET, "tick_size")
_orders = field(ORDERS, "orders")
_count = field(ORDERS, "count")
_slots = field(ORDERS, "slots")
_shift = field(ORDERS, "shift")
_slot_id = field(SLOT, "order_id")
_slot_order = field(SLOT, "order")
_load_address = load(types.uint64)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)
_SLOT_SIZE = np.uint64(SLOT.itemsize)


@register_jitable
def orders_count(asset):
    return _count(orders_of_asset(asset))


@register_jitable
def orders_at(asset, place):
    """The order at a place in the order of submission; 0 past the end."""
    orders = orders_of_asset(asset)
    if place >= _count(orders):
        return uint64(0)
    return _load_address(_orders(orders) + uint64(place) * uint64(8))


@register_jitable
def orders_find(asset, order_id):
    """The order of this id; 0 if there is none."""
    orders = orders_of_asset(asset)
    shift = _shift(orders)
    slots = _slots(orders)
    last = (~uint64(0)) >> shift
    place = (order_id * _SPREAD) >> shift
    while True:
        slot = slots + place * _SLOT_SIZE
        order = _slot_order(slot)
        if order == 0 or _slot_id(slot) == order_id:
            return order
        place = (place + uint64(1)) & last
