"""Simulator, collectord, convert: what comes out gives the simulator's book at every change."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
import zlib
from pathlib import Path

import numpy as np
import pytest
from venue import CONFIG, PATIENCE, Venue

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


def books_compared(events: Path, books: Path) -> int:
    """Holds the book of converted rows against the simulator's at each change; how many."""
    rows = np.load(events)["data"]
    rows = rows[(rows["ev"] & EXCHANGE) != 0]
    # Of several changes in one millisecond the last one counts.
    wanted = {}
    for line in books.read_text().splitlines():
        _, millis, _, digest = line.split()
        wanted[int(millis)] = digest
    is_snapshot = (rows["ev"] & 0xFF) == SNAPSHOT
    is_change = (rows["ev"] & 0xFF) == DEPTH
    if not is_snapshot.any() or not is_change.any():
        return 0
    first = int(rows["exch_ts"][is_snapshot][0]) // MILLISECOND
    last = int(rows["exch_ts"][is_change][-1]) // MILLISECOND

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
    return compared


def test_recording_gives_the_simulators_book_at_every_change(tmp_path):
    raw = record(tmp_path, 1500)
    events = tmp_path / "events.npz"
    subprocess.run(
        # A change may have come before the snapshot that does not contain it.
        [RINGSIDE, "convert", "binance-futures", raw, "-o", events, "--join-snapshots"],
        check=True,
        capture_output=True,
    )
    assert books_compared(events, tmp_path / "books.txt") > 200


def test_a_recorder_that_is_killed_again_and_again_keeps_what_it_wrote(tmp_path):
    """RINGSIDE_LIVE_KILLS times (4), from RINGSIDE_SEED (1)."""
    kills = int(os.environ.get("RINGSIDE_LIVE_KILLS", "4"))
    dice = random.Random(int(os.environ.get("RINGSIDE_SEED", "1")))
    venue = Venue(tmp_path, CONFIG + '\n[market]\nbook_log = "books.txt"\n')
    config = COLLECTOR.replace("streams =", 'flush_interval = "100ms"\nstreams =')
    (tmp_path / "collector.toml").write_text(config.format(port=venue.port))
    raw = tmp_path / "raw"
    raw.mkdir()
    kept: dict[Path, bytes] = {}
    for _ in range(kills):
        with (tmp_path / "collector.log").open("w") as log:
            collector = subprocess.Popen([COLLECTORD, tmp_path / "collector.toml"], stderr=log)
        end = time.monotonic() + PATIENCE
        while not any(file.stat().st_size for file in set(raw.iterdir()) - set(kept)):
            assert collector.poll() is None, (tmp_path / "collector.log").read_text()
            assert time.monotonic() < end
            time.sleep(0.01)
        time.sleep(dice.random())
        collector.kill()
        collector.wait()
        [new] = set(raw.iterdir()) - set(kept)
        kept[new] = new.read_bytes()
        # Files are named by the second in which they begin.
        time.sleep(1.0)
    venue.stop()
    made = [int(line.split()[2]) for line in (tmp_path / "books.txt").read_text().splitlines()]
    place = {update: at for at, update in enumerate(made)}
    snapshots = 0
    for file, content in kept.items():
        assert file.read_bytes() == content, f"{file.name} was written to by a later recorder"
        # What a killed recorder had flushed can be read to its last byte.
        lines = zlib.decompressobj(31).decompress(content).decode().splitlines()
        rows = [json.loads(line.split(" ", 1)[1]) for line in lines]
        changes = [row["data"]["u"] for row in rows if row.get("stream", "").endswith("@depth@0ms")]
        if changes:
            begin = place[changes[0]]
            assert changes == made[begin : begin + len(changes)], f"{file.name} misses changes"
        snapshots += any("lastUpdateId" in row for row in rows)
    assert snapshots > kills // 2
