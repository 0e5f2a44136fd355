"""The same strategy against a replay in another process."""

from __future__ import annotations

import subprocess
import uuid

import market
import numpy as np
import pytest
from market import program, random_market

import ringside
from ringside import (
    HashMapMarketDepthLiveBot,
    LiveInstrument,
    Recorder,
    ROIVectorMarketDepthLiveBot,
    connect,
)

market.require_library()
numba = pytest.importorskip("numba", reason="Numba is not installed")

from test_numba import compiled_grid, described, grid  # noqa: E402 - needs Numba

CONFIG = """
[venue]
name = "test"

[[asset]]
symbol = "TEST"
data = ["{data}"]
tick_size = 0.5
lot_size = 0.1
latency = {{ entry = "2ms", response = "1ms" }}
queue = {{ model = "power_prob", n = 2.0 }}
fee = {{ maker = -0.0001, taker = 0.0004 }}
"""


def instrument(bus, symbol="TEST"):
    return LiveInstrument().connector(bus).symbol(symbol).tick_size(0.5).last_trades_capacity(100)


def by_connect(bus):
    return connect(bus, name="test", last_trades_capacity=100)


def by_live_bot(bus):
    return HashMapMarketDepthLiveBot([instrument(bus)])


def wait_for(server, bus, attach=by_connect):
    """A session on the bus, as soon as it is there."""
    while True:
        try:
            return attach(bus)
        except ConnectionError:
            assert server.poll() is None, server.stderr.read()


@pytest.mark.parametrize("attach", [by_connect, by_live_bot])
@pytest.mark.parametrize("strategy", [grid, compiled_grid], ids=["python", "numba"])
def test_a_replay_on_a_bus_gives_what_a_backtest_gives(tmp_path, strategy, attach):
    data = random_market(3)
    np.savez(tmp_path / "data.npz", data=data)
    config = tmp_path / "venue.toml"
    config.write_text(CONFIG.format(data=tmp_path / "data.npz"))
    recorder, seen = Recorder(1, 100_000), np.zeros(3)
    with ringside.HashMapMarketDepthBacktest([described(data)]) as hbt:
        hbt.log_orders(tmp_path / "here.npy")
        strategy(hbt, recorder.recorder, seen)

    bus = f"test-{uuid.uuid4().hex}"
    command = [program("replayd", "RINGSIDE_REPLAYD", "engine/replayd"), config, "--bus", bus]
    on_bus, seen_on_bus = Recorder(1, 100_000), np.zeros(3)
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        with wait_for(server, bus, attach) as hbt:
            hbt.log_orders(tmp_path / "there.npy")
            strategy(hbt, on_bus.recorder, seen_on_bus)
        assert server.wait(60) == 0
    finally:
        server.kill()
        server.communicate()
    assert seen.tolist() == seen_on_bus.tolist()
    assert recorder.get(0).tobytes() == on_bus.get(0).tobytes()
    here, there = (tmp_path / name for name in ("here.npy", "there.npy"))
    assert here.read_bytes() == there.read_bytes()


def test_a_bus_that_is_not_there_is_named():
    with pytest.raises(ConnectionError, match="no-such-bus"):
        connect("no-such-bus")


@pytest.mark.parametrize(
    ("bot", "change", "text"),
    [
        (HashMapMarketDepthLiveBot, lambda i: i.symbol("OTHER"), "TEST.*not.*OTHER"),
        (HashMapMarketDepthLiveBot, lambda i: i.tick_size(0.1), "tick size is 0.5 on the bus"),
        (ROIVectorMarketDepthLiveBot, lambda i: i.roi_lb(1).roi_ub(2), "no range"),
    ],
)
def test_a_live_bot_refuses_instruments_that_the_bus_does_not_have(tmp_path, bot, change, text):
    np.savez(tmp_path / "data.npz", data=random_market(3, 1000))
    config = tmp_path / "venue.toml"
    config.write_text(CONFIG.format(data=tmp_path / "data.npz"))
    bus = f"test-{uuid.uuid4().hex}"
    command = [program("replayd", "RINGSIDE_REPLAYD", "engine/replayd"), config, "--bus", bus]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        with pytest.raises(ValueError, match=text):
            wait_for(server, bus, lambda bus: bot([change(instrument(bus))]))
    finally:
        server.kill()
        server.communicate()


def test_a_live_bot_is_on_one_bus():
    for instruments in ([], [LiveInstrument()], [instrument("a"), instrument("b")]):
        with pytest.raises(ValueError, match="one connector"):
            HashMapMarketDepthLiveBot(instruments)
    with pytest.raises(ConnectionError, match="no-such-bus"):
        HashMapMarketDepthLiveBot([instrument("no-such-bus")])
