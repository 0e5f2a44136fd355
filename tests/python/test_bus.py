"""The same strategy against a replay in another process."""

from __future__ import annotations

import subprocess
import uuid

import market
import numpy as np
import pytest
from market import program, random_market

import ringside
from ringside import Recorder, connect

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


def wait_for(server, bus):
    """A session on the bus, as soon as it is there."""
    while True:
        try:
            return connect(bus, name="test", last_trades_capacity=100)
        except ConnectionError:
            assert server.poll() is None, server.stderr.read()


@pytest.mark.parametrize("strategy", [grid, compiled_grid], ids=["python", "numba"])
def test_a_replay_on_a_bus_gives_what_a_backtest_gives(tmp_path, strategy):
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
        with wait_for(server, bus) as hbt:
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
