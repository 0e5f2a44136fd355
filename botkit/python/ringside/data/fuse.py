"""One depth feed out of several of the same book: depth updates, snapshots and best quotes."""

from __future__ import annotations

import numpy as np
from numba import float64, from_dtype, int64, njit, types
from numba.experimental import jitclass
from numba.typed import Dict

from ..types import (
    BUY_EVENT,
    DEPTH_BBO_EVENT,
    DEPTH_CLEAR_EVENT,
    DEPTH_EVENT,
    DEPTH_SNAPSHOT_EVENT,
    SELL_EVENT,
    event_dtype,
)

_NONE = -(2**63)
_FAR = 2**63 - 1


@njit
def _nearest(x):
    """The nearest integer; halves go away from zero."""
    return int64(np.floor(abs(x) + 0.5)) * (1 if x >= 0 else -1)


@jitclass(
    [
        ("tick_size", float64),
        ("lot_size", float64),
        ("_bid_qty", types.DictType(int64, float64)),
        ("_ask_qty", types.DictType(int64, float64)),
        ("_bid_ts", types.DictType(int64, int64)),
        ("_ask_ts", types.DictType(int64, int64)),
        ("_best", int64[::1]),
        ("_best_ts", int64[::1]),
        ("_worst", int64[::1]),
        ("_events", from_dtype(event_dtype)[::1]),
        ("_size", int64),
    ]
)
class FuseMarketDepth:
    """Takes events of one asset, each feed in its order, and lets through what is news.

    A row that is older than what is known of its level, or of the best price that it would move,
    is dropped. Levels that a new best price passes are deleted by rows of their own. Both sides of
    the book are kept by rank: the tick of a bid, minus the tick of an ask, so that better is more.
    """

    def __init__(self, tick_size, lot_size):
        self.tick_size = tick_size
        self.lot_size = lot_size
        self._bid_qty = Dict.empty(int64, float64)
        self._ask_qty = Dict.empty(int64, float64)
        self._bid_ts = Dict.empty(int64, int64)
        self._ask_ts = Dict.empty(int64, int64)
        self._best = np.full(2, _NONE, np.int64)
        self._best_ts = np.zeros(2, np.int64)
        self._worst = np.full(2, _FAR, np.int64)
        self._events = np.zeros(1024, event_dtype)
        self._size = 0

    @property
    def fused_events(self):
        """What was let through so far; valid until the next event."""
        return self._events[: self._size]

    @property
    def best_bid_tick(self):
        return self._best[0]

    @property
    def best_ask_tick(self):
        return _FAR if self._best[1] == _NONE else -self._best[1]

    def process_event(self, ev_array, index, add):
        """Takes row ``index`` of an array; without ``add`` only the book hears of it."""
        row = ev_array[index]
        kind = row["ev"] & 0xFF
        side = 2
        if row["ev"] & np.uint64(BUY_EVENT):
            side = 0
        elif row["ev"] & np.uint64(SELL_EVENT):
            side = 1
        if kind == DEPTH_CLEAR_EVENT:
            self._clear(ev_array, index, side, add)
        elif side == 2:
            raise ValueError("a depth or best quote event needs a side")
        elif kind in (DEPTH_EVENT, DEPTH_SNAPSHOT_EVENT):
            self._set(ev_array, index, side, add)
        elif kind == DEPTH_BBO_EVENT:
            self._set_best(ev_array, index, side, add)
        else:
            raise ValueError("only depth, snapshot, clear and best quote events can be fused")

    def close(self):
        """Nothing to do."""

    def _emit(self):
        if self._size == len(self._events):
            grown = np.zeros(2 * self._size, event_dtype)
            grown[: self._size] = self._events
            self._events = grown
        self._size += 1
        return self._size - 1

    def _emit_row(self, ev_array, index, add):
        if add:
            i = self._emit()
            self._events[i] = ev_array[index]

    def _emit_deletions(self, ev_array, index, side, first, last, add):
        """Deletes levels from rank ``first`` to ``last``, lowest price first."""
        qty = self._bid_qty if side == 0 else self._ask_qty
        ts = self._bid_ts if side == 0 else self._ask_ts
        step = 1 if side == 0 else -1
        rank = first if side == 0 else last
        for _ in range(last - first + 1):
            if rank in qty:
                del qty[rank]
                del ts[rank]
                if add:
                    i = self._emit()
                    flag = BUY_EVENT if side == 0 else SELL_EVENT
                    self._events[i]["ev"] = np.uint64(flag | DEPTH_EVENT)
                    self._events[i]["exch_ts"] = ev_array[index]["exch_ts"]
                    self._events[i]["local_ts"] = ev_array[index]["local_ts"]
                    self._events[i]["px"] = (rank if side == 0 else -rank) * self.tick_size
            rank += step

    def _below(self, side, rank):
        """The best rank below one that has quantity."""
        qty = self._bid_qty if side == 0 else self._ask_qty
        worst = self._worst[side]
        candidate = rank - 1
        while candidate >= worst:
            if candidate in qty and qty[candidate] > 0.0:
                return candidate
            candidate -= 1
        return _NONE

    def _other_best(self, side):
        other = self._best[1 - side]
        return _FAR if other == _NONE else -other

    def _uncross(self, ev_array, index, side, add):
        """The other side's levels that the new best of ``side`` has reached are gone."""
        other = 1 - side
        reached = -self._best[side]
        before = self._best[other]
        after = self._below(other, reached)
        self._best[other] = after
        self._best_ts[other] = ev_array[index]["exch_ts"]
        lowest = after + 1
        if after == _NONE:
            self._worst[other] = _FAR
            lowest = reached
        self._emit_deletions(ev_array, index, other, lowest, before, add)

    def _rank(self, row_px, side):
        tick = _nearest(row_px / self.tick_size)
        return tick if side == 0 else -tick

    def _is_stale(self, side, rank, exch_ts):
        return rank >= self._other_best(side) and exch_ts < self._best_ts[1 - side]

    def _set(self, ev_array, index, side, add):
        row = ev_array[index]
        exch_ts = row["exch_ts"]
        rank = self._rank(row["px"], side)
        lots = _nearest(row["qty"] / self.lot_size)
        if rank >= self._best[side] and exch_ts < self._best_ts[side]:
            return
        if self._is_stale(side, rank, exch_ts):
            return
        qty = self._bid_qty if side == 0 else self._ask_qty
        ts = self._bid_ts if side == 0 else self._ask_ts
        known = rank in qty
        if (not known and lots > 0) or (known and exch_ts >= ts[rank]):
            if lots > 0:
                qty[rank] = row["qty"]
                ts[rank] = exch_ts
            else:
                del qty[rank]
                del ts[rank]
            self._emit_row(ev_array, index, add)
        if lots == 0:
            if rank == self._best[side]:
                self._best[side] = self._below(side, rank)
                self._best_ts[side] = exch_ts
                if self._best[side] == _NONE:
                    self._worst[side] = _FAR
            return
        if rank >= self._best[side]:
            self._best[side] = rank
            self._best_ts[side] = exch_ts
            if rank >= self._other_best(side):
                self._uncross(ev_array, index, side, add)
        self._worst[side] = min(self._worst[side], rank)

    def _set_best(self, ev_array, index, side, add):
        row = ev_array[index]
        exch_ts = row["exch_ts"]
        rank = self._rank(row["px"], side)
        if exch_ts < self._best_ts[side] or self._is_stale(side, rank, exch_ts):
            return
        qty = self._bid_qty if side == 0 else self._ask_qty
        ts = self._bid_ts if side == 0 else self._ask_ts
        before = self._best[side]
        self._best_ts[side] = exch_ts
        if rank == before and rank in qty and qty[rank] == row["qty"]:
            return
        qty[rank] = row["qty"]
        ts[rank] = exch_ts
        if add:
            i = self._emit()
            self._events[i] = row
            self._events[i]["ev"] = (row["ev"] & ~np.uint64(0xFF)) | np.uint64(DEPTH_EVENT)
        self._best[side] = rank
        self._worst[side] = min(self._worst[side], rank)
        if rank >= self._other_best(side):
            self._uncross(ev_array, index, side, add)
        if rank < before:
            self._emit_deletions(ev_array, index, side, rank + 1, before, add)

    def _clear(self, ev_array, index, side, add):
        row = ev_array[index]
        for one in range(2):
            if side == 2 or side == one:
                qty = self._bid_qty if one == 0 else self._ask_qty
                ts = self._bid_ts if one == 0 else self._ask_ts
                if side == 2:
                    qty.clear()
                    ts.clear()
                    self._best[one] = _NONE
                else:
                    limit = self._rank(row["px"], one)
                    for rank in list(qty.keys()):
                        if limit <= rank <= self._best[one]:
                            del qty[rank]
                            del ts[rank]
                    self._best[one] = self._below(one, limit)
                self._best_ts[one] = row["exch_ts"]
                if self._best[one] == _NONE:
                    self._worst[one] = _FAR
        self._emit_row(ev_array, index, add)
