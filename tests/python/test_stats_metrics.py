"""Values of the metrics."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from samples import SECOND, START, golden_record

from ringside import stats
from ringside.report import RECORD_DTYPE
from ringside.stats import LinearAssetRecord, Metric

METRICS = [
    value
    for value in vars(stats).values()
    if isinstance(value, type) and issubclass(value, Metric) and value is not Metric
]


def whole(record, metrics, **kwargs):
    return LinearAssetRecord(record).resample("10s").stats(metrics, **kwargs).splits[-1]


def test_there_are_seventeen_metrics():
    assert len(METRICS) == 17


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SR", 1254.6715784915498),
        ("Sortino", 11878.036201325553),
        ("MaxDrawdown", 0.0002),
        ("ReturnOverTrade", 0.008977556109725686),
        ("Return", 0.0036),
        ("AnnualReturn", 1567.6416),
        ("ReturnOverMDD", 18.0),
        ("NumberOfTrades", 4),
        ("DailyNumberOfTrades", 6912.0),
        ("Turnover", 0.401),
        ("DailyTurnover", 692.928),
        ("TradingVolume", 4.0),
        ("DailyTradingVolume", 6912.0),
        ("MaxPositionValue", 200),
        ("MeanPositionValue", 100),
        ("MedianPositionValue", 100),
        ("MaxLeverage", 0.2),
    ],
)
def test_metric_of_the_golden_record_has_its_known_value(name, value):
    found = whole(golden_record(), METRICS, book_size=1000)
    assert found[name] == pytest.approx(value, rel=1e-12)


def test_values_without_a_book_size_are_in_currency_and_keep_their_own_names():
    found = whole(golden_record(), [stats.Ret, stats.TradingValue, stats.DailyTradingValue])
    assert found["Return"] == pytest.approx(3.6)
    assert found["TradingValue"] == pytest.approx(401)
    assert found["DailyTradingValue"] == pytest.approx(692_928)


def test_sharpe_and_sortino_follow_from_the_changes_of_equity():
    # Equity 0, 3, 2, 4: changes 3, -1, 2; mean 4/3, sample variance 13/3, downside sqrt(1/3).
    rows = np.zeros(4, RECORD_DTYPE)
    rows["timestamp"] = START + np.arange(4) * 10 * SECOND
    rows["balance"] = [0, 3, 2, 4]
    year = math.sqrt(86_400 / 10 * 365)
    found = whole(rows, [stats.SR, stats.Sortino], trading_days_per_year=365)
    assert found["SR"] == pytest.approx(4 / 3 / math.sqrt(13 / 3) * year, rel=1e-12)
    assert found["Sortino"] == pytest.approx(4 / 3 / math.sqrt(1 / 3) * year, rel=1e-12)


def test_drawdown_is_measured_from_the_highest_equity_before_it():
    rows = np.zeros(6, RECORD_DTYPE)
    rows["timestamp"] = START + np.arange(6) * 10 * SECOND
    rows["balance"] = [0, 5, 2, 7, 1, 9]
    assert whole(rows, [stats.MaxDrawdown])["MaxDrawdown"] == 6


def test_return_uses_the_rows_whose_equity_is_known():
    rows = golden_record()
    rows["price"][[0, 5]] = np.nan
    rows["position"][0] = 1
    found = whole(rows, [stats.Ret])
    # Rows 1 and 4: 1 - 0.1 and 3 - 0.4.
    assert found["Return"] == pytest.approx(2.6 - 0.9)


@pytest.mark.parametrize("rows", [0, 1])
def test_too_few_rows_give_nan_where_a_metric_needs_more(rows):
    found = whole(golden_record()[:rows], METRICS, book_size=1000)
    for name in ("SR", "Sortino", "AnnualReturn", "DailyTurnover", "DailyNumberOfTrades"):
        assert math.isnan(found[name]), name
    assert found["NumberOfTrades"] == 0


def test_two_rows_give_a_return_but_no_sharpe_ratio():
    found = whole(golden_record()[:2], [stats.Ret, stats.SR])
    assert found["Return"] == pytest.approx(0.9)
    assert math.isnan(found["SR"])


def test_a_record_that_never_falls_has_an_infinite_sortino_ratio():
    assert whole(golden_record()[:2], [stats.Sortino])["Sortino"] == math.inf


def test_uneven_rows_are_warned_about_and_still_computed():
    rows = golden_record()
    rows["timestamp"][3:] += 20 * SECOND
    with pytest.warns(UserWarning, match="evenly spaced"):
        found = whole(rows, [stats.SR])
    assert found["SR"] == pytest.approx(1254.6715784915498, rel=1e-12)


def test_leverage_without_a_book_size_warns_and_then_cannot_be_computed():
    with pytest.warns(UserWarning, match="book_size"):
        metric = stats.MaxLeverage()
    with pytest.raises(ZeroDivisionError):
        whole(golden_record(), [metric])


def test_a_custom_metric_sees_earlier_results_and_the_keywords_it_names():
    class Scaled(Metric):
        def __init__(self, scale: float = 1.0) -> None:
            self.scale = scale

        def compute(self, df: pl.DataFrame, context):
            return {"Scaled": context["Return"] * self.scale, "Rows": len(df)}

    found = whole(golden_record(), [stats.Ret, Scaled], scale=10.0, unknown=1)
    assert found["Scaled"] == pytest.approx(36)
    assert found["Rows"] == 6


def test_an_instance_keeps_its_own_name_and_arguments():
    metrics = [stats.SR("SR365", trading_days_per_year=365), stats.SR]
    found = whole(golden_record(), metrics)
    assert found["SR365"] / found["SR"] == pytest.approx(math.sqrt(365 / 252))
