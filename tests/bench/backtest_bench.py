#!/usr/bin/env python3
"""Race Ringside against HftBacktest and against what cannot be done without.

    backtest_bench.py --build BUILD [--recording RAW.gz] [--only GROUP ...] [--quick]

Contestants take turns, run after run, and each time covers reading the data, unless they are in
memory. What counts are the ratios of medians; bare times depend on the machine and on its mood.
Without a recording the data are synthetic; both are repeated in time up to the wanted number of
events. HftBacktest (PyPI, `hftbacktest`) takes part where it is installed; its compiler is warm
before the clock starts. Writes a table in Markdown to standard output, and JSON with --json.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_data
from contestants import AcrossProcesses, Bench, InProcess, PythonChild, PythonRun, Run, Sweep, timed

SETS = 16


@dataclass
class Group:
    """One piece of work with all who do it."""

    title: str
    events: int
    contestants: dict[str, Any]
    check: bool = True  # whether all must come to the same result
    runs: dict[str, list[Run]] = field(default_factory=dict)


@dataclass(frozen=True)
class Goal:
    """`ours` is to be at least so many times faster than `theirs`, both of one group."""

    group: str
    ours: str
    theirs: str
    at_least: float


HASH, ROI = "HftBacktest hash", "HftBacktest ROI"
NPZ, NATIVE, ACROSS = "bot, .npz", "bot, .rsev", "bot + replayd, .rsev"
PY_NPZ, PY_NATIVE, PY_ROI = "Numba, .npz", "Numba, .rsev", "Numba, ROI, .npz"
COLD, SHARED = "HftBacktest hash, cold", "HftBacktest hash, forked, one array"

GOALS = [
    *(
        Goal(group, NPZ, other, least)
        for group in ("idle", "grid10", "feed")
        for other, least in ((HASH, 5.0), (ROI, 3.5))
    ),
    Goal("idle", NATIVE, HASH, 10.0),
    Goal("idle", NATIVE, ROI, 7.0),
    Goal("grid", NPZ, HASH, 5.0),
    Goal("grid", NATIVE, HASH, 8.0),
    *(
        Goal(group, ours, other, least)
        for group in ("idle", "grid", "grid10", "feed")
        for ours, other, least in ((PY_NPZ, HASH, 5.0), (PY_ROI, ROI, 3.5))
    ),
    Goal("grid", ACROSS, NATIVE, 1.0),
    Goal("idle", ACROSS, NATIVE, 1.0),
    Goal("l3", NPZ, HASH, 10.0),
    Goal("memory-idle", "Numba, ROI", ROI, 3.0),
    Goal("memory-grid", "Numba, ROI", ROI, 4.0),
    Goal("sweep", "ringside sweep", COLD, 20.0),
    Goal("sweep", "ringside sweep", SHARED, 8.0),
]


class Race:
    def __init__(self, bench: Bench, quick: bool) -> None:
        self.bench = bench
        self.quick = quick
        self.children: dict[tuple[str, str], PythonChild] = {}
        self.has_other = importlib.util.find_spec("hftbacktest") is not None
        library = bench.build / "botkit/capi/libringside.so"
        self.has_numba = importlib.util.find_spec("numba") is not None and library.exists()

    def python(
        self, contestants: dict[str, Any], name: str, package: str, depth: str, **request: Any
    ) -> None:
        """Lets a strategy in Python take part, where its package is there."""
        if not (self.has_other if package == "hftbacktest" else self.has_numba):
            return
        key = (package, depth)
        if key not in self.children:
            self.children[key] = PythonChild(self.bench, package, depth)
        contestants[name] = PythonRun(self.children[key], **request)

    def close(self) -> None:
        for child in self.children.values():
            child.close()

    def file(self, name: str) -> Path:
        return self.bench.folder / name

    def work(self, title: str, work: str, step_ms: int) -> Group:
        """A work with every reader of the same data."""
        market = self.bench.markets["data"]
        bot = "grid_bot" if work == "grid" else "bench_bot"
        lines = f'step = "{step_ms}ms"\n' + ("" if work == "grid" else f'work = "{work}"\n')
        contestants: dict[str, Any] = {}
        for name, data in ((NPZ, "data.npz"), (NATIVE, "data.rsev")):
            config = self.bench.config(
                f"{work}-{step_ms}-{data}", data=self.file(data), market=market,
                program=self.bench.program(bot), bot=lines,
            )  # fmt: skip
            contestants[name] = InProcess(self.bench, config, bot)
        contestants[ACROSS] = AcrossProcesses(self.bench, config, bot)
        both = {"work": work, "market": market, "step": step_ms * 1_000_000}
        entries = (
            (PY_NPZ, "ringside", "hashmap", "data.npz"),
            (PY_NATIVE, "ringside", "hashmap", "data.rsev"),
            (PY_ROI, "ringside", "roi", "data.npz"),
            (HASH, "hftbacktest", "hashmap", "data.npz"),
            (ROI, "hftbacktest", "roi", "data.npz"),
        )
        for name, package, depth, data in entries:
            self.python(contestants, name, package, depth, data=[str(self.file(data))], **both)
        return Group(title, market["events"], contestants)

    def memory(self, title: str, work: str) -> Group:
        market = self.bench.markets["data"]
        both: dict[str, Any] = {"work": work, "market": market, "memory": True}
        both["data"] = [str(self.file("data.npz"))]
        contestants: dict[str, Any] = {}
        for name, package in (("Numba, ROI", "ringside"), (ROI, "hftbacktest")):
            self.python(contestants, name, package, "roi", **both)
        return Group(title, market["events"], contestants)

    def orders(self) -> Group:
        if "l3" not in self.bench.markets:
            events = 100_000 if self.quick else 1_000_000
            bench_data.in_own_process(bench_data.prepare_orders, events, self.bench.folder)
            self.bench.markets["l3"] = json.loads(self.file("l3.json").read_text())
        market = self.bench.markets["l3"]
        grid_bot = self.bench.program("grid_bot")
        grid = "\n".join(f"{name} = {value}" for name, value in market["grid"].items())
        config = self.bench.config(
            "l3", data=self.file("l3.npz"), market=market, program=grid_bot,
            bot=f'step = "100ms"\n{grid}',
        )  # fmt: skip
        contestants: dict[str, Any] = {NPZ: InProcess(self.bench, config)}
        both = {"work": "grid", "market": market, "data": [str(self.file("l3.npz"))]}
        for name, package in ((PY_NPZ, "ringside"), (HASH, "hftbacktest")):
            self.python(contestants, name, package, "hashmap", **both)
        return Group(
            "grid each 100 ms on market-by-order data, FIFO", market["events"], contestants
        )

    def sweep(self) -> Group:
        market = self.bench.markets["data"]
        spreads, skews = [2.0, 3.0, 4.0, 5.0], [0.05, 0.1, 0.15, 0.2]
        if self.quick:
            spreads, skews = spreads[:2], skews[:2]
        more = f"[sweep.grid]\nhalf_spread = {spreads}\nskew = {skews}\n"
        config = self.bench.config(
            "sweep", data=self.file("data.rsev"), market=market, bot='step = "100ms"', more=more,
            program=self.bench.program("grid_bot"),
        )  # fmt: skip
        contestants: dict[str, Any] = {"ringside sweep": Sweep(self.bench, config)}
        sets = [(a, b) for a in spreads for b in skews]
        both: dict[str, Any] = {"work": "grid", "market": market, "sets": sets}
        both |= {"data": [str(self.file("data.npz"))], "processes": os.cpu_count()}
        for name, memory in ((COLD, False), (SHARED, True)):
            both["memory"] = memory
            self.python(contestants, name, "hftbacktest", "hashmap", **both)
        title = f"{len(sets)} parameter sets of the grid on {os.cpu_count()} processors"
        return Group(title, market["events"] * len(sets), contestants, check=False)


WORKS: dict[str, Callable[[Race], Group]] = {
    "idle": lambda race: race.work("idle, elapse 100 ms", "idle", 100),
    "grid": lambda race: race.work("grid of 10 + 10 orders each 100 ms", "grid", 100),
    "grid10": lambda race: race.work("grid of 10 + 10 orders each 10 ms", "grid", 10),
    "feed": lambda race: race.work("wait_next_feed for each event", "feed", 100),
    "memory-idle": lambda race: race.memory("idle in memory, ROI depth", "idle"),
    "memory-grid": lambda race: race.memory("grid each 100 ms in memory, ROI depth", "grid"),
    "l3": lambda race: race.orders(),
    "sweep": lambda race: race.sweep(),
}
TOOLS = ("convert", "file")


def close_enough(a: dict[str, float], b: dict[str, float]) -> bool:
    """Sums of the same terms may differ in how they were rounded."""
    return all(abs(a[name] - b[name]) <= 1e-9 * max(1.0, abs(a[name])) for name in a)


def race_group(group: Group, runs: int) -> None:
    for _ in range(runs):
        for name, contestant in group.contestants.items():
            group.runs.setdefault(name, []).append(contestant.run())
    if not group.check:
        return
    results = {name: contestant.result() for name, contestant in group.contestants.items()}
    first = next(iter(results.values()))
    for name, result in results.items():
        if not close_enough(first, result):
            sys.exit(
                f"{group.title}: {name} came to {result}, and {next(iter(results))} to {first}"
            )


def median_of(runs: list[Run]) -> float:
    return statistics.median(run.seconds for run in runs)


def table_of(key: str, group: Group) -> list[str]:
    lines = [
        f"### {group.title}\n",
        "| | s | M events/s | peak MiB | goals |",
        "|---|---|---|---|---|",
    ]
    for name, runs in group.runs.items():
        seconds = median_of(runs)
        reached = []
        for goal in GOALS:
            if (goal.group, goal.ours) == (key, name) and goal.theirs in group.runs:
                ratio = median_of(group.runs[goal.theirs]) / seconds
                sign = "" if ratio >= goal.at_least else " **missed**"
                reached.append(f"{ratio:.1f} x {goal.theirs} (>= {goal.at_least:g}){sign}")
        peak = max(run.peak_mib for run in runs)
        speed = group.events / seconds / 1e6
        lines.append(
            f"| {name} | {seconds:.3f} | {speed:.2f} | {peak:.0f} | {'; '.join(reached)} |"
        )
    return [*lines, ""]


def tool_output(command: list[Any]) -> str:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else f"failed: {done.stderr}"


def race_convert(bench: Bench, recording: Path, runs: int) -> list[str]:
    """Ours, with its output written, HftBacktest's with its compiler warm, and the floor."""
    lines = ["### convert the raw recording\n", "```"]
    ours = [bench.program("ringside"), "convert", "binance-futures", recording]
    theirs = f"""
import contextlib, io, statistics, time
from hftbacktest.data.utils import binancefutures
seconds = []
for _ in range({runs} + 1):
    start = time.perf_counter()
    with contextlib.redirect_stdout(io.StringIO()):
        binancefutures.convert({str(recording)!r}, {str(bench.folder / "theirs.npz")!r})
    seconds.append(time.perf_counter() - start)
print(statistics.median(seconds[1:]))
"""
    own = statistics.median(
        timed([*ours, "-o", bench.folder / "converted.npz"]).seconds for _ in range(runs)
    )
    lines.append(f"ringside convert, .npz written  {own:8.3f} s")
    if importlib.util.find_spec("hftbacktest") is not None:
        text = tool_output([sys.executable, "-c", theirs]).strip()
        if re.fullmatch(r"[\d.]+", text):
            lines.append(f"HftBacktest's converter         {float(text):8.3f} s")
            lines.append(f"ratio                           {float(text) / own:8.1f} (>= 15)")
        else:
            lines.append(text)
    floor = bench.build / "tests/tools/convert_bench"
    if floor.exists():
        lines.append(tool_output([floor, recording, runs]).rstrip())
    return [*lines, "```", ""]


def race_file(bench: Bench, runs: int) -> list[str]:
    npz, native = bench.folder / "data.npz", bench.folder / "data.rsev"
    ratio = native.stat().st_size / npz.stat().st_size
    lines = ["### event files\n", "```"]
    lines.append(f".rsev {native.stat().st_size:,} bytes, {ratio:.3f} of the .npz (<= 0.5)")
    decode = bench.build / "tests/tools/event_file_bench"
    if decode.exists():
        lines.append(tool_output([decode, native, runs]).rstrip())
    return [*lines, "```", ""]


def machine() -> str:
    model = next(
        (
            row.split(":")[1].strip()
            for row in Path("/proc/cpuinfo").read_text().splitlines()
            if row.startswith("model name")
        ),
        platform.machine(),
    )
    version = platform.python_version()
    return f"{os.cpu_count()} x {model}, Linux {platform.release()}, Python {version}"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--build", type=Path, required=True, help="Meson build directory, with -Dbenchmarks=true")
    add("--recording", type=Path, help="raw Binance futures collector file (default: synthetic)")
    add("--data", type=Path, help="folder to keep prepared data in, and to take them from")
    add("--events", type=int, help="default: 10 million, with --quick 500,000")
    add("--runs", type=int, help="default: 5, with --quick 3")
    add("--only", nargs="+", choices=[*WORKS, *TOOLS], help="some groups; default: all")
    add("--quick", action="store_true", help="small and rough: some minutes instead of many")
    add("--json", type=Path, help="write all times here")
    args = parser.parse_args()
    args.build = args.build.resolve()
    args.events = args.events or (500_000 if args.quick else 10_000_000)
    args.runs = args.runs or (3 if args.quick else 5)
    args.only = args.only or [*WORKS, *TOOLS]
    return args


def main() -> None:
    args = arguments()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with tempfile.TemporaryDirectory() as name:
        folder = (args.data or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "market.json").exists():
            what = (args.build, args.recording, args.events, folder)
            bench_data.in_own_process(bench_data.prepare, *what)
        bench = Bench(args.build, Path(__file__).resolve().parents[2], folder)
        bench.markets["data"] = json.loads((folder / "market.json").read_text())
        race = Race(bench, args.quick)
        if not race.has_other:
            print("hftbacktest is not installed: it does not take part", file=sys.stderr)
        lines = [f"{machine()}; {bench.markets['data']['events']:,} events, medians of {args.runs} "
                 "interleaved runs\n"]  # fmt: skip
        print(lines[0], flush=True)
        groups: dict[str, Group] = {}
        for key in args.only:
            if key in TOOLS:
                continue
            groups[key] = WORKS[key](race)
            race_group(groups[key], args.runs)
            print("\n".join(table_of(key, groups[key])), flush=True)
        race.close()
        if "convert" in args.only and args.recording is not None:
            print("\n".join(race_convert(bench, args.recording.resolve(), args.runs)), flush=True)
        if "file" in args.only:
            print("\n".join(race_file(bench, args.runs)), flush=True)
    if args.json is not None:
        write_json(args.json, groups)


def write_json(path: Path, groups: dict[str, Group]) -> None:
    made = {
        key: {
            "title": group.title,
            "events": group.events,
            "contestants": {
                name: {
                    "seconds": [run.seconds for run in runs],
                    "peak_mib": max(run.peak_mib for run in runs),
                }
                for name, runs in group.runs.items()
            },
        }
        for key, group in groups.items()
    }
    path.write_text(json.dumps({"machine": machine(), "groups": made}, indent=2) + "\n")


if __name__ == "__main__":
    main()
