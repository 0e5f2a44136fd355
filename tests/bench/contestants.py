"""Who takes part in the race: our programs, and strategies in Python by either package."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_data


@dataclass
class Bench:
    """What all contestants need to know."""

    build: Path
    source: Path
    folder: Path
    markets: dict[str, dict[str, Any]] = field(default_factory=dict)

    def program(self, name: str) -> Path:
        places = {"ringside": "tools", "replayd": "engine", "grid_bot": "botkit"}
        return self.build / places.get(name, "tests/bench") / name

    def config(self, name: str, **options: Any) -> Path:
        """Writes a backtest's file."""
        path = self.folder / f"{name}.toml"
        path.write_text(bench_data.config(**options))
        return path


@dataclass
class Run:
    """One timed run."""

    seconds: float
    peak_mib: float
    result: dict[str, Any] = field(default_factory=dict)


class PeakOfTree:
    """Peak memory of a process and all below it, sampled: shared pages count once."""

    def __init__(self, pid: int) -> None:
        self.pid, self.peak_mib = pid, 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        self._stop.set()
        self._thread.join()
        return self.peak_mib

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.peak_mib = max(self.peak_mib, sum(map(_pss_mib, _tree(self.pid))))


def _tree(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return [pid]
    return [pid, *(below for child in children for below in _tree(int(child)))]


def _pss_mib(pid: int) -> float:
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0.0
    return next((int(row.split()[1]) / 1024 for row in text.splitlines() if row[:4] == "Pss:"), 0.0)


def timed(command: list[Any], watch_tree: bool = False) -> Run:
    """A command that must succeed."""
    start = time.perf_counter()
    process = subprocess.Popen([str(part) for part in command], stdout=subprocess.DEVNULL)
    tree = PeakOfTree(process.pid) if watch_tree else None
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = status
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))}: failed with status {status}")
    return Run(seconds, tree.stop() if tree else usage.ru_maxrss / 1024)


class InProcess:
    """A bot with its venue in one process."""

    def __init__(self, bench: Bench, config: Path, bot: str = "grid_bot") -> None:
        self.command = [bench.program(bot), "--in-process", config]
        self.record = bench.folder / "ours.npz"

    def run(self) -> Run:
        return timed(self.command)

    def result(self) -> dict[str, Any]:
        """What came out, from a run that is not timed: it writes, which others do not."""
        timed([*self.command, "--record", self.record])
        return last_sample(self.record)


def last_sample(record: Path) -> dict[str, Any]:
    import numpy as np

    with np.load(record) as file:
        row = file["0"][-1]
    return {name: float(row[name]) for name in ("position", "balance", "fee", "num_trades")}


class AcrossProcesses:
    """A bot and a replay server."""

    def __init__(self, bench: Bench, config: Path, bot: str = "grid_bot") -> None:
        name = f"bench-{os.getpid()}"
        root = Path(os.environ.get("RINGSIDE_BUS_ROOT", "/dev/shm/ringside"))
        self.control = root / name / "control"
        self.server = [str(bench.program("replayd")), str(config), "--bus", name, "--quiet"]
        self.bot = [bench.program(bot), "--bus", name, "--config", config]
        self.record = bench.folder / "across.npz"

    def run(self, *more: Any) -> Run:
        start = time.perf_counter()
        server = subprocess.Popen(self.server)
        while not self.control.exists():
            if server.poll() is not None:
                sys.exit("replayd ended before the bot could attach")
            time.sleep(0.001)
        bot = timed([*self.bot, *more])
        _, status, usage = os.wait4(server.pid, 0)
        server.returncode = status
        if status != 0:
            sys.exit(f"replayd failed with status {status}")
        return Run(time.perf_counter() - start, bot.peak_mib + usage.ru_maxrss / 1024)

    def result(self) -> dict[str, Any]:
        self.run("--record", self.record)
        return last_sample(self.record)


class Sweep:
    """`ringside sweep` of a grid bot."""

    def __init__(self, bench: Bench, config: Path) -> None:
        out = bench.folder / f"{config.stem}-out"
        self.table = out / "results.csv"
        self.command = [bench.program("ringside"), "sweep", config, "-o", out, "--fresh"]

    def run(self) -> Run:
        return timed(self.command, watch_tree=True)


class PythonChild:
    """A process that keeps its compiled strategies and runs what it is asked to."""

    def __init__(self, bench: Bench, package: str, depth: str) -> None:
        script = Path(__file__).with_name("strategy_child.py")
        environment = dict(os.environ)
        if package == "ringside":
            environment["RINGSIDE_LIBRARY"] = str(bench.build / "botkit/capi/libringside.so")
            environment["PYTHONPATH"] = str(bench.source / "botkit/python")
        self.name = f"{package} {depth}"
        self.child = subprocess.Popen(
            [sys.executable, str(script), package, depth],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip
        market = bench.markets["data"]
        warm = {"data": [str(bench.folder / "warm.npz")], "market": market, "step": 100_000_000}
        self.ask(warm | {"warm": True})

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        assert self.child.stdin is not None
        assert self.child.stdout is not None
        self.child.stdin.write(json.dumps(request) + "\n")
        self.child.stdin.flush()
        line = self.child.stdout.readline()
        if not line:
            sys.exit(f"{self.name}: ended early")
        return json.loads(line)

    def close(self) -> None:
        assert self.child.stdin is not None
        self.child.stdin.close()
        self.child.wait()


class PythonRun:
    """One kind of run of such a process."""

    def __init__(self, child: PythonChild, **request: Any) -> None:
        self.child = child
        self.request = {"memory": False, "step": 100_000_000} | request

    def run(self) -> Run:
        if "sets" not in self.request:
            answer = self.child.ask(self.request)
            self.last = {k: v for k, v in answer.items() if k not in ("seconds", "peak_kib")}
            return Run(answer["seconds"], answer["peak_kib"] / 1024)
        tree = PeakOfTree(self.child.child.pid)
        answer = self.child.ask(self.request)
        if answer["failed"]:
            sys.exit(f"{self.child.name}: {answer['failed']} processes of a sweep failed")
        return Run(answer["seconds"], tree.stop())

    def result(self) -> dict[str, Any]:
        return self.last
