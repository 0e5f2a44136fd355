"""Metrics of a record frame.

Each metric reads a Polars frame with the columns ``timestamp`` (Datetime), ``price``,
``position``, ``fee``, ``equity_wo_fee``, ``num_trades_``, ``trading_volume_`` and
``trading_value_``, and returns its values by name. Money is in the unit of the record: quote
currency for linear assets, base currency for inverse ones. A value that the rows cannot give (one
row has no length, no variance) is NaN.
"""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from .utils import get_num_samples_per_day, get_total_days


class Metric(ABC):
    """Base of all metrics. A subclass implements :meth:`compute`.

    The names of the constructor's arguments decide which keyword arguments of ``stats()`` the
    class receives when it is listed as a class rather than as an instance.
    """

    @abstractmethod
    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        """Compute the metric over one period.

        Args:
            df: Rows of the period, in ascending time.
            context: ``start``, ``end`` and all that earlier metrics of the list returned.

        Returns:
            Values by name; each name becomes a column of the summary.
        """


def _equity(df: pl.DataFrame) -> pl.Series:
    return df["equity_wo_fee"] - df["fee"]


def _position_value(df: pl.DataFrame) -> pl.Series:
    return df["position"].abs() * df["price"]


def _number(value: Any) -> float:
    return math.nan if value is None else float(value)


def _ratio(numerator: Any, denominator: Any) -> float:
    """Quotient by IEEE rules (x/0 is infinite, 0/0 is NaN); None counts as NaN."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.divide(_number(numerator), _number(denominator)))


def _raw_return(df: pl.DataFrame) -> float:
    equity = _equity(df).drop_nulls().drop_nans()
    return float(equity[-1] - equity[0]) if len(equity) else math.nan


def _raw_drawdown(df: pl.DataFrame, book_size: float | None = None) -> float:
    equity = _equity(df)
    drawdown = equity - equity.cum_max()
    if book_size is not None:
        drawdown = drawdown / book_size
    return abs(_number(drawdown.min()))


def _annual_factor(df: pl.DataFrame, trading_days_per_year: float) -> float:
    return math.sqrt(get_num_samples_per_day(df["timestamp"]) * trading_days_per_year)


class Ret(Metric):
    """Return: last equity minus first equity, over rows whose equity is known.

    Args:
        name: Column name; default ``Return``.
        book_size: Capital; if given, the return is a fraction of it.
    """

    def __init__(self, name: str | None = None, book_size: float | None = None) -> None:
        self.name = "Return" if name is None else name
        self.book_size = book_size

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        value = _raw_return(df)
        return {self.name: value if self.book_size is None else value / self.book_size}


class AnnualRet(Ret):
    """Return scaled to a year, not compounded.

    Args:
        name: Column name; default ``AnnualReturn``.
        book_size: Capital; if given, the return is a fraction of it.
        trading_days_per_year: 252 by default; 365 suits markets that never close.
    """

    def __init__(
        self,
        name: str | None = None,
        book_size: float | None = None,
        trading_days_per_year: float = 252,
    ) -> None:
        super().__init__("AnnualReturn" if name is None else name, book_size)
        self.trading_days_per_year = trading_days_per_year

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        value = super().compute(df, context)[self.name]
        days = get_total_days(df["timestamp"])
        if days == 0:
            return {self.name: math.nan}
        return {self.name: value / days * self.trading_days_per_year}


class SR(Metric):
    """Sharpe ratio of the changes of equity from row to row, annualised, without a benchmark.

    It depends on the sampling interval: see ``resample()``.

    Args:
        name: Column name; default ``SR``.
        trading_days_per_year: 252 by default; 365 suits markets that never close.
    """

    def __init__(self, name: str | None = None, trading_days_per_year: float = 252) -> None:
        self.name = "SR" if name is None else name
        self.trading_days_per_year = trading_days_per_year

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        change = _equity(df).diff().drop_nans()
        factor = _annual_factor(df, self.trading_days_per_year)
        return {self.name: _ratio(change.mean(), change.std()) * factor}


class Sortino(Metric):
    """Sortino ratio: as :class:`SR`, over the root mean square of the falls only.

    Args:
        name: Column name; default ``Sortino``.
        trading_days_per_year: 252 by default; 365 suits markets that never close.
    """

    def __init__(self, name: str | None = None, trading_days_per_year: float = 252) -> None:
        self.name = "Sortino" if name is None else name
        self.trading_days_per_year = trading_days_per_year

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        change = _equity(df).diff().drop_nans()
        downside = math.sqrt(_number((change.clip(upper_bound=0.0) ** 2).mean()))
        factor = _annual_factor(df, self.trading_days_per_year)
        return {self.name: _ratio(change.mean(), downside) * factor}


class MaxDrawdown(Metric):
    """Largest fall of equity from an earlier peak, as a positive number.

    Args:
        name: Column name; default ``MaxDrawdown``.
        book_size: Capital; if given, the drawdown is a fraction of it.
    """

    def __init__(self, name: str | None = None, book_size: float | None = None) -> None:
        self.name = "MaxDrawdown" if name is None else name
        self.book_size = book_size

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _raw_drawdown(df, self.book_size)}


class ReturnOverMDD(Metric):
    """Return divided by the largest drawdown; not annualised.

    Args:
        name: Column name; default ``ReturnOverMDD``.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = "ReturnOverMDD" if name is None else name

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _ratio(_raw_return(df), _raw_drawdown(df))}


class ReturnOverTrade(Metric):
    """Return for each unit of traded value.

    Args:
        name: Column name; default ``ReturnOverTrade``.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = "ReturnOverTrade" if name is None else name

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _ratio(_raw_return(df), df["trading_value_"].sum())}


class _Total(Metric):
    """Sum of one flow column, as a whole or per day, over the capital if one is given."""

    column: str
    default_name: str
    per_day = False

    def __init__(self, name: str | None = None) -> None:
        self.name = self.default_name if name is None else name
        self.book_size: float | None = None

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        total: Any = df[self.column].sum()
        if self.book_size is not None:
            total = total / self.book_size
        if self.per_day:
            days = get_total_days(df["timestamp"])
            total = total / days if days > 0 else math.nan
        return {self.name: total}


class NumberOfTrades(_Total):
    """Number of executions.

    Args:
        name: Column name; default ``NumberOfTrades``.
    """

    column = "num_trades_"
    default_name = "NumberOfTrades"


class DailyNumberOfTrades(NumberOfTrades):
    """Number of executions a day.

    Args:
        name: Column name; default ``DailyNumberOfTrades``.
    """

    default_name = "DailyNumberOfTrades"
    per_day = True


class TradingVolume(_Total):
    """Traded quantity, in shares or contracts.

    Args:
        name: Column name; default ``TradingVolume``.
    """

    column = "trading_volume_"
    default_name = "TradingVolume"


class DailyTradingVolume(TradingVolume):
    """Traded quantity a day, in shares or contracts.

    Args:
        name: Column name; default ``DailyTradingVolume``.
    """

    default_name = "DailyTradingVolume"
    per_day = True


class TradingValue(_Total):
    """Traded value, or turnover if a capital is given.

    Args:
        name: Column name; default ``TradingValue``, or ``Turnover`` with a ``book_size``.
        book_size: Capital; if given, the value is a multiple of it.
    """

    column = "trading_value_"
    default_name = "TradingValue"
    default_ratio_name = "Turnover"

    def __init__(self, name: str | None = None, book_size: float | None = None) -> None:
        default = self.default_name if book_size is None else self.default_ratio_name
        super().__init__(default if name is None else name)
        self.book_size = book_size


class DailyTradingValue(TradingValue):
    """Traded value a day, or daily turnover if a capital is given.

    Args:
        name: Column name; default ``DailyTradingValue``, or ``DailyTurnover`` with a
            ``book_size``.
        book_size: Capital; if given, the value is a multiple of it.
    """

    default_name = "DailyTradingValue"
    default_ratio_name = "DailyTurnover"
    per_day = True


class MaxPositionValue(Metric):
    """Largest \\|position\\| x price, over rows whose price is known; contract size not applied.

    Args:
        name: Column name; default ``MaxPositionValue``.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = "MaxPositionValue" if name is None else name

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _number(_position_value(df).max())}


class MeanPositionValue(Metric):
    """Mean \\|position\\| x price; contract size not applied. NaN if any price is.

    Args:
        name: Column name; default ``MeanPositionValue``.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = "MeanPositionValue" if name is None else name

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _number(_position_value(df).mean())}


class MedianPositionValue(Metric):
    """Median \\|position\\| x price; contract size not applied. A NaN price counts as largest.

    Args:
        name: Column name; default ``MedianPositionValue``.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = "MedianPositionValue" if name is None else name

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _number(_position_value(df).median())}


class MaxLeverage(Metric):
    """Largest position value divided by the capital.

    Args:
        name: Column name; default ``MaxLeverage``.
        book_size: Capital, above 0.

    Warns:
        UserWarning: when ``book_size`` is not above 0; :meth:`compute` then raises
            ZeroDivisionError if it is 0.
    """

    def __init__(self, name: str | None = None, book_size: float = 0.0) -> None:
        if book_size <= 0.0:
            warnings.warn(
                f"MaxLeverage needs a book_size above 0, not {book_size}; pass it to stats().",
                UserWarning,
                stacklevel=2,
            )
        self.name = "MaxLeverage" if name is None else name
        self.book_size = book_size

    def compute(self, df: pl.DataFrame, context: dict[str, Any]) -> Mapping[str, Any]:
        return {self.name: _number(_position_value(df).max()) / self.book_size}
