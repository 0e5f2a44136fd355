"""Time arithmetic on record frames: resampling, calendar parts, sampling rate, length."""

from __future__ import annotations

import math
import warnings

import polars as pl

SECONDS_PER_DAY = 86_400

# Columns that hold a flow of the interval ending at their row; every other column is a level.
FLOW_COLUMNS = frozenset({"num_trades_", "trading_volume_", "trading_value_"})


def get_num_samples_per_day(timestamp: pl.Series) -> float:
    """Rows a day, taken from the distance of the first two rows.

    Args:
        timestamp: Datetime series in ascending order.

    Returns:
        86400 / (seconds between row 0 and row 1), or NaN with fewer than two rows or when those
        two rows are less than a microsecond apart.

    Warns:
        UserWarning: when the distance between rows is not constant.
    """
    if len(timestamp) < 2:
        return math.nan
    interval = timestamp.diff()
    if (interval[1:-1] != interval[2:]).any():
        warnings.warn(
            "The rows are not evenly spaced, so ratios that scale with the sampling interval are "
            "rough; choose an interval with resample().",
            UserWarning,
            stacklevel=3,
        )
    seconds: float = (timestamp[1] - timestamp[0]).total_seconds()
    return SECONDS_PER_DAY / seconds if seconds > 0 else math.nan


def get_total_days(timestamp: pl.Series) -> float:
    """Days between the first and the last row; 0.0 with fewer than two rows."""
    if len(timestamp) < 2:
        return 0.0
    seconds: float = (timestamp[-1] - timestamp[0]).total_seconds()
    return seconds / SECONDS_PER_DAY


def _split(df: pl.DataFrame, label: str) -> list[pl.DataFrame]:
    if df.is_empty():
        return []
    labelled = df.with_columns(pl.col("timestamp").dt.strftime(label).alias("dt"))
    return labelled.partition_by("dt", maintain_order=True)


def monthly(df: pl.DataFrame) -> list[pl.DataFrame]:
    """Parts by UTC calendar month, in order, each with a column ``dt`` such as ``202408``."""
    return _split(df, "%Y%m")


def daily(df: pl.DataFrame) -> list[pl.DataFrame]:
    """Parts by UTC day, in order, each with a column ``dt`` such as ``20240808``."""
    return _split(df, "%Y%m%d")


def hourly(df: pl.DataFrame) -> list[pl.DataFrame]:
    """Parts by UTC hour, in order, each with a column ``dt`` such as ``20240808:23``."""
    return _split(df, "%Y%m%d:%H")


def resample(df: pl.DataFrame, frequency: str) -> pl.DataFrame:
    """One row for each non-empty window: flows summed, every other column its last value.

    Windows are aligned to the epoch, closed and labelled at their left end.

    Args:
        df: Frame in ascending order of the Datetime column ``timestamp``.
        frequency: Polars duration, such as ``"10s"`` or ``"1m"``.
    """
    columns = [
        pl.col(name).sum() if name in FLOW_COLUMNS else pl.col(name).last()
        for name in df.columns
        if name != "timestamp"
    ]
    frame = df.with_columns(pl.col("timestamp").set_sorted())
    return frame.group_by_dynamic("timestamp", every=frequency).agg(columns)
