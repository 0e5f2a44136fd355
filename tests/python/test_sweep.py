"""``ringside.sweep``: rows are those of single runs, whatever interrupts it."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from market import random_market, require_library
from numba import njit

require_library()

import ringside  # noqa: E402
from ringside import GTX, LIMIT, BacktestAsset, HashMapMarketDepthBacktest, Recorder  # noqa: E402
from ringside.stats import SR, LinearAssetRecord  # noqa: E402

SETS = {"half_spread": [0.5, 1.5], "step": [50_000_000, 80_000_000, 130_000_000]}


@njit
def quote(hbt, recorder, half_spread, step):
    while hbt.elapse(step) == 0:
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        mid = (depth.best_bid + depth.best_ask) / 2.0
        if np.isfinite(mid) and len(hbt.orders(0)) == 0:
            bid, ask = mid - half_spread, mid + half_spread
            hbt.submit_buy_order(0, np.uint64(1), bid, 0.1, GTX, LIMIT, False)
            hbt.submit_sell_order(0, np.uint64(2), ask, 0.1, GTX, LIMIT, False)
        recorder.record(hbt)


def asset(data):
    return (
        BacktestAsset()
        .data(data)
        .constant_order_latency(1_000_000, 1_000_000)
        .tick_size(0.5)
        .lot_size(0.1)
    )


def run(data, half_spread, step):
    recorder = Recorder(1, 1000, grow=True)
    with HashMapMarketDepthBacktest([asset(data)]) as hbt:
        quote(hbt, recorder.recorder, half_spread, step)
    return recorder


@pytest.fixture(scope="module")
def days(tmp_path_factory):
    """Two days of one symbol, one as an ``.npz`` and one as an ``.npy``."""
    folder = tmp_path_factory.mktemp("days")
    files = {"monday": [str(folder / "a.npz")], "tuesday": [str(folder / "b.npy")]}
    np.savez_compressed(files["monday"][0], data=random_market(1, 15_000))
    np.save(files["tuesday"][0], random_market(2, 15_000))
    return files


@pytest.fixture(scope="module")
def expected(days):
    """The totals of each run by itself."""
    return [
        {"data": day} | one | ringside.run_totals(run(files, **one))
        for day, files in days.items()
        for one in ringside.grid(**SETS)
    ]


@pytest.mark.parametrize("share", [True, False])
def test_each_row_is_that_of_its_own_run_in_the_order_of_the_sets(days, expected, share):
    heard = []
    frame = ringside.sweep(run, SETS, data=days, jobs=2, share=share, on_row=heard.append)
    assert frame.to_dicts() == expected
    assert len(heard) == len(expected)
    assert len({row["record_crc32"] for row in expected}) == len(expected)


def test_a_function_without_data_and_a_list_of_sets():
    here = 3.0
    frame = ringside.sweep(
        lambda a, b: {"sum": a + b * here}, [{"a": 1, "b": 2}, {"a": 5, "b": 0}], jobs=1
    )
    assert frame.to_dicts() == [{"a": 1, "b": 2, "sum": 7.0}, {"a": 5, "b": 0, "sum": 5.0}]


def test_totals_agree_with_the_statistics(days):
    recorder = run(days["monday"], 0.5, 50_000_000)
    totals = ringside.run_totals(recorder)
    record = LinearAssetRecord(recorder.get(0).copy())
    reference = record.resample("10s").stats([SR]).splits[-1]["SR"]
    assert math.isclose(totals["sharpe"], reference, rel_tol=1e-9)
    equity = record.stats([]).entire["equity_wo_fee"] - record.stats([]).entire["fee"]
    assert totals["equity"] == equity.drop_nans()[-1]
    assert totals["num_trades"] > 0


def test_a_finished_sweep_is_read_and_not_run_again(days, expected, tmp_path):
    first = ringside.sweep(run, SETS, data=days, jobs=2, output=tmp_path)

    def forbidden(data, half_spread, step):
        raise AssertionError("run again")

    again = ringside.sweep(forbidden, SETS, data=days, output=tmp_path)
    assert again.equals(first)
    assert pl.read_parquet(tmp_path / "part-*.parquet").height == len(expected)


def test_a_row_that_fails_is_reported_after_all_others_and_tried_again(tmp_path):
    def fails(a):
        if a == 2 and not (tmp_path / "mended").exists():
            raise ValueError("two is too much")
        return {"square": a * a}

    with pytest.raises(ringside.SweepError, match=r"a=2: [\s\S]*two is too much"):
        ringside.sweep(fails, {"a": [1, 2, 3]}, jobs=2, output=tmp_path / "rows")
    assert sorted(pl.read_parquet(tmp_path / "rows/part-*.parquet")["a"]) == [1, 3]
    (tmp_path / "mended").touch()
    frame = ringside.sweep(fails, {"a": [1, 2, 3]}, jobs=2, output=tmp_path / "rows")
    assert frame["square"].to_list() == [1, 4, 9]


def test_a_worker_that_dies_costs_no_row_and_one_that_always_dies_only_its_own(tmp_path):
    def dies(a):
        if a == 3 or (a == 5 and not (tmp_path / "once").exists()):
            (tmp_path / "once").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return {"square": a * a}

    with pytest.raises(ringside.SweepError, match="1 runs failed:\na=3: its process ended"):
        ringside.sweep(dies, {"a": range(8)}, jobs=2, output=tmp_path / "rows")
    rows = pl.read_parquet(tmp_path / "rows/part-*.parquet")
    assert sorted(rows["a"]) == [0, 1, 2, 4, 5, 6, 7]


def test_names_of_results_must_not_be_those_of_parameters():
    with pytest.raises(ringside.SweepError, match="same names: a"):
        ringside.sweep(lambda a: {"a": 1}, {"a": [1]})


SLOW = """
    import sys, time, ringside
    def slow(a):
        time.sleep(0.05)
        return {"square": a * a}
    frame = ringside.sweep(slow, {"a": range(60)}, jobs=2, output=sys.argv[1])
    print(frame["square"].to_list() == [a * a for a in range(60)])
"""


def test_killed_at_any_time_it_goes_on_without_a_lost_or_a_doubled_row(tmp_path):
    """By SIGKILL, with whole parts written every two seconds and a torn one left behind."""
    script = tmp_path / "slow.py"
    script.write_text(textwrap.dedent(SLOW))
    rows = tmp_path / "rows"
    command = [sys.executable, str(script), str(rows)]
    seen = 0
    for _ in range(3):
        child = subprocess.Popen(command, env=os.environ | {"PYTHONPATH": _package()})
        deadline = time.monotonic() + 60
        while len(list(rows.glob("part-*.parquet"))) <= seen and child.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.01)
        child.kill()
        child.wait()
        now = len(list(rows.glob("part-*.parquet")))
        if now == seen:
            break
        seen = now
        (rows / ".part-000099.tmp").write_bytes(b"half of a part")
    last = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": _package()},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert last.stdout == "True\n"
    assert sorted(pl.read_parquet(rows / "part-*.parquet")["a"]) == list(range(60))
    assert not list(rows.glob("*.tmp"))


def _package() -> str:
    return str(Path(ringside.__file__).parents[1])


def test_a_second_sweep_into_the_same_folder_is_refused(tmp_path):
    def nested(a):
        with pytest.raises(RuntimeError, match="another sweep"):
            ringside.sweep(lambda a: {"b": 1}, {"a": [1]}, output=tmp_path)
        return {"b": 2}

    assert ringside.sweep(nested, {"a": [1]}, output=tmp_path)["b"].to_list() == [2]
