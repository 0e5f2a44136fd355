"""What converters share: rows in the making, and how they end."""

from __future__ import annotations

from array import array
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import event_dtype
from ..validation import correct_event_order, correct_local_timestamp, validate_event_order


class Rows:
    """Events in the order in which they were found; grows as needed."""

    def __init__(self) -> None:
        self._columns = {
            name: array(code)
            for name, code in zip(("ev", "exch_ts", "local_ts", "px", "qty"), "Qqqdd", strict=True)
        }
        columns = self._columns.values()
        self._appends = tuple(column.append for column in columns)

    def add(self, ev: int, exch_ts: int, local_ts: int, px: float, qty: float) -> None:
        for append, value in zip(self._appends, (ev, exch_ts, local_ts, px, qty), strict=True):
            append(value)

    def to_array(self) -> NDArray[Any]:
        made = np.zeros(len(self._columns["ev"]), event_dtype)
        for name, column in self._columns.items():
            made[name] = column
        return made


def finish(rows: NDArray[Any], base_latency: int, output: str | None) -> NDArray[Any]:
    """Corrects times and order, checks both, and writes the rows if they are to be written."""
    if len(rows) == 0:
        raise ValueError("there is no event in the input")
    rows = correct_local_timestamp(rows, base_latency)
    by_exch = np.argsort(rows["exch_ts"], kind="stable")
    by_local = np.argsort(rows["local_ts"], kind="stable")
    rows = correct_event_order(rows, by_exch, by_local)
    validate_event_order(rows)
    if output is not None:
        np.savez_compressed(output, data=rows)
    return rows
