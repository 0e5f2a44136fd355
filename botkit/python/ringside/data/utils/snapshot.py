"""The book at the end of recorded events, to begin the next recording with."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...asset import BacktestAsset, Data
from ...binding import HashMapMarketDepthBacktest
from ...types import END_OF_DATA


def create_last_snapshot(
    data: Data | list[Data],
    tick_size: float,
    lot_size: float,
    initial_snapshot: Data | None = None,
    output_snapshot_filename: str | None = None,
) -> NDArray[Any]:
    """Levels as snapshot events, bids from the best down, then asks from the best up."""
    asset = BacktestAsset().data(data).tick_size(tick_size).lot_size(lot_size)
    if initial_snapshot is not None:
        asset.initial_snapshot(initial_snapshot)
    with HashMapMarketDepthBacktest([asset]) as hbt:
        code = hbt._goto_end()
        if code != END_OF_DATA:
            raise RuntimeError(f"the data cannot be played to their end: code {code}")
        levels = hbt.depth(0).snapshot()
    if output_snapshot_filename is not None:
        np.savez_compressed(output_snapshot_filename, data=levels)
    return levels
