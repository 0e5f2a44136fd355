"""The recorder."""

from __future__ import annotations

import market
import numpy as np
import pytest
from test_api import asset, started

from ringside import GTC, LIMIT, HashMapMarketDepthBacktest, Recorder, record_dtype

market.require_library()


def test_a_row_holds_the_mid_and_the_state():
    hbt = started()
    hbt.submit_buy_order(0, 1, 101, 2, GTC, LIMIT, True)
    recorder = Recorder(1, 5)
    recorder.recorder.record(hbt)
    rows = recorder.get(0)
    assert rows.dtype == record_dtype
    assert rows.tolist() == [(1110, 100.5, 2.0, -202.0, 0.0, 1, 2.0, 202.0)]
    assert recorder.recorder.i == 1
    assert recorder.recorder.records.shape == (5, 1)


def test_the_last_row_is_stored_and_the_next_one_refused():
    hbt = started()
    recorder = Recorder(1, 3)
    for _ in range(3):
        recorder.recorder.record(hbt)
    with pytest.raises(IndexError, match="3 records"):
        recorder.recorder.record(hbt)
    assert len(recorder.get(0)) == 3


def test_a_growing_recorder_never_is_full():
    hbt = started()
    recorder = Recorder(1, 0, grow=True)
    for _ in range(5000):
        recorder.recorder.record(hbt)
        hbt.elapse(1)
    rows = recorder.get(0)
    np.testing.assert_array_equal(rows["timestamp"], 1100 + np.arange(5000))


def test_room_that_is_not_written_costs_nothing():
    assert len(Recorder(1, 30_000_000).get(0)) == 0


def test_every_asset_has_its_member_in_the_file(tmp_path):
    hbt = HashMapMarketDepthBacktest([asset(), asset()])
    hbt.elapse(100)
    hbt.submit_buy_order(1, 1, 101, 2, GTC, LIMIT, True)
    recorder = Recorder(2, 5)
    recorder.recorder.record(hbt)
    recorder.to_npz(tmp_path / "record.npz")
    with np.load(tmp_path / "record.npz") as file:
        assert sorted(file.files) == ["0", "1"]
        assert file["0"]["position"].tolist() == [0.0]
        assert file["1"]["position"].tolist() == [2.0]
    with pytest.raises(IndexError):
        recorder.get(2)


def test_a_recorder_of_more_assets_than_there_are_is_refused():
    with pytest.raises(ValueError, match="more assets"):
        Recorder(2, 5).recorder.record(started())
