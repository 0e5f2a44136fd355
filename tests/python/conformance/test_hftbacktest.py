"""In compat, every configuration shows a strategy what HftBacktest 2.4.4 shows it, step by step.

``--conformance-seeds N`` runs each configuration with the seeds 1 to N instead of a few.
"""

from __future__ import annotations

import functools
import importlib.metadata
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import market
import numpy as np
import pytest

import ringside

market.require_library()
reference = pytest.importorskip("hftbacktest", reason="HftBacktest is not installed")

from random_strategy import (  # noqa: E402 - needs Numba
    ALL_KINDS,
    MODIFIES,
    TRACE_DTYPE,
    TURNS_BACK,
    drive,
    first_difference,
)

STEPS = 6000
START = 1_704_067_200 * 10**9  # of synthetic markets


@dataclass
class Configuration:
    """What a strategy is let loose on, and with which habits."""

    configure: Callable[[Any], Any]
    habits: int = MODIFIES
    depth: str = "HashMapMarketDepthBacktest"
    data: str = "by level"
    assets: int = 1
    least_trades: int = 5


def partial(configure: Callable[[Any], Any], **options: Any) -> Configuration:
    def with_partial_fills(asset: Any) -> Any:
        return configure(asset.partial_fill_exchange())

    return Configuration(with_partial_fills, habits=ALL_KINDS | MODIFIES, **options)


def ranged(configuration: Configuration) -> Configuration:
    configuration.depth = "ROIVectorMarketDepthBacktest"
    return configuration


def by_order(habits: int) -> Configuration:
    return Configuration(lambda a: a.l3_fifo_queue_model(), habits, data="by order")


CONFIGURATIONS = {
    "power": Configuration(lambda a: a.power_prob_queue_model(2.0)),
    "power of one": Configuration(lambda a: a.power_prob_queue_model(1.0)),
    "power2": Configuration(lambda a: a.power_prob_queue_model2(1.5)),
    "power3": Configuration(lambda a: a.power_prob_queue_model3(3.0)),
    "log": Configuration(lambda a: a.log_prob_queue_model()),
    "log2": Configuration(lambda a: a.log_prob_queue_model2()),
    "risk adverse": Configuration(lambda a: a.risk_adverse_queue_model()),
    "every kind of order": Configuration(lambda a: a, habits=ALL_KINDS | MODIFIES),
    "never modifies": Configuration(lambda a: a, habits=0),
    "inverse contract": Configuration(lambda a: a.inverse_asset(100.0)),
    "quantity fee": Configuration(lambda a: a.trading_qty_fee_model(0.01, 0.03)),
    "flat fee": Configuration(lambda a: a.flat_per_trade_fee_model(0.02, 0.05)),
    "no latency": Configuration(lambda a: a.constant_order_latency(0, 0)),
    "slow": Configuration(lambda a: a.constant_order_latency(150_000_000, 80_000_000)),
    "refused on the way": Configuration(
        lambda a: a.constant_order_latency(-20_000_000, 5_000_000), least_trades=0
    ),
    "answers before they are made": Configuration(
        lambda a: a.constant_order_latency(25_000_000, -10_000_000)
    ),
    "later feed": Configuration(lambda a: a.latency_offset(20_000_000)),
    "feed out of order": Configuration(lambda a: a, data="out of order"),
    "clock turned back": Configuration(lambda a: a, habits=MODIFIES | TURNS_BACK),
    "clock turned back, no latency": Configuration(
        lambda a: a.constant_order_latency(0, 0), habits=MODIFIES | TURNS_BACK
    ),
    "measured latency": Configuration(
        lambda a: a.intp_order_latency(measured_latencies(False)).power_prob_queue_model3(2.0)
    ),
    "measured latency, some refused": partial(
        lambda a: a.intp_order_latency(measured_latencies(True)), least_trades=0
    ),
    "partial fills": partial(lambda a: a.power_prob_queue_model(2.0)),
    "partial fills, log": partial(lambda a: a.log_prob_queue_model()),
    "partial fills, risk adverse": partial(lambda a: a.risk_adverse_queue_model()),
    "range": ranged(Configuration(lambda a: a.power_prob_queue_model(2.0))),
    "range, partial fills": ranged(partial(lambda a: a.log_prob_queue_model2())),
    "by order": by_order(MODIFIES),
    "by order, every kind of order": by_order(ALL_KINDS | MODIFIES),
    "by order, never modifies": by_order(0),
    "two assets": Configuration(lambda a: a.power_prob_queue_model(2.0), assets=2),
}


@pytest.fixture(scope="module")
def synthetic(tmp_path_factory):
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
def by_order_data(seed):
    return market.order_market(seed)


def recordings(configuration, seed, synthetic):
    if configuration.data == "by order":
        return [by_order_data(1 + seed % 3)]
    data = synthetic[: configuration.assets]
    if configuration.data == "out of order":
        data = [data[0].copy()]
        delays = np.random.default_rng(seed).integers(0, 3_000_000, len(data[0]))
        data[0]["local_ts"] += np.where(delays % 5 == 0, delays, 0)
    return data


@functools.cache
def measured_latencies(refusing):
    """Round trips every 300 ms over the time of the recordings, some of them refused."""
    random = np.random.default_rng(5)
    req = np.arange(START - 10**9, START + 150 * 10**9, 300_000_000)
    rows = np.zeros(len(req), ringside.order_latency_dtype)
    rows["req_ts"] = req
    rows["exch_ts"] = req + random.integers(10**6, 3 * 10**7, len(req))
    rows["resp_ts"] = rows["exch_ts"] + random.integers(10**6, 2 * 10**7, len(req))
    if refusing:
        rows["exch_ts"][random.random(len(req)) < 0.1] = 0
    return rows


def build(package, data, configuration):
    tick_size, lot_size = (0.01, 1.0) if configuration.data == "by order" else (0.1, 0.001)
    asset = (
        package.BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(11_000_000, 8_000_000)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(tick_size)
        .lot_size(lot_size)
        .last_trades_capacity(1000)
        .roi_lb(float(np.floor(data["px"].min() * 0.9)))
        .roi_ub(float(np.ceil(data["px"].max() * 1.1)))
    )
    asset = configuration.configure(asset)
    return asset.compat(True) if package is ringside else asset


def traced(package, configuration, data, seed):
    """The strategy's trace on one package."""
    # HftBacktest neither holds on to arrays nor leaves them unchanged.
    own = [rows.copy() for rows in data]
    hbt = getattr(package, configuration.depth)([build(package, r, configuration) for r in own])
    trace = np.zeros(STEPS, TRACE_DTYPE)
    lots = 1.0 if configuration.data == "by order" else 10.0
    rows = drive(hbt, trace, seed, configuration.habits, lots)
    hbt.close()
    return trace[:rows]


def pytest_generate_tests(metafunc):
    if "seed" in metafunc.fixturenames:
        count = metafunc.config.getoption("conformance_seeds")
        metafunc.parametrize("seed", range(1, count + 1))


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_every_step_equals_the_reference(synthetic, name, seed):
    assert importlib.metadata.version("hftbacktest") == "2.4.4", "compat is that of 2.4.4"
    configuration = CONFIGURATIONS[name]
    data = recordings(configuration, seed, synthetic)
    ours = traced(ringside, configuration, data, seed)
    theirs = traced(reference, configuration, data, seed)
    difference = first_difference(ours, theirs)
    assert difference is None, f"seed {seed}: {difference}"
    assert len(ours) > 50
    assert ours["num_trades"].max() >= configuration.least_trades
