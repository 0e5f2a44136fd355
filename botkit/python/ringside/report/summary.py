"""Headline numbers of a run, for the page and for terminals."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringside.stats import SR, InverseAssetRecord, LinearAssetRecord, Sortino

from . import text
from .inputs import Array, Asset, Run, make_run

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curves:
    """Series of one asset, one value for each recorded row; money in the asset's currency."""

    time_ns: NDArray[np.int64]
    price: Floats
    position: Floats
    fee: Floats
    equity_wo_fee: Floats
    equity: Floats
    drawdown: Floats
    """Equity less its highest value so far, at most 0; NaN where equity is unknown."""


def curves(asset: Asset) -> Curves:
    """Compute the series of an asset."""
    rows = asset.record
    price, position, balance, fee = (
        np.ascontiguousarray(rows[name], dtype=np.float64)
        for name in ("price", "position", "balance", "fee")
    )
    if asset.contract == "inverse":
        with np.errstate(divide="ignore", invalid="ignore"):
            equity_wo_fee = -balance - position / price * asset.contract_size
    else:
        equity_wo_fee = balance + position * price * asset.contract_size
    equity = equity_wo_fee - fee
    return Curves(
        time_ns=np.ascontiguousarray(rows["timestamp"], dtype=np.int64),
        price=price,
        position=position,
        fee=fee,
        equity_wo_fee=equity_wo_fee,
        equity=equity,
        drawdown=equity - np.fmax.accumulate(equity),
    )


@dataclass(frozen=True)
class Headline:
    """Headline numbers of one asset; NaN where the rows do not give one."""

    final_equity: float
    total_return: float
    max_drawdown: float
    sharpe: float
    sortino: float
    trades: float
    volume: float
    value: float
    fees: float
    notes: tuple[str, ...]


def headline(asset: Asset, series: Curves, run: Run) -> Headline:
    """Compute the headline numbers from every row; only the ratios use resampled rows."""
    kind = InverseAssetRecord if asset.contract == "inverse" else LinearAssetRecord
    record = kind(asset.record).contract_size(asset.contract_size).resample(run.resample)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        stats = record.stats([SR, Sortino], trading_days_per_year=run.trading_days_per_year)
    ratios = stats.splits[-1]
    known = series.equity[~np.isnan(series.equity)]
    moved = np.abs(np.diff(series.position))

    def total(name: str, estimate: float) -> float:
        names = asset.record.dtype.names or ()
        rows = asset.record
        return estimate if name not in names else float(rows[name][-1]) if len(rows) else 0.0

    estimated_value = float(stats.entire["trading_value_"].sum())
    return Headline(
        final_equity=float(known[-1]) if len(known) else math.nan,
        total_return=float(known[-1] - known[0]) if len(known) else math.nan,
        max_drawdown=float(-np.nanmin(series.drawdown)) if len(known) else math.nan,
        sharpe=ratios["SR"],
        sortino=ratios["Sortino"],
        trades=total("num_trades", float(np.count_nonzero(moved))),
        volume=total("trading_volume", float(moved.sum())),
        value=total("trading_value", estimated_value),
        fees=float(series.fee[-1]) if len(series.fee) else math.nan,
        notes=tuple(dict.fromkeys(_note(str(warning.message)) for warning in caught)),
    )


def _note(message: str) -> str:
    if "evenly spaced" in message:
        return (
            "Recorded intervals are uneven, or some hold no row, so Sharpe and Sortino are rough."
        )
    return message


@dataclass(frozen=True)
class Cell:
    """One headline number as shown."""

    label: str
    value: str
    detail: str = ""
    sign: int = 0
    """1 or -1 when the number is a gain or a loss."""


def cells(asset: Asset, series: Curves, numbers: Headline, run: Run) -> list[Cell]:
    """The headline numbers of one asset, in order of importance."""
    book = asset.book_size
    rows = len(series.time_ns)
    basis = f"{run.resample} steps, {run.trading_days_per_year:g} d/year"
    shown = [
        Cell("Final equity", text.number(numbers.final_equity, _money(numbers.final_equity)),
             asset.currency, _sign(numbers.final_equity)),
    ]  # fmt: skip
    if book is not None:
        shown.append(
            Cell(
                "Return",
                text.percent(numbers.total_return / book),
                f"on a book of {text.number(book)}",
                _sign(numbers.total_return),
            )
        )
    relative = f"{text.percent(numbers.max_drawdown / book)} of book" if book else asset.currency
    drawdown = text.number(numbers.max_drawdown, _money(numbers.max_drawdown))
    shown += [
        Cell("Max drawdown", drawdown, relative),
        Cell("Sharpe", text.number(numbers.sharpe, 2), basis),
        Cell("Sortino", text.number(numbers.sortino, 2), basis),
        Cell("Trades", text.number(numbers.trades, 0), _pace(numbers.trades, series.time_ns)),
        Cell("Volume", text.number(numbers.volume), "contracts"),
    ]
    if book is not None:
        turnover = f"{text.number(numbers.value, _money(numbers.value))} traded"
        shown.append(Cell("Turnover", f"{text.number(numbers.value / book, 2)} x", turnover))
    else:
        value = text.number(numbers.value, _money(numbers.value))
        shown.append(Cell("Traded value", value, asset.currency))
    rebate = "received as rebate" if numbers.fees < 0 else asset.currency
    shown.append(Cell("Fees", text.number(numbers.fees, _money(numbers.fees)), rebate))
    if rows:
        length = text.span(int(series.time_ns[-1] - series.time_ns[0]))
        shown.append(Cell("Span", length, f"{rows:,} rows recorded"))
    shown += _engine_cells(run.config)
    return shown


def _engine_cells(config: Mapping[str, Any]) -> list[Cell]:
    events, speed = config.get("events"), config.get("events_per_second")
    pace = f"{text.number(speed, 0)} a second" if isinstance(speed, int | float) else ""
    if isinstance(events, int | float):
        return [Cell("Events", text.number(events, 0), pace)]
    return [Cell("Speed", pace, "events")] if pace else []


def _pace(trades: float, time_ns: NDArray[np.int64]) -> str:
    seconds = float(time_ns[-1] - time_ns[0]) / 1e9 if len(time_ns) else 0.0
    return f"{text.number(trades / seconds * 60, 1)} a minute" if seconds > 0 else ""


def _money(value: float) -> int | None:
    return 2 if abs(value) >= 1 else None


def _sign(value: float) -> int:
    return 0 if math.isnan(value) or value == 0 else int(math.copysign(1, value))


def summary_table(
    record: Array | Mapping[str, Array],
    *,
    config: Mapping[str, Any] | None = None,
    resample: str = "10s",
    trading_days_per_year: float = 252,
) -> str:
    """The headline numbers of a run as plain text, one column for each asset.

    Args:
        record: Rows of :data:`~ringside.report.RECORD_DTYPE`, or several by asset number.
        config: Settings of the run; see ``make_run``.
        resample: Interval of Sharpe and Sortino, a Polars duration.
        trading_days_per_year: Days a year for annualised ratios.

    Raises:
        ReportError: for rows of the wrong type or unusable settings.
    """
    return summary_text(
        make_run(
            record,
            None,
            config,
            resample=resample,
            trading_days_per_year=trading_days_per_year,
        )
    )


def summary_text(run: Run) -> str:
    """As :func:`summary_table`, for a run whose inputs are checked."""
    columns: list[dict[str, Cell]] = []
    notes: list[str] = []
    for asset in run.assets:
        series = curves(asset)
        numbers = headline(asset, series, run)
        columns.append({cell.label: cell for cell in cells(asset, series, numbers, run)})
        if not len(series.time_ns):
            notes.append(f"{asset.symbol}: the record has no rows")
        notes += [f"{asset.symbol}: {note}" for note in numbers.notes]
    labels = list(dict.fromkeys(label for column in columns for label in column))
    single = len(columns) == 1
    table = [["", *(asset.symbol for asset in run.assets)]]
    for label in labels:
        row = [label, *(column[label].value if label in column else "" for column in columns)]
        if single:
            row.append(columns[0][label].detail)
        table.append(row)
    values = range(1, len(run.assets) + 1)
    widths = [max(len(row[column]) for row in table) for column in (0, *values)]
    lines = []
    for row in table:
        parts = [row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in values)]
        lines.append("  ".join(parts + row[len(widths) :]).rstrip())
    return "\n".join([*lines, *notes]) + "\n"
