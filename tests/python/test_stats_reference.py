"""Agreement with HftBacktest's statistics wherever those are defined."""

from __future__ import annotations

import itertools
import math
import warnings

import numpy as np
import polars as pl
import pytest
from samples import random_record

from ringside import stats

reference = pytest.importorskip(
    "hftbacktest.stats", reason="HftBacktest is not installed: nothing to compare with"
)

METRICS = [name for name in stats.__all__ if name not in ("Metric", "Stats")]
METRICS = [name for name in METRICS if not name.endswith("Record")]
KWARGS = {"book_size": 12_345.0, "trading_days_per_year": 365}
TOTALS = ["num_trades", "trading_volume", "trading_value"]


def compute(package, frame, kind, frequency, part, kwargs):
    record = getattr(package, kind)(frame).contract_size(0.5).resample(frequency)
    record = getattr(record, part)() if part else record
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return record.stats([getattr(package, name) for name in METRICS], **kwargs)


def assert_same(found, expected):
    assert found.keys() == expected.keys()
    for key, value in expected.items():
        if not isinstance(value, float):
            assert found[key] == value, key
        elif math.isnan(value):
            assert math.isnan(found[key]), key
        else:
            assert found[key] == pytest.approx(value, rel=1e-12, abs=0), key


@pytest.mark.parametrize(
    ("seed", "irregular", "unknown_prices"),
    [
        (seed, irregular, unknown)
        for seed, (irregular, unknown) in enumerate(itertools.product((False, True), repeat=2))
    ],
)
@pytest.mark.parametrize("kind", ["LinearAssetRecord", "InverseAssetRecord"])
@pytest.mark.parametrize("frequency", ["10s", "7m", None])
@pytest.mark.parametrize("part", [None, "daily", "monthly"])
def test_all_metrics_equal_the_reference(seed, irregular, unknown_prices, kind, frequency, part):
    data = random_record(seed, irregular=irregular, unknown_prices=unknown_prices)
    kwargs = KWARGS | {"trading_days_per_year": 252 + seed}
    found = compute(stats, data, kind, frequency, part, kwargs)
    expected = compute(reference, data.copy(), kind, frequency, part, kwargs)
    assert len(found.splits) == len(expected.splits)
    for ours, theirs in zip(found.splits, expected.splits, strict=True):
        assert_same(ours, theirs)
    assert found.entire.equals(expected.entire)


@pytest.mark.parametrize("missing", [TOTALS[:1], TOTALS[1:2], TOTALS[:2]])
def test_estimates_of_missing_totals_equal_the_reference(missing):
    frame = pl.DataFrame(random_record(11)).drop(missing)
    found = compute(stats, frame, "LinearAssetRecord", "1m", None, KWARGS)
    expected = compute(reference, frame, "LinearAssetRecord", "1m", None, KWARGS)
    assert_same(found.splits[-1], expected.splits[-1])


@pytest.mark.parametrize("kind", ["LinearAssetRecord", "InverseAssetRecord"])
def test_the_estimated_value_equals_the_reference_when_the_position_only_grows(kind):
    data = random_record(12)
    data["position"] = np.cumsum(np.abs(np.diff(data["position"], prepend=0)))
    frame = pl.DataFrame(data).drop(TOTALS)
    found = compute(stats, frame, kind, "5m", "daily", KWARGS)
    expected = compute(reference, frame, kind, "5m", "daily", KWARGS)
    for ours, theirs in zip(found.splits, expected.splits, strict=True):
        assert_same(ours, theirs)


def test_the_estimated_value_counts_sales_where_the_reference_subtracts_them():
    frame = pl.DataFrame(random_record(13)).drop("trading_value")
    found = compute(stats, frame, "LinearAssetRecord", None, None, KWARGS).splits[-1]
    expected = compute(reference, frame, "LinearAssetRecord", None, None, KWARGS).splits[-1]
    assert found["Turnover"] > abs(expected["Turnover"])
    moved = frame["position"].diff().abs() * frame["price"] * 0.5
    assert found["Turnover"] == pytest.approx(moved.sum() / KWARGS["book_size"], rel=1e-12)


def test_default_metrics_and_their_order_equal_the_reference():
    data = random_record(14)
    ours = stats.LinearAssetRecord(data).resample("1m").stats(book_size=500.0)
    theirs = reference.LinearAssetRecord(data).resample("1m").stats(book_size=500.0)
    assert ours.summary().columns == theirs.summary().columns
    assert ours.summary().schema == theirs.summary().schema
