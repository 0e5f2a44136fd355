"""Small markets for tests, and where the programs of the build are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ringside import types
from ringside._native import library_path
from ringside.types import event_dtype

BID = types.EXCH_EVENT | types.LOCAL_EVENT | types.BUY_EVENT
ASK = types.EXCH_EVENT | types.LOCAL_EVENT | types.SELL_EVENT
SECOND = 1_000_000_000


def require_library() -> None:
    """Skips the whole module where there is no native library."""
    try:
        library_path()
    except ImportError as error:
        pytest.skip(str(error), allow_module_level=True)


def program(name: str, variable: str, place: str) -> Path:
    """A program of the build: named by a variable, beside the library, or on the path."""
    built = library_path().parents[2] / place
    found = os.environ.get(variable) or (built if built.exists() else shutil.which(name))
    if not found:
        pytest.skip(f"{name} is neither built nor installed; name it in {variable}")
    return Path(found)


def rows(*events: tuple[int, int, int, float, float]) -> NDArray[Any]:
    """Events of ``(flags, kind, exch_ts, px, qty)``, each seen 10 ns after it happened."""
    made = np.zeros(len(events), event_dtype)
    for row, (flags, kind, exch_ts, px, qty) in zip(made, events, strict=True):
        row["ev"] = flags | kind
        row["exch_ts"], row["local_ts"] = exch_ts, exch_ts + 10
        row["px"], row["qty"] = px, qty
    return made


def quiet_market() -> NDArray[Any]:
    """Bid 100 and ask 101, one lot each, from time 1000 on."""
    return rows(
        (BID, types.DEPTH_EVENT, 1000, 100.0, 1.0),
        (ASK, types.DEPTH_EVENT, 1000, 101.0, 1.0),
        (BID, types.DEPTH_EVENT, 100_000, 99.0, 1.0),
    )


def random_market(seed: int, count: int = 20_000) -> NDArray[Any]:
    """A wandering price with depth on both sides, and trades at the touch."""
    random = np.random.default_rng(seed)
    made = np.zeros(count, event_dtype)
    mid = 1000 + np.cumsum(random.integers(-1, 2, count) * (random.random(count) < 0.02))
    buys = random.random(count) < 0.5
    trades = random.random(count) < 0.2
    away = np.where(trades, 1, 1 + random.integers(0, 6, count))
    made["exch_ts"] = 1_700_000_000 * SECOND + np.cumsum(random.integers(1, 5_000_000, count))
    made["local_ts"] = np.maximum.accumulate(
        made["exch_ts"] + random.integers(100_000, 3_000_000, count)
    )
    # A trade of a buyer is at the ask, a bid is below the mid.
    above = buys == trades
    made["px"] = (mid + np.where(above, away, -away)) * 0.5
    made["qty"] = random.integers(0, 30, count) * 0.1
    made["qty"][trades] += 0.1
    kind = np.where(trades, types.TRADE_EVENT, types.DEPTH_EVENT)
    made["ev"] = np.where(buys, BID, ASK) | kind
    return made


class _OrderMarket:
    """Market-by-order data in the making: queues of orders around a wandering price."""

    def __init__(self, seed: int, count: int) -> None:
        self.random = np.random.default_rng(seed)
        self.made = np.zeros(count, event_dtype)
        self.size = 0
        self.now = 1_700_000_000 * SECOND
        self.delay = 2_000_000
        self.mid = 50_000
        self.levels: dict[bool, dict[int, dict[int, int]]] = {True: {}, False: {}}
        self.places: dict[int, tuple[bool, int]] = {}  # by order id: whether a bid, and its tick

    def emit(self, kind: int, flags: int, tick: int, qty: int, order_id: int) -> None:
        if self.size == len(self.made):
            return
        row = self.made[self.size]
        row["ev"] = kind | flags
        row["exch_ts"], row["local_ts"] = self.now, self.now + self.delay
        row["px"], row["qty"], row["order_id"] = tick * 0.01, qty, order_id
        self.size += 1

    def best(self, bids: bool) -> int | None:
        ticks = self.levels[bids]
        return (max(ticks) if bids else min(ticks)) if ticks else None

    def passive(self, bids: bool, tick: int) -> int:
        other = self.best(not bids)
        if other is None:
            return tick
        return min(tick, other - 1) if bids else max(tick, other + 1)

    def insert(self, order_id: int, bids: bool, tick: int, qty: int) -> None:
        self.places[order_id] = (bids, tick)
        self.levels[bids].setdefault(tick, {})[order_id] = qty

    def remove(self, order_id: int) -> tuple[bool, int, int]:
        bids, tick = self.places.pop(order_id)
        qty = self.levels[bids][tick].pop(order_id)
        if not self.levels[bids][tick]:
            del self.levels[bids][tick]
        return bids, tick, qty

    def add(self, order_id: int) -> None:
        bids = bool(self.random.random() < 0.5)
        away = int(self.random.geometric(0.15))
        tick = self.passive(bids, self.mid - away if bids else self.mid + away)
        qty = int(self.random.integers(1, 30))
        self.insert(order_id, bids, tick, qty)
        self.emit(types.ADD_ORDER_EVENT, BID if bids else ASK, tick, qty, order_id)

    def cancel(self, order_id: int) -> None:
        bids, tick, qty = self.remove(order_id)
        self.emit(types.CANCEL_ORDER_EVENT, BID if bids else ASK, tick, qty, order_id)

    def modify(self, order_id: int) -> None:
        bids, tick = self.places[order_id]
        qty = self.levels[bids][tick][order_id]
        if qty > 1 and self.random.random() < 0.5:  # smaller: it keeps its place
            qty = int(self.random.integers(1, qty))
            self.levels[bids][tick][order_id] = qty
        else:
            self.remove(order_id)
            tick = self.passive(bids, tick + int(self.random.integers(-2, 3)))
            qty += int(self.random.integers(1, 10))
            self.insert(order_id, bids, tick, qty)
        self.emit(types.MODIFY_ORDER_EVENT, BID if bids else ASK, tick, qty, order_id)

    def trade(self) -> None:
        """Someone takes from the front of the queues; a sweep happens at one time."""
        bids = bool(self.random.random() < 0.5)
        resting, taking = (BID, ASK) if bids else (ASK, BID)
        left = int(self.random.integers(1, 50))
        while left > 0 and (tick := self.best(bids)) is not None:
            order_id, qty = next(iter(self.levels[bids][tick].items()))
            done = min(left, qty)
            left -= done
            self.emit(types.TRADE_EVENT, taking, tick, done, 0)
            self.emit(types.FILL_EVENT, resting, tick, done, order_id)
            if done == qty:
                self.cancel(order_id)
            else:
                self.levels[bids][tick][order_id] = qty - done
                self.emit(types.MODIFY_ORDER_EVENT, resting, tick, qty - done, order_id)


def order_market(seed: int, count: int = 60_000) -> NDArray[Any]:
    """Market-by-order events, tick 0.01 and lot 1. Some are heard before those that precede them:
    the feed's delay wanders freely."""
    market = _OrderMarket(seed, count)
    next_id = 1000
    while market.size < count:
        market.now += 1 + int(market.random.exponential(800_000))
        market.delay += int(market.random.normal(0, 30_000))
        market.delay = min(max(market.delay, 500_000), 8_000_000)
        market.mid += round(market.random.normal(0, 0.3))
        action = market.random.random()
        if action < 0.5 or len(market.places) < 100:
            next_id += 1
            market.add(next_id)
        elif action < 0.92:
            order_id = list(market.places)[market.random.integers(len(market.places))]
            market.cancel(order_id) if action < 0.84 else market.modify(order_id)
        else:
            market.trade()
    return market.made
