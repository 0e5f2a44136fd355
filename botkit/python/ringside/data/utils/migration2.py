"""Events of HftBacktest 1: rows of (event, exch_ts, local_ts, side, px, qty)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import BUY_EVENT, EXCH_EVENT, LOCAL_EVENT, SELL_EVENT, event_dtype


def convert(
    input_file: str, output_filename: str | None = None, ts_mul: int = 1000
) -> NDArray[Any]:
    """Times above zero are multiplied by ``ts_mul``; of others, the side does not see the row."""
    with np.load(input_file) as file:
        old = file["data"]
    if old.ndim != 2 or old.shape[1] != 6:
        raise ValueError(f"{input_file}: expected rows of six columns, not shape {old.shape}")
    event, exch_ts, local_ts, side, px, qty = old.T
    made = np.zeros(len(old), event_dtype)
    flags = np.where(side == 1, BUY_EVENT, np.where(side == -1, SELL_EVENT, 0))
    flags = flags | np.where(exch_ts > 0, EXCH_EVENT, 0) | np.where(local_ts > 0, LOCAL_EVENT, 0)
    made["ev"] = event.astype(np.int64).astype(np.uint64) | flags.astype(np.uint64)
    made["exch_ts"] = exch_ts.astype(np.int64) * ts_mul
    made["local_ts"] = local_ts.astype(np.int64) * ts_mul
    made["px"], made["qty"] = px, qty
    if output_filename is not None:
        np.savez_compressed(output_filename, data=made)
    return made
