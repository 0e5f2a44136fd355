"""Depth and state values."""

from __future__ import annotations

import numpy as np
from numba import carray, int64
from numba.extending import overload_attribute, overload_method

from ..types import event_dtype
from . import model
from .model import DepthType, StateValuesType, address, as_pointer, attribute, native

for _name in (
    *("best_bid", "best_ask", "best_bid_tick", "best_ask_tick", "best_bid_qty", "best_ask_qty"),
    *("tick_size", "lot_size"),
):
    attribute(DepthType, _name, _name)
for _name in ("position", "balance", "fee", "num_trades", "trading_volume", "trading_value"):
    attribute(StateValuesType, _name, _name)

_bid_qty_at_tick = native("bid_qty_at_tick")
_ask_qty_at_tick = native("ask_qty_at_tick")
_levels = native("depth_levels")
_snapshot = native("depth_snapshot")
_first_tick = native("range_first_tick")
_last_tick = native("range_last_tick")


@overload_attribute(DepthType, "ptr")
def _ptr(depth):
    return lambda depth: address(depth)


@overload_method(DepthType, "bid_qty_at_tick")
def _bid_qty(depth, price_tick):
    return lambda depth, price_tick: _bid_qty_at_tick(address(depth), int64(price_tick))


@overload_method(DepthType, "ask_qty_at_tick")
def _ask_qty(depth, price_tick):
    return lambda depth, price_tick: _ask_qty_at_tick(address(depth), int64(price_tick))


@overload_method(DepthType, "snapshot")
def _snapshot_of(depth):
    def snapshot(depth):
        rows = np.empty(_levels(address(depth)), event_dtype)
        _snapshot(address(depth), rows.ctypes.data, len(rows))
        return rows

    return snapshot


@overload_method(DepthType, "snapshot_free")
def _snapshot_free(depth, arr):
    return lambda depth, arr: None


@overload_attribute(DepthType, "roi_lb_tick")
def _roi_lb_tick(depth):
    if depth == model.roi_depth:
        return lambda depth: _first_tick(address(depth))
    return None


@overload_attribute(DepthType, "roi_ub_tick")
def _roi_ub_tick(depth):
    if depth == model.roi_depth:
        return lambda depth: _last_tick(address(depth))
    return None


def _side(name: str):
    quantities = native(name)

    def side(depth):
        if depth != model.roi_depth:
            return None

        def view(depth):
            handle = address(depth)
            count = _last_tick(handle) - _first_tick(handle) + 1
            return carray(as_pointer(quantities(handle)), (count,), np.float64)

        return view

    return side


overload_attribute(DepthType, "bid_depth")(_side("bid_depth"))
overload_attribute(DepthType, "ask_depth")(_side("ask_depth"))
