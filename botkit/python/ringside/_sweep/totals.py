"""What the samples of a run come to; the columns of `ringside sweep`."""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..recorder import Recorder

_WINDOW_NS = 10_000_000_000
_SECONDS_PER_DAY = 86_400
_DAYS_PER_YEAR = 252


def run_totals(
    recorder: Recorder, *, contract: str = "linear", contract_size: float = 1.0
) -> dict[str, Any]:
    """Totals of a recorded run, money summed over its assets.

    Args:
        recorder: Samples of the run.
        contract: ``"linear"`` or ``"inverse"``, settled in the base currency.
        contract_size: Value of a contract.

    Returns:
        ``records``, ``equity`` (the last one, fees deducted), ``max_drawdown``, ``sharpe`` (of
        equity every 10 s, scaled to 252 days), ``fee``, ``num_trades``, ``trading_volume``,
        ``trading_value``, ``position``, ``balance`` and ``record_crc32``. With several assets
        ``position`` and ``balance`` carry their numbers: ``position.0``.
    """
    if contract not in ("linear", "inverse"):
        raise ValueError(f"contract={contract!r}: there are 'linear' and 'inverse'")
    rows = recorder.recorder.records[: recorder.recorder.i]
    count = rows.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        if contract == "inverse":
            each = -rows["balance"] - contract_size * rows["position"] / rows["price"] - rows["fee"]
        else:
            each = rows["balance"] + contract_size * rows["position"] * rows["price"] - rows["fee"]
    equity = each.sum(axis=1)
    known = equity[~np.isnan(equity)]
    fall = np.maximum.accumulate(known) - known
    last = rows[-1] if len(rows) else np.zeros(count, rows.dtype)
    totals: dict[str, Any] = {
        "records": len(rows),
        "equity": float(known[-1]) if len(known) else math.nan,
        "max_drawdown": float(fall.max()) if len(fall) else 0.0,
        "sharpe": _sharpe(rows["timestamp"][:, 0], equity),
    }
    for name in ("fee", "num_trades", "trading_volume", "trading_value"):
        totals[name] = last[name].sum().item()
    for name in ("position", "balance"):
        for number in range(count):
            column = name if count == 1 else f"{name}.{number}"
            totals[column] = last[name][number].item()
    totals["record_crc32"] = zlib.crc32(np.ascontiguousarray(rows))
    return totals


def _sharpe(time_ns: NDArray[np.int64], equity: NDArray[np.float64]) -> float:
    if len(time_ns) == 0:
        return math.nan
    window = time_ns // _WINDOW_NS
    ends = np.append(np.flatnonzero(np.diff(window)), len(window) - 1)
    changes = np.diff(equity[ends])
    changes = changes[~np.isnan(changes)]
    if len(changes) < 2:
        return math.nan
    step_s = (window[ends[1]] - window[ends[0]]) * _WINDOW_NS / 1e9
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.mean(changes) / np.std(changes, ddof=1)
    return float(ratio * math.sqrt(_SECONDS_PER_DAY / step_s * _DAYS_PER_YEAR))
