"""A stretch of recorded market through the simulator: bots in C++ and Python, live and on paper.

RINGSIDE_DAY_MINUTES (0.4) long, over and over the BTCUSDT recording of RINGSIDE_SHARED_DATA, or a
synthetic market where there is none. Live and paper each have a connectord on the same venue; on
the live one the Python bot is compiled, on the other it is not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import test_live
from test_live import BALANCE, LOT, TICK, Rig, settle
from venue import Venue

from ringside import BUY, Recorder, connect

GRID_BOT = os.environ.get("RINGSIDE_GRID_BOT")
if GRID_BOT is None:
    pytest.skip("name the C++ bot in RINGSIDE_GRID_BOT", allow_module_level=True)

MINUTES = float(os.environ.get("RINGSIDE_DAY_MINUTES", "0.4"))
ROOT = Path(__file__).resolve().parents[2]
RECORDING = (
    Path(os.environ.get("RINGSIDE_SHARED_DATA", ROOT.parent / "shared" / "data"))
    / "usdm"
    / "btcusdt_20240808.gz"
)
SYNTHETIC = "synth = { seed = 11, mid = 60000.0, rate = 200 }"


def simulator() -> str:
    """The simulator's configuration; the recording begins where it has a snapshot."""
    if not RECORDING.exists():
        return test_live.SIMULATOR
    assert SYNTHETIC in test_live.SIMULATOR
    recorded = f'data = ["{RECORDING}"]\nrounds = 0'
    market = '[market]\nskip = "20s"\n[[asset]]'
    return test_live.SIMULATOR.replace(SYNTHETIC, recorded).replace("[[asset]]", market)


def report(hbt: Any) -> dict[str, Any]:
    values = hbt.state_values(0)
    depth = hbt.depth(0)
    return {
        "position": float(hbt.position(0)),
        "fills": int(values.num_trades),
        "balance": float(values.balance),
        "fee": float(values.fee),
        "mid": (depth.best_bid + depth.best_ask) / 2.0,
        "open": [
            [
                "BUY" if order.side == BUY else "SELL",
                round(order.price / TICK),
                round(order.leaves_qty / LOT),
            ]
            for order in hbt.orders(0).values()
            if order.cancellable
        ],
    }


def trade(bus: str, strategy: Any) -> None:
    """What a Python bot's process does: quotes, then tells how it stands whenever it is asked."""
    recorder = Recorder(1, 10_000, grow=True)
    with connect(bus, name="python") as hbt:
        assert strategy(hbt, recorder.recorder, int(MINUTES * 600)) == 0
        print("quoted", flush=True)
        for command in sys.stdin:
            if command.strip() == "cancel":
                for order in hbt.orders(0).values():
                    if order.cancellable:
                        hbt.cancel(0, order.order_id, False)
            settle(hbt)
            print(json.dumps(report(hbt)), flush=True)


class Desk:
    """A connectord with a bot of each language."""

    def __init__(self, folder: Path, venue: Venue, strategy: str, *options: str) -> None:
        folder.mkdir()
        self.rig = Rig(folder, *options, venue=venue)
        self.orders = folder / "native.npy"
        # Much longer than it will be needed, so that nothing but its being told to ends it.
        length = f"{int(MINUTES * 60) + 36_000}s"
        run = [GRID_BOT, "--bus", self.rig.bus, "--for", length, "--orders", self.orders]
        parameters = ["order_qty=0.01", "half_spread=0.05", "interval=1"]
        self.native = subprocess.Popen([*run, "--set", *parameters])
        bot = f"trade({self.rig.bus!r}, test_live.{strategy})"
        code = f"from test_recorded_day import test_live, trade; {bot}"
        self.python = subprocess.Popen(
            [sys.executable, "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parent,
        )

    def ask(self, command: str) -> dict[str, Any]:
        self.python.stdin.write(command + "\n")
        self.python.stdin.flush()
        return json.loads(self.python.stdout.readline())

    def figures(self) -> dict[str, int]:
        top = subprocess.run(
            [test_live.RINGSIDE, "bus", "top", self.rig.bus, "--once", "--json"],
            check=True,
            capture_output=True,
        )
        return json.loads(top.stdout)["counters"]

    def is_settled(self) -> bool:
        figures = self.figures()
        return figures["orders unknown"] == 0 and figures["position drift lots"] == 0

    def end(self) -> dict[str, Any]:
        """Ends the bots; what they have heard between them."""
        both = self.ask("cancel")
        self.native.send_signal(signal.SIGTERM)
        assert self.native.wait(test_live.PATIENCE) == 0
        log = np.load(self.orders)
        fills = log[log["executed"]]
        both["native fills"] = len(fills)
        both["fills"] += len(fills)
        both["position"] += float(np.sum(fills["side"] * fills["exec_qty"]))
        both["balance"] -= float(np.sum(fills["side"] * fills["exec_qty"] * fills["exec_price"]))
        both["fee"] += float(np.sum(fills["fee"]))
        self.rig.wait_for("no orders", lambda: self.figures()["orders live"] == 0)
        return both

    def close(self) -> None:
        for bot in (self.native, self.python):
            bot.kill()
            bot.wait()
        self.rig.close()


def test_bots_and_venue_agree_on_every_fill_live_and_on_paper(tmp_path):
    venue = Venue(tmp_path, simulator())
    desks: list[Desk] = []
    try:
        desks.append(Desk(tmp_path / "live", venue, "quote"))
        desks.append(Desk(tmp_path / "paper", venue, "quote.py_func", "--paper"))
        live, paper = desks
        for desk in desks:
            assert desk.python.stdout.readline() == "quoted\n"
        venue.hold()
        for desk in desks:
            desk.rig.wait_for("no doubt", desk.is_settled)

        # The orders that the bots have open are open.
        ours = live.ask("report")["open"]
        account = venue.account()
        assert live.figures()["orders live"] == len(account["openOrders"])
        theirs = [
            [
                order["side"],
                round(float(order["price"]) / TICK),
                round((float(order["origQty"]) - float(order["executedQty"])) / LOT),
            ]
            for order in account["openOrders"]
        ]
        assert all(ours.count(order) <= theirs.count(order) for order in ours)

        heard = live.end()
        account = venue.account()
        assert account["openOrders"] == []
        [position] = account["positions"]
        assert heard["fills"] == account["fills"] == live.figures()["fills"]
        assert heard["position"] == pytest.approx(float(position["qty"]), abs=LOT / 10)
        wallet = BALANCE + heard["balance"] - heard["fee"]
        wallet += float(position["qty"]) * float(position["entryPrice"])
        assert wallet == pytest.approx(float(account["balance"]), abs=1e-2)
        assert live.figures()["fills of bots gone"] == 0
        print_totals("live", heard)

        # On paper the venue is connectord's own, and the simulator has heard of nothing.
        sent = venue.ask("state")["ordersAccepted"]
        heard = paper.end()
        figures = paper.figures()
        assert heard["fills"] == figures["fills"]
        gain = heard["balance"] + heard["position"] * heard["mid"] - heard["fee"]
        assert gain == pytest.approx(figures["gain cents"] / 100, abs=0.02)
        assert figures["fills of bots gone"] == 0
        assert venue.ask("state")["ordersAccepted"] == sent
        print_totals("paper", heard)
    finally:
        for desk in desks:
            desk.close()
        venue.process.terminate()
        venue.process.wait(test_live.PATIENCE)


def print_totals(what: str, heard: dict[str, Any]) -> None:
    native = heard["native fills"]
    print(
        f"{what}: {heard['fills']} fills ({native} of the C++ bot), "
        f"position {heard['position']:.3f}, balance {heard['balance']:.2f}, fees {heard['fee']:.2f}"
    )
    assert 0 < native < heard["fills"]
