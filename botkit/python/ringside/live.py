"""Live bots as HftBacktest makes them: from a list of instruments.

The connector of an instrument is the bus of the service that has it: ``connectord`` for trading,
live or on paper, ``replayd`` for recorded data. :func:`ringside.connect` is the shorter way.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from ._native import native, numba_type, raise_last_error
from .binding import BusSession, ROIVectorMarketDepth, Session, prepare_live
from .instrument import Instrument


class LiveInstrument(Instrument):
    """One instrument of a live bot. Every setter returns the object.

    Tick and lot size come from the service; where they are set here, too, they must agree.
    """

    def __init__(self) -> None:
        super().__init__()
        self._connector = ""

    def connector(self, name: str) -> Self:
        """The bus of the service, as ``connectord`` or ``replayd`` calls it."""
        self._connector = str(name)
        return self


def _attach(instruments: Sequence[LiveInstrument]) -> int:
    """A session on the bus of the instruments."""
    buses = {instrument._connector for instrument in instruments}
    if len(buses) != 1 or "" in buses:
        raise ValueError(
            "give instruments of one connector, each with connector(): a bot is on one bus, not "
            f"on {sorted(buses)}"
        )
    ptr = native.connect(buses.pop().encode(), Path(sys.argv[0] or "python").stem.encode())
    if not ptr:
        raise_last_error()
    return ptr


def _check(session: Session, instruments: Sequence[LiveInstrument], ranged: bool) -> None:
    there = [native.symbol(asset).decode() for asset in session._assets]
    wanted = [instrument._symbol for instrument in instruments]
    if wanted != there:
        raise ValueError(f"the bus has the instruments {there}, in this order, not {wanted}")
    for asset, instrument in zip(session._assets, instruments, strict=True):
        symbol = instrument._symbol
        found = (native.tick_size(asset), native.lot_size(asset))
        for name, ours, theirs in zip(("tick", "lot"), instrument._grid, found, strict=True):
            if ours not in (0.0, theirs):
                raise ValueError(f"{symbol}: the {name} size is {theirs} on the bus, not {ours}")
        if not ranged:
            continue
        if not native.bid_depth(asset):
            raise ValueError(f"{symbol}: its book has no range: set one in its service")
        first, last = (math.floor(price / found[0] + 0.5) for price in instrument._range)
        if first < native.range_first_tick(asset) or last > native.range_last_tick(asset):
            raise ValueError(f"{symbol}: the service's book does not reach {instrument._range}")


class HashMapMarketDepthLiveBot(BusSession):
    """A bot on a venue service, its books unbounded; instruments in the order of the bus.

    The keywords are those of :func:`ringside.connect`.
    """

    __slots__ = ()
    _numba_type_ = numba_type("session")
    _ranged = False

    def __init__(
        self,
        instruments: Sequence[LiveInstrument],
        *,
        stop_on_signals: bool = True,
        stop_on_error: bool = False,
    ) -> None:
        instruments = list(instruments)
        super().__init__(_attach(instruments))
        try:
            _check(self, instruments, self._ranged)
        except ValueError:
            self.close()
            raise
        for number, instrument in enumerate(instruments):
            if instrument._trades_capacity > 0:
                native.keep_last_trades(self._ptr, number, instrument._trades_capacity)
        prepare_live(self._ptr, stop_on_signals, stop_on_error)


class ROIVectorMarketDepthLiveBot(HashMapMarketDepthLiveBot):
    """A bot on a venue service whose books keep a range of prices."""

    __slots__ = ()
    _depth_class = ROIVectorMarketDepth
    _numba_type_ = numba_type("roi_session")
    _ranged = True
