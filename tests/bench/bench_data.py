"""Data of the race: a recording, or a synthetic market, repeated in time."""

from __future__ import annotations

import json
import multiprocessing
import subprocess
import sys
from pathlib import Path

TICK_SIZE, LOT_SIZE = 0.1, 0.001


def in_own_process(function, *arguments) -> None:
    """The peak memory of a child counts from its parent's: what takes much runs elsewhere."""
    process = multiprocessing.get_context("spawn").Process(target=function, args=arguments)
    process.start()
    process.join()
    if process.exitcode != 0:
        sys.exit("the data could not be prepared")


def prepare(build: Path, recording: Path | None, events: int, folder: Path) -> None:
    """Writes data.npz and data.rsev of about so many events, warm.npz and market.json."""
    import numpy as np

    ringside = build / "tools" / "ringside"
    once = folder / "once.npz"
    if recording is not None:
        command = ["convert", "binance-futures", str(recording), "-o", str(once)]
    else:
        command = ["synth", "-o", str(once), "--events", "500000"]
    subprocess.run([ringside, *command], check=True, stdout=subprocess.DEVNULL)
    rows = np.load(once)["data"]
    repeated = repeat(rows, max(1, round(events / len(rows))))
    np.savez_compressed(folder / "data.npz", data=repeated)
    np.savez_compressed(folder / "warm.npz", data=rows[:20_000])
    native = [ringside, "convert", "events", folder / "data.npz", "-o", folder / "data.rsev"]
    subprocess.run(native, check=True, stdout=subprocess.DEVNULL)
    mid = float(np.median(rows["px"][rows["px"] > 0]))
    market = {"tick_size": TICK_SIZE, "lot_size": LOT_SIZE, "l3": False}
    # Every price that trades, and a good part of the far levels.
    market |= {"low": round(mid * 0.5, 0), "high": round(mid * 1.5, 0), "events": len(repeated)}
    (folder / "market.json").write_text(json.dumps(market))


def repeat(rows, times: int):
    """The rows so many times, one after the other in time."""
    import numpy as np

    ends = (rows["exch_ts"], rows["local_ts"])
    span = max(int(e.max()) for e in ends) - min(int(e.min()) for e in ends)
    shift = (span // 100_000_000 + 10) * 100_000_000
    repeated = np.tile(rows, times)
    offsets = np.repeat(np.arange(times, dtype=np.int64) * shift, len(rows))
    repeated["exch_ts"] += offsets
    repeated["local_ts"] += offsets
    return repeated


def prepare_orders(events: int, folder: Path) -> None:
    """Writes l3.npz, market-by-order events, and l3.json."""
    import numpy as np
    from order_market import OrderMarket

    names = ("ev", "exch_ts", "local_ts", "px", "qty", "order_id", "ival", "fval")
    types = ("u8", "i8", "i8", "f8", "f8", "u8", "i8", "f8")
    rows = np.array(OrderMarket(1, events // 50).make(events), list(zip(names, types, strict=True)))
    np.savez_compressed(folder / "l3.npz", data=rows)
    market = {"tick_size": 0.01, "lot_size": 1.0, "l3": True, "low": 100.0, "high": 900.0}
    market |= {"grid": {"half_spread": 0.02, "skew": 0.01, "interval": 0.02, "order_qty": 1.0}}
    (folder / "l3.json").write_text(json.dumps(market | {"events": len(rows)}))


CONFIG = """
[venue]
name = "bench"
rules = "{rules}"
{assets}
[bot]
{bot}
[backtest]
bot = "{program}"
{more}
"""

ASSET = """
[[asset]]
symbol = "{symbol}"
data = ["{data}"]
tick_size = {tick_size}
lot_size = {lot_size}
latency = {{ entry = "10ms", response = "10ms" }}
queue = {queue}
fee = {{ maker = -0.00005, taker = 0.0007 }}
"""


def config(
    data: Path,
    market: dict,
    program: Path,
    bot: str,
    *,
    assets: int = 1,
    more: str = "",
    rules: str = "compat",
) -> str:
    """A backtest's file; several assets play the same data."""
    queue = '{ model = "l3_fifo" }' if market["l3"] else '{ model = "power_prob", n = 2.0 }'
    each = [
        ASSET.format(
            symbol=f"A{number}",
            data=data,
            tick_size=market["tick_size"],
            lot_size=market["lot_size"],
            queue=queue,
        )
        for number in range(assets)
    ]
    return CONFIG.format(rules=rules, assets="".join(each), bot=bot, program=program, more=more)
