"""Records of an asset and the statistics made from them."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import polars as pl
from numpy.typing import NDArray

from .metrics import (
    SR,
    DailyNumberOfTrades,
    DailyTradingValue,
    MaxDrawdown,
    MaxPositionValue,
    Metric,
    Ret,
    ReturnOverMDD,
    ReturnOverTrade,
    Sortino,
)
from .utils import daily, monthly, resample

TimeUnit = Literal["ns", "us", "ms", "s", "d"]


def compute_metrics(
    df: pl.DataFrame, metrics: Iterable[Metric | type[Metric]], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Compute metrics over one period.

    Args:
        df: Rows of the period, in ascending time; may be empty.
        metrics: Instances, used as they are, or classes, constructed with those ``kwargs`` whose
            names their constructor has.
        kwargs: Keyword arguments for the classes.

    Returns:
        ``start`` and ``end`` of the period (None if it has no row), then the metrics in order.
    """
    ends = (None, None) if df.is_empty() else (df["timestamp"][0], df["timestamp"][-1])
    context: dict[str, Any] = {"start": ends[0], "end": ends[1]}
    for metric in metrics:
        if isinstance(metric, type):
            known = inspect.signature(metric.__init__).parameters
            metric = metric(**{key: value for key, value in kwargs.items() if key in known})
        context.update(metric.compute(df, context))
    return context


class Stats:
    """Statistics of one record.

    Attributes:
        entire: Rows after resampling, with ``equity_wo_fee`` and the flows of each interval
            (``num_trades_``, ``trading_volume_``, ``trading_value_``) added.
        splits: One dict for each part, in order, then one for the whole: ``start``, ``end`` and
            the metrics.
        kwargs: What ``stats()`` was given.
    """

    def __init__(
        self, entire: pl.DataFrame, splits: Sequence[Mapping[str, Any]], kwargs: Mapping[str, Any]
    ) -> None:
        self.entire = entire
        self.splits = list(splits)
        self.kwargs = dict(kwargs)

    def summary(self, pretty: bool = False) -> pl.DataFrame:
        """The periods as rows, ``start``, ``end`` and the metrics as columns.

        Args:
            pretty: Has no effect; kept so that existing calls run.
        """
        return pl.DataFrame(self.splits, infer_schema_length=None)

    def plot(
        self,
        price_as_ret: bool = False,
        backend: Literal["plotly", "matplotlib"] = "plotly",
    ) -> Any:
        """Draw equity, with and without fees, over the position, each with the price.

        With a ``book_size`` given to ``stats()`` equity is drawn as a percentage of it.

        Args:
            price_as_ret: Draw the price as a percentage of its first value on the axis of the
                equity; needs a ``book_size``, else it has no effect.
            backend: ``"plotly"`` for an interactive figure; ``"matplotlib"`` for a static one.

        Returns:
            A ``plotly.graph_objects.Figure`` or a ``matplotlib.figure.Figure``.

        Raises:
            ValueError: for another backend.
            ImportError: when the library of the backend is not installed.
        """
        from . import plot

        if backend == "plotly":
            return plot.plot_plotly(self.entire, self.kwargs.get("book_size"), price_as_ret)
        if backend == "matplotlib":
            return plot.plot_matplotlib(self.entire, self.kwargs.get("book_size"), price_as_ret)
        raise ValueError(f"backend {backend!r} is not known; use 'plotly' or 'matplotlib'")


class Record(ABC):
    """States of one asset over time. Setters return the record, so that calls can be chained.

    Args:
        data: Structured array or Polars frame with the columns ``timestamp`` (epoch, ascending),
            ``price``, ``position``, ``balance``, ``fee`` and, if known, ``num_trades``,
            ``trading_volume`` and ``trading_value`` (running totals). It is never modified.

    Raises:
        ValueError: for other data.
    """

    DEFAULT_METRICS: tuple[type[Metric], ...] = (
        SR,
        Sortino,
        Ret,
        MaxDrawdown,
        DailyNumberOfTrades,
        DailyTradingValue,
        ReturnOverMDD,
        ReturnOverTrade,
        MaxPositionValue,
    )

    def __init__(self, data: NDArray[Any] | pl.DataFrame) -> None:
        if isinstance(data, pl.DataFrame):
            self.df = data
        elif isinstance(data, np.ndarray) and data.dtype.names and data.ndim == 1:
            self.df = pl.DataFrame(data)
        else:
            raise ValueError(
                "a record is a one-dimensional structured array or a Polars DataFrame, not "
                + _describe(data)
            )
        self._contract_size = 1.0
        self._time_unit: TimeUnit = "ns"
        self._frequency: str | None = "10s"
        self._partition: Literal["monthly", "daily"] | None = None

    def contract_size(self, contract_size: float) -> Self:
        """Set the size of one contract (default 1.0): in units of the asset if linear, in quote
        currency if inverse."""
        self._contract_size = contract_size
        return self

    def time_unit(self, time_unit: TimeUnit) -> Self:
        """Set the unit of ``timestamp`` since the epoch (default ``"ns"``)."""
        self._time_unit = time_unit
        return self

    def resample(self, frequency: str | None) -> Self:
        """Set the interval on which metrics are computed (default ``"10s"``), as a Polars
        duration; None keeps every row."""
        self._frequency = frequency
        return self

    def monthly(self) -> Self:
        """Compute each UTC month as well as the whole."""
        self._partition = "monthly"
        return self

    def daily(self) -> Self:
        """Compute each UTC day as well as the whole."""
        self._partition = "daily"
        return self

    def stats(self, metrics: Sequence[Metric | type[Metric]] | None = None, **kwargs: Any) -> Stats:
        """Compute metrics for each part and for the whole. The record is left as it was.

        Args:
            metrics: Metric classes or instances; :attr:`DEFAULT_METRICS` if None.
            **kwargs: Arguments for the metric classes, such as ``book_size`` or
                ``trading_days_per_year``; each class receives those it knows.

        Raises:
            ValueError: when a column is missing or ``timestamp`` goes backwards.
        """
        df = self._prepared()
        if self._frequency is not None:
            df = resample(df, self._frequency)
        parts = {"monthly": monthly, "daily": daily}.get(self._partition or "", lambda _: [])(df)
        chosen = self.DEFAULT_METRICS if metrics is None else metrics
        return Stats(df, [compute_metrics(part, chosen, kwargs) for part in (*parts, df)], kwargs)

    @abstractmethod
    def _equity_wo_fee(self) -> pl.Expr:
        """Equity before fees, from ``balance``, ``position`` and ``price``."""

    @abstractmethod
    def _value(self, quantity: pl.Expr) -> pl.Expr:
        """Value of a quantity at the price of its row."""

    def _prepared(self) -> pl.DataFrame:
        """The rows with a Datetime ``timestamp``, the flows and the equity before fees."""
        df = self.df
        needed = ["timestamp", "price", "position", "fee"]
        if "equity_wo_fee" not in df.columns:
            needed.append("balance")
        missing = [name for name in needed if name not in df.columns]
        if missing:
            raise ValueError(f"the record has no column {', '.join(missing)}; it has {df.columns}")
        if not isinstance(df["timestamp"].dtype, pl.Datetime):
            df = df.with_columns(pl.from_epoch("timestamp", time_unit=self._time_unit))
        if not df["timestamp"].is_sorted():
            row = int((df["timestamp"].diff().dt.total_nanoseconds() < 0).arg_max() or 0)
            raise ValueError(f"timestamp goes backwards at row {row}; sort the record by time")

        # Changes of position understate what happened between two rows; they stand in for totals
        # that the record does not have.
        moved = pl.col("position").diff().fill_null(0)
        fallbacks = {
            "num_trades": (moved.abs() > 0).cast(pl.Float64),
            "trading_volume": moved.abs(),
            "trading_value": self._value(moved.abs()),
        }
        added = {
            f"{name}_": pl.col(name).diff().fill_null(0) if name in df.columns else fallback
            for name, fallback in fallbacks.items()
        }
        # The order of the columns is part of the interface of Stats.entire.
        derived = {
            "num_trades_": added["num_trades_"],
            "trading_volume_": added["trading_volume_"],
            "equity_wo_fee": self._equity_wo_fee(),
            "trading_value_": added["trading_value_"],
        }
        return df.with_columns(
            expr.alias(name) for name, expr in derived.items() if name not in df.columns
        )


class LinearAssetRecord(Record):
    """Record of an asset quoted, margined and settled in the quote currency."""

    def _equity_wo_fee(self) -> pl.Expr:
        return pl.col("balance") + pl.col("position") * pl.col("price") * self._contract_size

    def _value(self, quantity: pl.Expr) -> pl.Expr:
        return quantity * pl.col("price") * self._contract_size


class InverseAssetRecord(Record):
    """Record of an asset quoted in the quote currency, margined and settled in the base."""

    def _equity_wo_fee(self) -> pl.Expr:
        return -pl.col("balance") - pl.col("position") / pl.col("price") * self._contract_size

    def _value(self, quantity: pl.Expr) -> pl.Expr:
        return quantity / pl.col("price") * self._contract_size


def _describe(data: object) -> str:
    if isinstance(data, np.ndarray):
        return f"an array of {data.dtype} with {data.ndim} dimensions"
    return type(data).__name__
