"""In compat, every configuration shows a strategy what HftBacktest 2.4.4 shows it, step by step."""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess

import market
import numpy as np
import pytest

import ringside

market.require_library()
reference = pytest.importorskip("hftbacktest", reason="HftBacktest is not installed")

from random_strategy import TRACE_DTYPE, drive, first_difference  # noqa: E402 - needs Numba

STEPS = 6000
START = 1_704_067_200 * 10**9  # of synthetic markets
TICK_SIZE, LOT_SIZE = 0.1, 0.001

CONFIGURATIONS = {
    "power": lambda a: a.power_prob_queue_model(2.0),
    "power2": lambda a: a.power_prob_queue_model2(1.5),
    "power3": lambda a: a.power_prob_queue_model3(3.0),
    "log": lambda a: a.log_prob_queue_model(),
    "log2": lambda a: a.log_prob_queue_model2(),
    "risk adverse": lambda a: a.risk_adverse_queue_model(),
    "inverse contract": lambda a: a.inverse_asset(100.0),
    "quantity fee": lambda a: a.trading_qty_fee_model(0.01, 0.03),
    "flat fee": lambda a: a.flat_per_trade_fee_model(0.02, 0.05),
    "no latency": lambda a: a.constant_order_latency(0, 0),
    "slow": lambda a: a.constant_order_latency(150_000_000, 80_000_000),
    "refused on the way": lambda a: a.constant_order_latency(-20_000_000, 5_000_000),
    "later feed": lambda a: a.latency_offset(20_000_000),
    "measured latency": lambda a: a.intp_order_latency(measured_latencies()),
    "partial fills": lambda a: a.partial_fill_exchange().power_prob_queue_model(2.0),
    "partial fills, risk adverse": lambda a: a.partial_fill_exchange().risk_adverse_queue_model(),
}


@pytest.fixture(scope="module")
def recordings(tmp_path_factory):
    """Two minutes each of two synthetic markets."""
    command = market.program("ringside", "RINGSIDE_COMMAND", "tools/ringside")
    made = []
    for seed in (1, 2):
        file = tmp_path_factory.mktemp("synth") / f"{seed}.npz"
        options = ["--seed", str(seed), "--duration", "2m", "--start", str(START), "-o", file]
        subprocess.run([command, "synth", *options], check=True, stdout=subprocess.DEVNULL)
        with np.load(file) as npz:
            made.append(npz["data"])
    return made


@functools.cache
def measured_latencies():
    """Round trips every 300 ms over the time of the recordings, some of them refused."""
    random = np.random.default_rng(5)
    req = np.arange(START - 10**9, START + 150 * 10**9, 300_000_000)
    rows = np.zeros(len(req), ringside.order_latency_dtype)
    rows["req_ts"] = req
    rows["exch_ts"] = req + random.integers(10**6, 3 * 10**7, len(req))
    rows["resp_ts"] = rows["exch_ts"] + random.integers(10**6, 2 * 10**7, len(req))
    rows["exch_ts"][random.random(len(req)) < 0.1] = 0
    return rows


def build(package, data, configure):
    asset = (
        package.BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(11_000_000, 8_000_000)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
        .last_trades_capacity(1000)
        .roi_lb(float(np.floor(data["px"].min() * 0.9)))
        .roi_ub(float(np.ceil(data["px"].max() * 1.1)))
    )
    asset = configure(asset)
    return asset.compat(True) if package is ringside else asset


def traced(package, depth, recordings, configure, seed, all_kinds):
    """The strategy's trace on one package."""
    # HftBacktest neither holds on to arrays nor leaves them unchanged.
    own = [data.copy() for data in recordings]
    assets = [build(package, data, configure) for data in own]
    hbt = getattr(package, depth)(assets)
    trace = np.zeros(STEPS, TRACE_DTYPE)
    rows = drive(hbt, trace, seed, all_kinds)
    hbt.close()
    return trace[:rows]


def compare(depth, recordings, configure, seed, all_kinds=False):
    assert importlib.metadata.version("hftbacktest") == "2.4.4", "compat is that of 2.4.4"
    ours = traced(ringside, depth, recordings, configure, seed, all_kinds)
    theirs = traced(reference, depth, recordings, configure, seed, all_kinds)
    difference = first_difference(ours, theirs)
    assert difference is None, f"seed {seed}: {difference}"
    assert len(ours) > (50 if all_kinds else 500)
    return ours


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_step_equals_the_reference(recordings, name, seed):
    partial = name.startswith("partial")
    ours = compare(
        "HashMapMarketDepthBacktest", recordings[:1], CONFIGURATIONS[name], seed, partial
    )
    if name != "refused on the way":
        assert ours["num_trades"].max() > 5


@pytest.mark.parametrize("seed", [3, 4])
def test_two_assets_equal_the_reference(recordings, seed):
    compare("HashMapMarketDepthBacktest", recordings, CONFIGURATIONS["power"], seed)


@pytest.mark.parametrize("name", ["power", "partial fills"])
def test_books_with_a_range_equal_the_reference(recordings, name):
    compare("ROIVectorMarketDepthBacktest", recordings[:1], CONFIGURATIONS[name], 5)
