"""What the order log tells: executions, latencies, and where the price went after a fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .inputs import Array

KIND_ACK, KIND_REFUSED, KIND_FILL, KIND_UPDATE = 1, 2, 3, 4
HORIZONS_NS = (1_000_000_000, 10_000_000_000, 60_000_000_000)


def fills(orders: Array) -> Array:
    """Rows of the order log that are executions, in order of exchange time."""
    executed = orders["executed"].astype(bool) | (orders["kind"] == KIND_FILL)
    rows: Array = orders[executed & (orders["exec_qty"] > 0)]
    return rows[np.argsort(rows["exch_ts"], kind="stable")]


@dataclass(frozen=True)
class Counts:
    """What became of the orders."""

    requests: int
    acknowledged: int
    refused: int
    updates: int
    fills: int
    maker_fills: int


@dataclass(frozen=True)
class Latencies:
    """Latencies in nanoseconds, with the time at which each began, ascending."""

    entry_time_ns: NDArray[np.int64]
    entry_ns: NDArray[np.int64]
    """Request sent to request processed; one for each request."""
    response_time_ns: NDArray[np.int64]
    response_ns: NDArray[np.int64]
    """Processed at the exchange to heard of; one for each row of the log."""


def latencies(orders: Array) -> Latencies:
    """Read the latencies from the order log.

    A request can be followed by many rows (a resting order fills in parts). Only the first at the
    exchange shows how long the request took to get there.
    """
    heard = orders[(orders["exch_ts"] > 0) & (orders["resp_ts"] >= orders["exch_ts"])]
    heard = heard[np.argsort(heard["exch_ts"], kind="stable")]
    asked = orders[(orders["req_ts"] > 0) & (orders["exch_ts"] >= orders["req_ts"])]
    asked = asked[_first_of_each_request(asked)]
    asked = asked[np.argsort(asked["req_ts"], kind="stable")]
    return Latencies(
        entry_time_ns=_times(asked, "req_ts"),
        entry_ns=_times(asked, "exch_ts") - _times(asked, "req_ts"),
        response_time_ns=_times(heard, "exch_ts"),
        response_ns=_times(heard, "resp_ts") - _times(heard, "exch_ts"),
    )


def _first_of_each_request(orders: Array) -> NDArray[np.intp]:
    """Row numbers of the earliest row, by exchange time, of each order id and request."""
    order_id, req_seq = orders["order_id"], orders["req_seq"]
    rows = np.lexsort((orders["exch_ts"], req_seq, order_id))
    order_id, req_seq = order_id[rows], req_seq[rows]
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (order_id[1:] != order_id[:-1]) | (req_seq[1:] != req_seq[:-1])
    kept: NDArray[np.intp] = rows[first]
    return kept


def _times(rows: Array, name: str) -> NDArray[np.int64]:
    return rows[name].astype(np.int64)


def markouts(
    executions: Array, time_ns: NDArray[np.int64], mid: NDArray[np.float64], horizon_ns: int
) -> NDArray[np.float64]:
    """Gain of each fill against the mid price one horizon later, per unit of quantity.

    Args:
        executions: Rows of :func:`fills`.
        time_ns: Recorded times, ascending, shape (n,).
        mid: Recorded mid prices, shape (n,).
        horizon_ns: Time after the fill.

    Returns:
        side x (mid - execution price), in price units, above 0 when the fill was a good one. The
        mid is that of the last row at or before the horizon; NaN when no row lies between fill
        and horizon, when the record ends before the horizon, and when that mid is NaN.
    """
    result = np.full(len(executions), np.nan)
    if not len(time_ns) or not len(executions):
        return result
    begin = executions["exch_ts"].astype(np.int64)
    row = np.searchsorted(time_ns, begin + horizon_ns, side="right") - 1
    usable = (row >= 0) & (begin + horizon_ns <= time_ns[-1])
    usable &= time_ns[np.maximum(row, 0)] > begin
    chosen = executions[usable]
    result[usable] = chosen["side"] * (mid[row[usable]] - chosen["exec_price"])
    return result


def counts(orders: Array, executions: Array) -> Counts:
    """Count the rows of the order log, and its :func:`fills`, by what they say."""
    kinds = np.bincount(orders["kind"].astype(np.int64), minlength=KIND_UPDATE + 1)
    return Counts(
        requests=len(_first_of_each_request(orders)),
        acknowledged=int(kinds[KIND_ACK]),
        refused=int(kinds[KIND_REFUSED]),
        updates=int(kinds[KIND_UPDATE]),
        fills=len(executions),
        maker_fills=int(np.count_nonzero(executions["maker"])),
    )


@dataclass(frozen=True)
class Facts:
    """All that the report shows of the orders of one asset, but for the markouts."""

    executions: Array
    delays: Latencies
    counts: Counts


def read(orders: Array) -> Facts:
    """Read the order log of one asset."""
    executions = fills(orders)
    return Facts(executions, latencies(orders), counts(orders, executions))


@dataclass(frozen=True)
class MarkoutRow:
    """Markouts of a group of fills at one horizon, in basis points of the execution price."""

    group: str
    horizon_ns: int
    count: int
    """Fills with a known markout."""
    mean_bps: float
    """Each fill counts once."""
    error_bps: float
    """Half width of the 95 % confidence interval of ``mean_bps``."""
    favourable: float
    """Fraction of fills above 0."""
    total: float
    """Sum of markout x quantity, in price units x contracts."""


def markout_table(
    executions: Array, time_ns: NDArray[np.int64], mid: NDArray[np.float64]
) -> list[MarkoutRow]:
    """Markouts at 1, 10 and 60 s: of all fills, of makers, takers, buys and sells."""
    groups = {
        "All": np.ones(len(executions), dtype=bool),
        "Maker": executions["maker"].astype(bool),
        "Taker": ~executions["maker"].astype(bool),
        "Buy": executions["side"] > 0,
        "Sell": executions["side"] < 0,
    }
    rows = []
    values = {horizon: markouts(executions, time_ns, mid, horizon) for horizon in HORIZONS_NS}
    for group, members in groups.items():
        if not members.any():
            continue
        for horizon, value in values.items():
            known = members & ~np.isnan(value)
            qty = executions["exec_qty"][known].astype(np.float64)
            price = executions["exec_price"][known]
            rows.append(_markout_row(group, horizon, value[known], qty, price))
    return rows


def _markout_row(
    group: str,
    horizon_ns: int,
    value: NDArray[np.float64],
    qty: NDArray[np.float64],
    price: NDArray[np.float64],
) -> MarkoutRow:
    count = len(value)
    if not count:
        return MarkoutRow(group, horizon_ns, 0, np.nan, np.nan, np.nan, np.nan)
    bps = value / price * 1e4
    error = 1.96 * float(bps.std(ddof=1)) / np.sqrt(count) if count > 1 else np.nan
    return MarkoutRow(
        group=group,
        horizon_ns=horizon_ns,
        count=count,
        mean_bps=float(bps.mean()),
        error_bps=float(error),
        favourable=float(np.count_nonzero(value > 0)) / count,
        total=float(value @ qty),
    )
