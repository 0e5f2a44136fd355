#!/usr/bin/env python3
"""Race the grid strategy: in process, across processes, and HftBacktest, on one file in one run.

    backtest_bench.py --build BUILD [--recording RAW.gz] [--events 10000000] [--runs 5]

Contestants take turns, run after run, and each time covers reading the file. What counts are the
ratios of medians; bare times depend on the machine and on its mood. Without a recording the data
are synthetic; both are repeated in time up to the wanted number of events. HftBacktest (PyPI,
`hftbacktest`) takes part when it is installed; its compiler is warm before the clock starts.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import multiprocessing
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TICK_SIZE, LOT_SIZE = 0.1, 0.001

CONFIG = """
[venue]
name = "bench"
rules = "compat"

[[asset]]
symbol = "BTCUSDT"
data = ["{data}"]
tick_size = {tick}
lot_size = {lot}
latency = {{ entry = "10ms", response = "10ms" }}
queue = {{ model = "power_prob", n = 2.0 }}
fee = {{ maker = -0.00005, taker = 0.0007 }}

[bot]
step = "100ms"
"""


def prepare(args: argparse.Namespace, folder: Path) -> None:
    """Write data.npz, an event file of about the wanted length.

    Runs in a process of its own: the peak memory of a child counts from its parent's.
    """
    import numpy as np

    ringside = args.build / "tools" / "ringside"
    once = folder / "once.npz"
    if args.recording is not None:
        command = ["convert", "binance-futures", str(args.recording), "-o", str(once)]
    else:
        command = ["synth", "-o", str(once), "--events", "500000"]
    subprocess.run([ringside, *command], check=True, stdout=subprocess.DEVNULL)
    rows = np.load(once)["data"]
    ends = (rows["exch_ts"], rows["local_ts"])
    span = max(int(e.max()) for e in ends) - min(int(e.min()) for e in ends)
    shift = (span // 100_000_000 + 10) * 100_000_000
    times = max(1, round(args.events / len(rows)))
    repeated = np.tile(rows, times)
    offsets = np.repeat(np.arange(times, dtype=np.int64) * shift, len(rows))
    repeated["exch_ts"] += offsets
    repeated["local_ts"] += offsets
    np.savez_compressed(folder / "data.npz", data=repeated)
    (folder / "events").write_text(str(len(repeated)))


def timed(command: list[str]) -> tuple[float, int]:
    """Seconds and peak resident KiB of a command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        sys.exit(f"{' '.join(command)}: failed with status {status}")
    return seconds, usage.ru_maxrss


class InProcess:
    name = "in process"

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.out = folder / "in_process"
        self.command = [str(args.build / "botkit" / "grid_bot"), "--in-process"]
        self.command += [str(folder / "bench.toml"), "--record", f"{self.out}.npz"]
        self.command += ["--orders", f"{self.out}.npy"]

    def run(self) -> tuple[float, int]:
        return timed(self.command)


class AcrossProcesses:
    name = "across processes"

    def __init__(self, args: argparse.Namespace, folder: Path) -> None:
        self.out = folder / "across"
        config, bus = str(folder / "bench.toml"), f"bench-{os.getpid()}"
        self.bus = Path(os.environ.get("RINGSIDE_BUS_ROOT", "/dev/shm/ringside")) / bus / "control"
        self.server = [str(args.build / "engine" / "replayd"), config, "--bus", bus, "--quiet"]
        self.bot = [str(args.build / "botkit" / "grid_bot"), "--bus", bus, "--config", config]
        self.bot += ["--record", f"{self.out}.npz", "--orders", f"{self.out}.npy"]

    def run(self) -> tuple[float, int]:
        start = time.perf_counter()
        server = subprocess.Popen(self.server)
        while not self.bus.exists():
            if server.poll() is not None:
                sys.exit("replayd ended before the bot could attach")
            time.sleep(0.001)
        _, bot_kib = timed(self.bot)
        _, status, usage = os.wait4(server.pid, 0)
        if status != 0:
            sys.exit(f"replayd failed with status {status}")
        return time.perf_counter() - start, max(bot_kib, usage.ru_maxrss)


class HftBacktest:
    """A child process that keeps its compiled code and runs the strategy each time it is asked."""

    def __init__(self, depth: str, folder: Path) -> None:
        self.name = f"HftBacktest {depth}"
        command = [sys.executable, str(Path(__file__).with_name("hftbacktest_grid.py")), depth]
        self.child = subprocess.Popen(
            [*command, str(folder / "data.npz")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ask()  # compiles, and runs once

    def ask(self) -> dict[str, float]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write("run\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"{self.name}: ended early")
        return json.loads(line)

    def run(self) -> tuple[float, int]:
        answer = self.ask()
        self.result = answer
        return answer["seconds"], int(answer["peak_kib"])


def same_bytes(a: Path, b: Path) -> bool:
    return all(
        Path(f"{a}.{ext}").read_bytes() == Path(f"{b}.{ext}").read_bytes() for ext in ("npz", "npy")
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", type=Path, required=True, help="Meson build directory")
    parser.add_argument("--recording", type=Path, help="raw Binance futures collector file")
    parser.add_argument("--events", type=int, default=10_000_000, help="default: %(default)s")
    parser.add_argument("--runs", type=int, default=5, help="default: %(default)s")
    args = parser.parse_args()
    args.build = args.build.resolve()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        spawn = multiprocessing.get_context("spawn")
        preparing = spawn.Process(target=prepare, args=(args, folder))
        preparing.start()
        preparing.join()
        if preparing.exitcode != 0:
            sys.exit("the data could not be prepared")
        config = CONFIG.format(data=folder / "data.npz", tick=TICK_SIZE, lot=LOT_SIZE)
        (folder / "bench.toml").write_text(config)
        events = int((folder / "events").read_text())
        contestants = [InProcess(args, folder), AcrossProcesses(args, folder)]
        if importlib.util.find_spec("hftbacktest") is not None:
            contestants += [HftBacktest(depth, folder) for depth in ("hashmap", "roi")]
        else:
            print("hftbacktest is not installed: it does not take part", file=sys.stderr)
        results: dict[str, list[tuple[float, int]]] = {c.name: [] for c in contestants}
        for _ in range(args.runs):
            for contestant in contestants:
                results[contestant.name].append(contestant.run())
        if not same_bytes(folder / "in_process", folder / "across"):
            sys.exit("in process and across processes wrote different bytes")
        report(events, results)


def report(events: int, results: dict[str, list[tuple[float, int]]]) -> None:
    base = statistics.median(s for s, _ in results[InProcess.name])
    print(f"{events:,} events, median of {len(results[InProcess.name])} interleaved runs")
    print(f"{'':24}{'seconds':>9}{'M ev/s':>9}{'x in process':>14}{'peak MiB':>10}")
    for name, runs in results.items():
        seconds = statistics.median(s for s, _ in runs)
        peak = max(kib for _, kib in runs) / 1024
        speed = events / seconds / 1e6
        print(f"{name:24}{seconds:9.3f}{speed:9.2f}{seconds / base:14.2f}{peak:10.0f}")


if __name__ == "__main__":
    main()
