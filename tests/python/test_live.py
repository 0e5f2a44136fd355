"""Python bots on connectord: over TLS to the venue simulator, beside a C++ bot, and on paper."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import market
import numpy as np
import pytest
import venue
from venue import PATIENCE, Venue

from ringside import (
    BUY,
    GTC,
    GTX,
    LIMIT,
    HashMapMarketDepthLiveBot,
    LiveInstrument,
    Recorder,
    connect,
)

market.require_library()
numba = pytest.importorskip("numba", reason="Numba is not installed")
PROGRAMS = [os.environ.get(name) for name in ("RINGSIDE_CONNECTORD", "RINGSIDE_EXE")]
if None in PROGRAMS or venue.PROGRAM is None:
    pytest.skip(
        "name the programs in RINGSIDE_CONNECTORD, RINGSIDE_EXE, RINGSIDE_VENUE_SIMULATOR",
        allow_module_level=True,
    )
CONNECTORD, RINGSIDE = PROGRAMS

SECOND = 1_000_000_000
BALANCE = 1_000_000.0
TICK, LOT = 0.1, 0.001
SIMULATOR = f"""
[server]
ca_file = "authority.pem"
port_file = "ports"
[[asset]]
symbol = "BTCUSDT"
tick_size = {TICK}
lot_size = {LOT}
fee = {{ maker = 0.0002, taker = 0.0005 }}
synth = {{ seed = 11, mid = 60000.0, rate = 200 }}
[[account]]
name = "a"
balance = {BALANCE}
api_key = "the-key"
secret = "the-secret"
"""
CONNECTOR = """
bus = "{bus}"
venue = "binance-usdm"
environment = "sim"
trades = "single"
[[instrument]]
symbol = "BTCUSDT"
[network]
stream_url = "wss://localhost:{port}"
order_url = "wss://localhost:{port}/ws-fapi/v1"
rest_url = "https://localhost:{port}"
ca_file = "{authority}"
[trading]
key_env = "RINGSIDE_TEST_API_KEY"
secret_env = "RINGSIDE_TEST_API_SECRET"
journal = "orders.journal"
reconcile_every = "1s"
"""


class Rig:
    """A simulator, unless there is one, and a connectord in front of it."""

    def __init__(self, folder: Path, *options: str, venue: Venue | None = None) -> None:
        self.folder = folder
        self.bus = f"test-{uuid.uuid4().hex}"
        self.venue = venue or Venue(folder, SIMULATOR)
        self.is_venue_ours = venue is None
        config = folder / "connectord.toml"
        text = CONNECTOR.format(bus=self.bus, port=self.venue.port, authority=self.venue.authority)
        config.write_text(text)
        self.log = folder / "connectord.log"
        keys = {"RINGSIDE_TEST_API_KEY": "the-key", "RINGSIDE_TEST_API_SECRET": "the-secret"}
        self.connectord = subprocess.Popen(
            [CONNECTORD, config, *options],
            stdout=subprocess.DEVNULL,
            stderr=self.log.open("w"),
            env=os.environ | keys,
        )
        self.wait_for("the account", lambda: self.figure("account ready") == 1)

    def close(self) -> None:
        # In this order: connectord takes its orders back, and its bus away.
        for process in (self.connectord, self.venue.process if self.is_venue_ours else None):
            if process is not None:
                process.terminate()
                process.wait(PATIENCE)

    def figure(self, name: str) -> int | None:
        """One of what ``ringside account`` shows."""
        run = subprocess.run([RINGSIDE, "account", self.bus], capture_output=True, text=True)
        for line in run.stdout.splitlines():
            if line.startswith(name):
                return int(line.rsplit(maxsplit=1)[-1])
        return None

    def wait_for(self, what: str, holds) -> None:
        end = time.monotonic() + PATIENCE
        while not holds():
            assert self.connectord.poll() is None, self.log.read_text()
            assert time.monotonic() < end, f"waited in vain for {what}\n{self.log.read_text()}"
            time.sleep(0.02)

    def position(self) -> float:
        return float(self.venue.account()["positions"][0]["qty"])

    def assert_agreement(self, hbt) -> None:
        """Position, balance and open orders of the account's only bot are the venue's."""
        self.venue.hold()
        settle(hbt)
        account = self.venue.account()
        [position] = account["positions"]
        values = hbt.state_values(0)
        assert hbt.position(0) == pytest.approx(float(position["qty"]), abs=LOT / 10)
        assert values.num_trades == account["fills"]
        ours = {
            (order.side == BUY, round(order.price / TICK), round(order.leaves_qty / LOT))
            for order in hbt.orders(0).values()
            if order.cancellable
        }
        theirs = {
            (
                order["side"] == "BUY",
                round(float(order["price"]) / TICK),
                round((float(order["origQty"]) - float(order["executedQty"])) / LOT),
            )
            for order in account["openOrders"]
        }
        assert ours == theirs
        realized = values.balance + float(position["qty"]) * float(position["entryPrice"])
        wallet = BALANCE + realized - values.fee
        assert wallet == pytest.approx(float(account["balance"]), abs=1e-2)
        self.venue.hold(False)


@pytest.fixture
def rig(tmp_path):
    running = Rig(tmp_path)
    yield running
    running.close()


@numba.njit
def settle(hbt):
    """Waits until no request is under way and no more is heard; the market stands still."""
    quiet = 0
    while quiet < 10:
        hbt.elapse(100_000_000)
        quiet += 1
        values = hbt.orders(0).values()
        while values.has_next():
            if values.get().req != 0:
                quiet = 0


@numba.njit
def quote(hbt, recorder, steps):
    """Quotes at the best prices, takes now and then, moves and cancels what is left."""
    order_id = 0
    for step in range(steps):
        code = hbt.elapse(100_000_000)
        if code != 0:
            return code
        hbt.clear_inactive_orders(0)
        hbt.clear_last_trades(0)
        recorder.record(hbt)
        depth = hbt.depth(0)
        bid, ask = depth.best_bid, depth.best_ask
        if np.isnan(bid) or np.isnan(ask):
            continue
        values = hbt.orders(0).values()
        live = 0
        while values.has_next():
            order = values.get()
            if order.cancellable:
                live += 1
                if step % 5 == 4:
                    hbt.cancel(0, order.order_id, False)
                elif step % 5 == 2:
                    price = bid if order.side == 1 else ask
                    if order.price != price:
                        hbt.modify(0, order.order_id, price, 0.012, False)
        if live < 4:
            order_id += 2
            hbt.submit_buy_order(0, order_id, bid, 0.01, 1, 0, False)
            hbt.submit_sell_order(0, order_id + 1, ask, 0.01, 1, 0, False)
        if step % 10 == 9:
            order_id += 2
            if hbt.position(0) > 0:
                hbt.submit_sell_order(0, order_id, bid, 0.02, 0, 0, False)
            else:
                hbt.submit_buy_order(0, order_id, ask, 0.02, 0, 0, False)
    return 0


def test_a_compiled_bot_and_the_venue_agree_at_the_end(rig):
    recorder = Recorder(1, 10_000)
    bot = HashMapMarketDepthLiveBot(
        [
            LiveInstrument()
            .connector(rig.bus)
            .symbol("BTCUSDT")
            .tick_size(TICK)
            .lot_size(LOT)
            .last_trades_capacity(1000)
        ]
    )
    with bot as hbt:
        assert quote(hbt, recorder.recorder, 100) == 0
        rig.assert_agreement(hbt)
        assert hbt.state_values(0).num_trades > 0
        exch_ts, local_ts = hbt.feed_latency(0)
        assert exch_ts > 0
        assert 0 < local_ts <= hbt.current_timestamp
        req_ts, _, resp_ts = hbt.order_latency(0)
        assert 0 < req_ts <= resp_ts <= hbt.current_timestamp
    rows = recorder.get(0)
    assert len(rows) == 100
    assert np.all(np.diff(rows["timestamp"]) >= SECOND // 10)
    assert rows["num_trades"][-1] > 0
    # Its orders go with it.
    rig.wait_for("no open orders", lambda: not rig.venue.account()["openOrders"])


def test_each_call_does_on_a_venue_what_it_does_in_a_backtest(rig):
    with connect(rig.bus, name="calls", last_trades_capacity=1000) as hbt:
        while np.isnan(hbt.depth(0).best_bid):
            assert hbt.wait_next_feed(False, SECOND) in (0, 2)
        rig.wait_for("trades", lambda: hbt.elapse(SECOND // 10) == 0 and len(hbt.last_trades(0)))
        hbt.clear_last_trades(0)
        assert len(hbt.last_trades(0)) == 0
        before = hbt.current_timestamp
        assert hbt.elapse(SECOND // 4) == 0
        assert hbt.current_timestamp >= before + SECOND // 4

        far = round(hbt.depth(0).best_bid * 0.98, 1)
        assert hbt.submit_buy_order(0, 1, far, 0.01, GTX, LIMIT, True) == 0
        order = hbt.orders(0).get(1)
        assert order.cancellable
        assert order.price == pytest.approx(far)
        assert hbt.submit_buy_order(0, 1, far, 0.01, GTX, LIMIT, False) == 10
        assert hbt.modify(0, 1, far - 1.0, 0.02, False) == 0
        assert hbt.cancel(0, 1, False) == 11
        assert hbt.wait_order_response(0, 1, 10 * SECOND) == 0
        order = hbt.orders(0).get(1)
        assert (order.price, order.qty) == (pytest.approx(far - 1.0), pytest.approx(0.02))
        rig.assert_agreement(hbt)
        assert hbt.cancel(0, 1, True) == 0
        assert not hbt.orders(0).get(1).cancellable
        assert hbt.cancel(0, 2, False) == 12
        hbt.clear_inactive_orders(0)
        assert len(hbt.orders(0)) == 0

        # What would take is expired, what takes is filled, what makes no sense is refused.
        ask = hbt.depth(0).best_ask
        assert hbt.submit_buy_order(0, 3, ask + 50, 0.01, GTX, LIMIT, True) == 0
        assert not hbt.orders(0).get(3).cancellable
        assert hbt.position(0) == 0
        assert hbt.submit_buy_order(0, 4, ask + 50, 0.01, GTC, LIMIT, True) == 0
        rig.wait_for("the fill", lambda: hbt.elapse(SECOND // 10) == 0 and hbt.position(0) > 0)
        assert hbt.submit_buy_order(0, 5, ask, -1.0, GTC, LIMIT, False) == 13
        assert hbt.live_errors == 0
        rig.assert_agreement(hbt)
        assert hbt.close() == 0
        assert hbt.elapse(1) == 21


def test_a_python_and_a_native_bot_share_an_account(rig):
    grid_bot = os.environ.get("RINGSIDE_GRID_BOT")
    if grid_bot is None:
        pytest.skip("name the C++ bot in RINGSIDE_GRID_BOT")
    orders = rig.folder / "native.npy"
    parameters = ["order_qty=0.01", "half_spread=0.05", "interval=1"]
    native = subprocess.Popen(
        [grid_bot, "--bus", rig.bus, "--for", "9s", "--orders", orders, "--set", *parameters]
    )
    recorder = Recorder(1, 10_000)
    with connect(rig.bus, name="python") as hbt:
        assert quote(hbt, recorder.recorder, 70) == 0
        for order in hbt.orders(0).values():
            if order.cancellable:
                hbt.cancel(0, order.order_id, False)
        assert native.wait(PATIENCE) == 0
        rig.wait_for("no orders", lambda: not rig.venue.account()["openOrders"])
        rig.venue.hold()
        settle(hbt)
        log = np.load(orders)
        fills = log[log["executed"] != 0]
        elsewhere = float(np.sum(fills["side"] * fills["exec_qty"]))
        assert len(fills) > 0
        assert hbt.state_values(0).num_trades > 0
        assert hbt.position(0) + elsewhere == pytest.approx(rig.position(), abs=LOT / 10)
        assert hbt.state_values(0).num_trades + len(fills) == rig.venue.account()["fills"]


def test_a_bot_on_paper_is_filled_and_sends_nothing(tmp_path):
    rig = Rig(tmp_path, "--paper")
    try:
        recorder = Recorder(1, 10_000)
        with connect(rig.bus) as hbt:
            assert quote(hbt, recorder.recorder, 60) == 0
            settle(hbt)
            assert hbt.state_values(0).num_trades > 0
        state = rig.venue.ask("state")
        assert state["ordersAccepted"] == 0
        assert state["orderApiRequests"] == 0
    finally:
        rig.close()


SCRIPT = """
import sys
import numpy as np
from numba import njit
from ringside import Recorder, connect


@njit
def sample(hbt, recorder, steps):
    while steps > 0 and hbt.elapse(10_000_000) == 0:
        recorder.record(hbt)
        steps -= 1


recorder = Recorder(1, 1000, grow=True)
with connect(sys.argv[1], stop_on_error=len(sys.argv) > 3) as hbt:
    sample(hbt, recorder.recorder, 5)
    print("begun", flush=True)
    sample(hbt, recorder.recorder, 1 << 40)
recorder.to_npz(sys.argv[2])
"""


def begin(rig: Rig, record: Path, *more: str) -> subprocess.Popen:
    script = rig.folder / "bot.py"
    script.write_text(SCRIPT)
    bot = subprocess.Popen(
        [sys.executable, script, rig.bus, record, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert bot.stdout.readline() == "begun\n"
    return bot


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_the_record_is_written(rig, sent):
    record = rig.folder / "record.npz"
    bot = begin(rig, record)
    bot.send_signal(sent)
    _, errors = bot.communicate(timeout=PATIENCE)
    assert bot.returncode == 0, errors
    assert len(np.load(record)["0"]) >= 5


def test_a_bot_that_is_to_stop_on_errors_stops_when_trading_is_halted(rig):
    record = rig.folder / "record.npz"
    bot = begin(rig, record, "stop_on_error")
    subprocess.run([RINGSIDE, "kill", rig.bus], check=True, capture_output=True)
    _, errors = bot.communicate(timeout=PATIENCE)
    assert bot.returncode == 0, errors
    assert "stopped: kill switch: pulled by the operator" in errors
    assert len(np.load(record)["0"]) >= 5
    assert rig.figure("kill switch") == 1
    subprocess.run([RINGSIDE, "kill", rig.bus, "--reset"], check=True, capture_output=True)
    rig.wait_for("trading", lambda: rig.figure("kill switch") == 0)
