"""A synthetic market-by-order feed with as many live orders as a liquid instrument has."""

from __future__ import annotations

import random
from bisect import bisect_left, insort
from typing import Any

TRADE, CLEAR, ADD, CANCEL, MODIFY, FILL = 2, 3, 10, 11, 12, 13
BOTH = 1 << 31 | 1 << 30
BUY, SELL = 1 << 29, 1 << 28


class OrderMarket:
    """Orders come and go around a drifting price; takers consume queues first in, first out."""

    def __init__(self, seed: int, live: int) -> None:
        self.random = random.Random(seed)
        self.live = live
        self.now, self.delay, self.heard = 1_700_000_000_000_000_000, 2e6, 0
        self.mid, self.next_id = 50_000.0, 1
        self.levels: dict[int, dict[int, dict[int, int]]] = {BUY: {}, SELL: {}}
        self.ticks: dict[int, list[int]] = {BUY: [], SELL: []}
        self.places: dict[int, tuple[int, int]] = {}
        self.ids: list[int] = []  # with those that are gone, until they are drawn
        self.rows: list[tuple[Any, ...]] = []

    def emit(self, kind: int, side: int, tick: int, qty: int, order_id: int) -> None:
        self.heard = max(self.heard, self.now + int(self.delay))  # nothing overtakes
        ev = kind | side | BOTH
        self.rows.append((ev, self.now, self.heard, tick / 100, qty, order_id, 0, 0.0))

    def best(self, side: int) -> int | None:
        ticks = self.ticks[side]
        return (ticks[-1] if side == BUY else ticks[0]) if ticks else None

    def insert(self, order_id: int, side: int, tick: int, qty: int) -> None:
        if tick not in self.levels[side]:
            self.levels[side][tick] = {}
            insort(self.ticks[side], tick)
        self.levels[side][tick][order_id] = qty
        self.places[order_id] = (side, tick)

    def remove(self, order_id: int) -> tuple[int, int, int]:
        side, tick = self.places.pop(order_id)
        level = self.levels[side][tick]
        qty = level.pop(order_id)
        if not level:
            del self.levels[side][tick]
            del self.ticks[side][bisect_left(self.ticks[side], tick)]
        return side, tick, qty

    def add(self) -> None:
        side = BUY if self.random.random() < 0.5 else SELL
        away = 1 + int(self.random.expovariate(0.04))
        tick = int(self.mid) - away if side == BUY else int(self.mid) + away
        other = self.best(SELL if side == BUY else BUY)
        if other is not None:
            tick = min(tick, other - 1) if side == BUY else max(tick, other + 1)
        qty = self.random.randint(1, 30)
        self.insert(self.next_id, side, tick, qty)
        self.emit(ADD, side, tick, qty, self.next_id)
        self.ids.append(self.next_id)
        self.next_id += 1

    def drawn(self) -> int:
        """A live order; half of the time one of the latest, as most orders do not live long."""
        while True:
            count = len(self.ids)
            recent = self.random.random() < 0.5
            at = self.random.randrange(max(0, count - 200) if recent else 0, count)
            self.ids[at], self.ids[-1] = self.ids[-1], self.ids[at]
            if self.ids[-1] in self.places:
                return self.ids[-1]
            self.ids.pop()

    def cancel(self, order_id: int) -> None:
        side, tick, qty = self.remove(order_id)
        self.emit(CANCEL, side, tick, qty, order_id)

    def modify(self, order_id: int) -> None:
        side, tick = self.places[order_id]
        level = self.levels[side][tick]
        qty = self.random.randint(1, 30)
        if qty > level[order_id]:  # it loses its place
            del level[order_id]
        level[order_id] = qty
        self.emit(MODIFY, side, tick, qty, order_id)

    def trade(self) -> None:
        side, taker = (BUY, SELL) if self.random.random() < 0.5 else (SELL, BUY)
        left = self.random.randint(1, 60)
        while left > 0 and (tick := self.best(side)) is not None:
            order_id, qty = next(iter(self.levels[side][tick].items()))
            done = min(left, qty)
            left -= done
            self.emit(TRADE, taker, tick, done, 0)
            self.emit(FILL, side, tick, done, order_id)
            if done == qty:
                self.cancel(order_id)
            else:
                self.levels[side][tick][order_id] = qty - done
                self.emit(MODIFY, side, tick, qty - done, order_id)

    def make(self, events: int) -> list[tuple[Any, ...]]:
        self.emit(CLEAR, 0, 0, 0, 0)
        while len(self.rows) < events:
            self.now += 1 + int(self.random.expovariate(1 / 600_000))
            self.delay = min(max(self.delay + self.random.gauss(0, 30_000), 5e5), 8e6)
            self.mid += self.random.gauss(0, 0.15)
            action = self.random.random()
            full = len(self.places) >= self.live
            if action < (0.42 if full else 0.6) or len(self.places) < 100:
                self.add()
            elif action < 0.88:
                self.cancel(self.drawn())
            elif action < 0.95:
                self.modify(self.drawn())
            else:
                self.trade()
        return self.rows[:events]
