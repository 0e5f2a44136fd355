"""Simulator, collectord, convert: what comes out gives the simulator's book at every change."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest
from test_public_client import CONFIG, PATIENCE, Venue

PROGRAMS = [os.environ.get(name) for name in ("RINGSIDE_COLLECTORD", "RINGSIDE_EXE")]
if None in PROGRAMS:
    pytest.skip("name the programs in RINGSIDE_COLLECTORD, RINGSIDE_EXE", allow_module_level=True)
COLLECTORD, RINGSIDE = PROGRAMS

COLLECTOR = """
venue = "binance-usdm"
symbols = ["BTCUSDT"]
directory = "raw"
streams = ["depth", "trade", "book_ticker"]
[network]
stream_url = "wss://localhost:{port}"
rest_url = "https://localhost:{port}"
ca_file = "authority.pem"
"""
LEVELS_HASHED = 100
DEPTH, CLEAR, SNAPSHOT = 1, 3, 4
BUY, SELL, EXCHANGE = 1 << 29, 1 << 28, 1 << 31
MILLISECOND = 1_000_000


class Book:
    """Lots by tick, rebuilt from rows."""

    def __init__(self) -> None:
        self.bids: dict[int, int] = {}
        self.asks: dict[int, int] = {}

    def apply(self, row: np.void) -> None:
        flags = int(row["ev"])
        levels = self.bids if flags & BUY else self.asks
        tick = round(float(row["px"]) / 0.1)
        kind = flags & 0xFF
        if kind == CLEAR:
            for price in [p for p in levels if (p >= tick if flags & BUY else p <= tick)]:
                del levels[price]
        elif kind in (DEPTH, SNAPSHOT):
            lots = round(float(row["qty"]) / 0.001)
            if lots > 0:
                levels[tick] = lots
            else:
                levels.pop(tick, None)

    def hash(self) -> str:
        text = ""
        for name, levels, falling in (("b", self.bids, True), ("a", self.asks, False)):
            for tick in sorted(levels, reverse=falling)[:LEVELS_HASHED]:
                lots = levels[tick]
                text += f"{name}{tick // 10}.{tick % 10}:{lots // 1000}.{lots % 1000:03};"
        value = 0xCBF29CE484222325
        for byte in text.encode():
            value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
        return f"{value:016x}"


def record(folder: Path, changes: int) -> Path:
    """Records the venue until its book has changed so often."""
    venue = Venue(folder, CONFIG + '\n[market]\nbook_log = "books.txt"\n')
    (folder / "collector.toml").write_text(COLLECTOR.format(port=venue.port))
    (folder / "raw").mkdir()
    log = (folder / "collector.log").open("w")
    collector = subprocess.Popen([COLLECTORD, folder / "collector.toml"], stderr=log)
    books = folder / "books.txt"
    end = time.monotonic() + PATIENCE
    while sum(1 for _ in books.open()) < changes or not list((folder / "raw").iterdir()):
        assert collector.poll() is None, (folder / "collector.log").read_text()
        assert time.monotonic() < end
        time.sleep(0.05)
    collector.send_signal(signal.SIGTERM)
    assert collector.wait(PATIENCE) == 0
    venue.stop()
    (raw,) = (folder / "raw").iterdir()
    return raw


def test_recording_gives_the_simulators_book_at_every_change(tmp_path):
    raw = record(tmp_path, 1500)
    events = tmp_path / "events.npz"
    subprocess.run(
        [RINGSIDE, "convert", "binance-futures", raw, "-o", events],
        check=True,
        capture_output=True,
    )
    rows = np.load(events)["data"]
    rows = rows[(rows["ev"] & EXCHANGE) != 0]
    # Of several changes in one millisecond the last one counts.
    wanted = {}
    for line in (tmp_path / "books.txt").read_text().splitlines():
        _, millis, _, digest = line.split()
        wanted[int(millis)] = digest
    is_snapshot = (rows["ev"] & 0xFF) == SNAPSHOT
    first = int(rows["exch_ts"][is_snapshot][0]) // MILLISECOND
    last = int(rows["exch_ts"][(rows["ev"] & 0xFF) == DEPTH][-1]) // MILLISECOND

    book = Book()
    compared = 0
    times = rows["exch_ts"] // MILLISECOND
    for at, row in enumerate(rows):
        book.apply(row)
        millis = int(times[at])
        is_end = at + 1 == len(rows) or times[at + 1] != millis
        if is_end and first < millis < last and millis in wanted:
            assert book.hash() == wanted[millis], f"the book differs at {millis}"
            compared += 1
    assert compared > 200
