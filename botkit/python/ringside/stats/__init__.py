"""Performance statistics of a recorded run.

A record is the state of one asset over time (see ``Recorder``). It becomes statistics in one
expression::

    stats = LinearAssetRecord(record).resample("10s").daily().stats(book_size=100_000)
    stats.summary()
    stats.plot()
"""

from .metrics import (
    SR,
    AnnualRet,
    DailyNumberOfTrades,
    DailyTradingValue,
    DailyTradingVolume,
    MaxDrawdown,
    MaxLeverage,
    MaxPositionValue,
    MeanPositionValue,
    MedianPositionValue,
    Metric,
    NumberOfTrades,
    Ret,
    ReturnOverMDD,
    ReturnOverTrade,
    Sortino,
    TradingValue,
    TradingVolume,
)
from .stats import InverseAssetRecord, LinearAssetRecord, Stats

__all__ = (
    "SR",
    "AnnualRet",
    "DailyNumberOfTrades",
    "DailyTradingValue",
    "DailyTradingVolume",
    "InverseAssetRecord",
    "LinearAssetRecord",
    "MaxDrawdown",
    "MaxLeverage",
    "MaxPositionValue",
    "MeanPositionValue",
    "MedianPositionValue",
    "Metric",
    "NumberOfTrades",
    "Ret",
    "ReturnOverMDD",
    "ReturnOverTrade",
    "Sortino",
    "Stats",
    "TradingValue",
    "TradingVolume",
)
