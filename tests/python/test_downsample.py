"""Thinning of series for drawing."""

from __future__ import annotations

import numpy as np
import pytest

from ringside.stats.downsample import thin


def test_a_short_series_is_kept_whole():
    x = np.arange(400)
    np.testing.assert_array_equal(thin(x, x * 1.0, 100), x)


@pytest.mark.parametrize("seed", range(5))
def test_extremes_and_ends_of_every_span_are_kept(seed):
    random = np.random.default_rng(seed)
    x = np.cumsum(random.integers(0, 1000, 20_000))
    y = random.normal(size=len(x))
    y[random.random(len(x)) < 0.1] = np.nan
    rows = thin(x, y, 50)
    assert len(rows) <= 200
    assert np.all(np.diff(rows) > 0)
    assert (rows[0], rows[-1]) == (0, len(x) - 1)
    assert np.nanmin(y[rows]) == np.nanmin(y)
    assert np.nanmax(y[rows]) == np.nanmax(y)
    span = (x[-1] - x[0]) / 50
    for bucket in range(50):
        low, high = x[0] + bucket * span + 1, x[0] + (bucket + 1) * span - 1
        inside = (x > low) & (x < high)
        drawn = rows[(x[rows] > low - 2) & (x[rows] < high + 2)]
        assert np.nanmax(y[drawn]) >= np.nanmax(y[inside])
        assert np.nanmin(y[drawn]) <= np.nanmin(y[inside])


def test_a_span_with_no_known_value_leaves_a_gap():
    x = np.arange(10_000)
    y = np.ones(10_000)
    y[5000:5100] = np.nan
    rows = thin(x, y, 100)
    assert np.isnan(y[rows]).any()


def test_equal_times_are_no_obstacle():
    rows = thin(np.zeros(5000, dtype=np.int64), np.arange(5000.0), 10)
    assert rows[0] == 0
    assert rows[-1] == 4999
