"""Records: preparation, resampling, parts, drawing."""

from __future__ import annotations

import math
from datetime import datetime

import numpy as np
import polars as pl
import pytest
from samples import SECOND, START, golden_record, random_record

from ringside import stats
from ringside.stats import InverseAssetRecord, LinearAssetRecord

ENTIRE_COLUMNS = [
    "timestamp",
    "price",
    "position",
    "balance",
    "fee",
    "num_trades",
    "trading_volume",
    "trading_value",
    "num_trades_",
    "trading_volume_",
    "equity_wo_fee",
    "trading_value_",
]


def test_stats_leave_the_record_and_its_data_as_they_were():
    data = random_record(1)
    before = data.copy()
    record = LinearAssetRecord(data)
    columns = record.df.columns
    first = record.resample("10m").stats()
    second = record.resample("1h").daily().stats()
    again = record.resample("10m").stats()
    np.testing.assert_array_equal(data, before)
    assert record.df.columns == columns
    assert len(second.entire) < len(first.entire)
    assert again.entire.equals(first.entire)


def test_a_polars_frame_is_left_as_it_was():
    frame = pl.DataFrame(random_record(2))
    before = frame.clone()
    LinearAssetRecord(frame).stats()
    assert frame.equals(before)


def test_the_entire_frame_has_its_columns_in_their_order():
    assert LinearAssetRecord(golden_record()).stats().entire.columns == ENTIRE_COLUMNS


def test_windows_start_at_multiples_of_the_interval_and_hold_sums_and_last_values():
    data = golden_record()
    data["timestamp"] = START + np.array([5, 12, 19, 20, 43, 49]) * SECOND
    frame = LinearAssetRecord(data).resample("20s").stats([]).entire
    assert frame["timestamp"].dt.epoch("s").to_list() == [
        START // SECOND + offset for offset in (0, 20, 40)
    ]
    assert frame["position"].to_list() == [1, 0, -2]
    assert frame["num_trades_"].to_list() == [1, 1, 2]
    assert frame["trading_value_"].to_list() == [99, 102, 200]
    assert frame["equity_wo_fee"].to_list() == [1, 3, 4]


def test_no_resampling_keeps_every_row():
    assert len(LinearAssetRecord(random_record(3)).resample(None).stats([]).entire) == 3100


@pytest.mark.parametrize(("unit", "factor"), [("us", 10**3), ("ms", 10**6), ("s", 10**9)])
def test_timestamps_of_other_units_mean_the_same_times(unit, factor):
    data = golden_record()
    data["timestamp"] //= factor
    found = LinearAssetRecord(data).time_unit(unit).stats().splits
    assert found == LinearAssetRecord(golden_record()).stats().splits


def test_days_and_months_come_in_order_before_the_whole():
    data = random_record(4, rows=4000)
    daily = LinearAssetRecord(data).resample("10m").daily().stats([stats.NumberOfTrades])
    starts = [part["start"] for part in daily.splits]
    assert starts[:-1] == sorted(starts[:-1])
    assert len({start.date() for start in starts[:-1]}) == len(starts) - 1
    total = sum(part["NumberOfTrades"] for part in daily.splits[:-1])
    assert total == daily.splits[-1]["NumberOfTrades"]
    monthly = LinearAssetRecord(data).daily().monthly().stats([stats.Ret])
    assert len(monthly.splits) == 2


@pytest.mark.filterwarnings("ignore:The rows are not evenly spaced")
def test_a_day_of_one_row_gives_a_row_of_nan():
    data = golden_record()
    data["timestamp"][-1] += 86_400 * SECOND
    parts = LinearAssetRecord(data).daily().stats([stats.SR, stats.AnnualRet]).splits
    assert len(parts) == 3
    assert math.isnan(parts[1]["SR"])
    assert math.isnan(parts[1]["AnnualReturn"])
    assert not math.isnan(parts[0]["SR"])


def test_the_summary_has_one_row_for_each_part_and_starts_with_the_period():
    summary = LinearAssetRecord(golden_record()).daily().stats(book_size=1000).summary()
    assert summary.columns[:4] == ["start", "end", "SR", "Sortino"]
    assert summary.columns[4:] == [
        "Return",
        "MaxDrawdown",
        "DailyNumberOfTrades",
        "DailyTurnover",
        "ReturnOverMDD",
        "ReturnOverTrade",
        "MaxPositionValue",
    ]
    assert len(summary) == 2
    assert summary["start"][0] == datetime(2023, 11, 14, 22, 13, 20)


def test_an_empty_record_gives_a_summary_without_a_period():
    summary = LinearAssetRecord(golden_record()[:0]).daily().stats().summary()
    assert len(summary) == 1
    assert summary["start"][0] is None


def test_equity_of_a_linear_asset_counts_the_contract_size():
    frame = LinearAssetRecord(golden_record()).contract_size(0.01).stats([]).entire
    assert frame["equity_wo_fee"].to_list() == [0, -98, -98, 3, 201, 202]


def test_equity_of_an_inverse_asset_is_in_the_base_currency():
    data = golden_record()
    data["balance"] = 0
    frame = InverseAssetRecord(data).contract_size(100).stats([]).entire
    assert frame["equity_wo_fee"].to_list() == [0, -1, -1, 0, 2, 2]


def test_without_totals_trades_are_estimated_from_the_position():
    names = ["timestamp", "price", "position", "balance", "fee"]
    frame = pl.DataFrame(golden_record()).select(names)
    linear = LinearAssetRecord(frame).contract_size(10).stats([]).entire
    assert linear["num_trades_"].to_list() == [0, 1, 0, 1, 1, 0]
    assert linear["trading_volume_"].to_list() == [0, 1, 0, 1, 2, 0]
    assert linear["trading_value_"].to_list() == [0, 1000, 0, 1000, 2000, 0]
    inverse = InverseAssetRecord(frame).contract_size(10).stats([]).entire
    np.testing.assert_allclose(inverse["trading_value_"], [0, 0.1, 0, 0.1, 0.2, 0])


def test_a_timestamp_that_goes_backwards_is_refused_with_its_row():
    data = golden_record()
    data["timestamp"][3] = data["timestamp"][1]
    with pytest.raises(ValueError, match="row 3"):
        LinearAssetRecord(data).stats()


def test_a_record_without_a_needed_column_is_refused_with_its_name():
    with pytest.raises(ValueError, match="balance"):
        LinearAssetRecord(pl.DataFrame(golden_record()).drop("balance")).stats()


@pytest.mark.parametrize("data", [[1, 2], np.zeros(3), np.zeros((2, 2), golden_record().dtype)])
def test_data_that_is_no_record_is_refused(data):
    with pytest.raises(ValueError, match="structured array"):
        LinearAssetRecord(data)


@pytest.mark.parametrize("book_size", [None, 1000.0])
@pytest.mark.parametrize("price_as_ret", [False, True])
@pytest.mark.parametrize("rows", [0, 1, 6])
def test_the_interactive_plot_shows_equity_and_position(book_size, price_as_ret, rows):
    kwargs = {} if book_size is None else {"book_size": book_size}
    figure = LinearAssetRecord(golden_record()[:rows]).stats(**kwargs).plot(price_as_ret)
    names = [trace.name for trace in figure.data]
    assert names[:2] == ["Equity", "Equity w/o fee"]
    assert "Position" in names
    assert all(len(trace.x) == rows for trace in figure.data)
    if rows == 6:
        scale = 1 if book_size is None else 0.1
        assert figure.data[0].y[-1] == pytest.approx(3.6 * scale)


def test_the_static_plot_is_ten_by_six_inches():
    pytest.importorskip("matplotlib")
    figure = LinearAssetRecord(golden_record()).stats(book_size=10).plot(backend="matplotlib")
    assert figure.get_size_inches().tolist() == [10, 6]
    assert figure.axes[0].get_ylabel() == "Cumulative Returns (%)"


def test_an_unknown_plot_backend_is_refused():
    with pytest.raises(ValueError, match="plotly"):
        LinearAssetRecord(golden_record()).stats().plot(backend="gnuplot")
