"""What a backtest and a live bot are told of an instrument alike."""

from __future__ import annotations

from operator import index
from typing import Self


class Instrument:
    """The settings that backtests and live bots share. Every setter returns the object."""

    def __init__(self) -> None:
        self._symbol = ""
        self._grid = (0.0, 0.0)
        self._trades_capacity = 0
        self._range = (0.0, 0.0)

    def symbol(self, symbol: str) -> Self:
        """The venue's name for it; shown in messages and reports."""
        self._symbol = str(symbol)
        return self

    def tick_size(self, tick_size: float) -> Self:
        self._grid = (float(tick_size), self._grid[1])
        return self

    def lot_size(self, lot_size: float) -> Self:
        self._grid = (self._grid[0], float(lot_size))
        return self

    def last_trades_capacity(self, capacity: int) -> Self:
        """Above 0 keeps trades for ``last_trades``; they are kept until cleared, however many."""
        if index(capacity) < 0:
            raise OverflowError(f"last_trades_capacity: {capacity} is negative")
        self._trades_capacity = index(capacity)
        return self

    def roi_lb(self, roi_lb: float) -> Self:
        """Lowest price that a book with a range keeps; a service's book must reach as far."""
        self._range = (float(roi_lb), self._range[1])
        return self

    def roi_ub(self, roi_ub: float) -> Self:
        """Highest price that a book with a range keeps; a service's book must reach as far."""
        self._range = (self._range[0], float(roi_ub))
        return self
