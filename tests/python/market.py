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
