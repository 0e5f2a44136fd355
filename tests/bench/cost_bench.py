#!/usr/bin/env python3
"""What a backtest costs as the work grows: more events, strategies, instruments, resting orders.

    cost_bench.py --build BUILD [--recording RAW.gz] [--quick] [--plot cost.svg]

All of a point's runs take turns with those of the other points. A table in Markdown goes to
standard output; --plot draws it on logarithmic axes, with a line of slope 1 through the first point
of each curve (needs Matplotlib).
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_data
from backtest_bench import machine
from contestants import Bench, InProcess, Run, Sweep


@dataclass
class Curve:
    """Seconds of one kind of work at several sizes."""

    title: str
    unit: str
    points: list[tuple[float, Any]]  # size, who runs it
    runs: dict[float, list[Run]] = field(default_factory=dict)

    def seconds(self, size: float) -> float:
        return statistics.median(run.seconds for run in self.runs[size])


def write_parts(build: Path, base: Path, parts: int, folder: Path) -> None:
    """part-0.rsev and so on: the rows of a file again and again, one after the other in time."""
    import numpy as np

    with np.load(base) as file:
        rows = file["data"]
    last = bench_data.repeat(rows, 2)[len(rows) :]
    shift = int(last["exch_ts"][0] - rows["exch_ts"][0])
    for number in range(parts):
        native = folder / f"part-{number}.rsev"
        if not native.exists():
            moved = rows.copy()
            moved["exch_ts"] += number * shift
            moved["local_ts"] += number * shift
            np.save(folder / "part.npy", moved)
            command = [build / "tools/ringside", "convert", "events", folder / "part.npy"]
            subprocess.run([*command, "-o", native], check=True, stdout=subprocess.DEVNULL)
    (folder / "part.npy").unlink(missing_ok=True)


class Costs:
    def __init__(self, bench: Bench, parts: int) -> None:
        self.bench = bench
        self.market = bench.markets["data"]
        self.parts = [bench.folder / f"part-{number}.rsev" for number in range(parts)]

    def config(self, name: str, files: Sequence[Path], bot: str, lines: str, **more: Any) -> Path:
        # A list of files is played as one.
        data = '", "'.join(str(file) for file in files)
        program = self.bench.program(bot)
        return self.bench.config(
            name, data=data, market=self.market, program=program, bot=lines, rules="strict", **more
        )

    def run(self, name: str, files: Sequence[Path], bot: str, lines: str, **more: Any) -> InProcess:
        return InProcess(self.bench, self.config(name, files, bot, lines, **more), bot)

    def by_events(self, bot: str) -> Curve:
        per_part = self.market["events"] / 1e6
        points = []
        for count in (1, 10, 100):
            files = self.parts[:count]
            if len(files) == count:
                run = self.run(f"{bot}-{count}", files, bot, 'step = "100ms"')
                points.append((per_part * count, run))
        title = "grid each 100 ms" if bot == "grid_bot" else "idle each 100 ms"
        return Curve(title, "million events", points)

    def by_strategies(self, most: int) -> Curve:
        points = []
        for count in (1, 4, 16, 64):
            if count > most:
                continue
            skews = [round(0.05 + 0.002 * i, 4) for i in range(count)]
            sets = f"[sweep]\njobs = 1\ntogether = {count}\n[sweep.grid]\nskew = {skews}\n"
            name = f"strategies-{count}"
            config = self.config(name, self.parts[:1], "grid_bot", 'step = "100ms"', more=sets)
            points.append((count, Sweep(self.bench, config)))
        return Curve("strategies on one pass, one process", "grid strategies", points)

    def by_assets(self) -> Curve:
        points = [
            (n, self.run(f"assets-{n}", self.parts[:1], "bench_bot", 'step = "100ms"', assets=n))
            for n in (1, 4, 16)
        ]
        return Curve("idle, instruments of as many events each", "instruments", points)

    def by_orders(self) -> Curve:
        points = []
        for count in (0, 20, 2000):
            lines = f'step = "100ms"\norders = {count}'
            points.append((count, self.run(f"orders-{count}", self.parts[:1], "bench_bot", lines)))
        return Curve("idle with orders that rest far from the touch", "working orders", points)


def table(curves: Sequence[Curve]) -> str:
    lines = []
    for curve in curves:
        lines += [
            f"### {curve.title}\n",
            f"| {curve.unit} | s | per unit, against the first | MiB |",
        ]
        lines.append("|---|---|---|---|")
        first = curve.points[0][0]
        for size, _ in curve.points:
            seconds = curve.seconds(size)
            per_unit = seconds / max(size, 1) / (curve.seconds(first) / max(first, 1))
            against = (
                f"{per_unit:.2f}" if first > 0 else f"{seconds / curve.seconds(first):.2f} in all"
            )
            peak = max(run.peak_mib for run in curve.runs[size])
            lines.append(f"| {size:g} | {seconds:.3f} | {against} | {peak:.0f} |")
        lines.append("")
    return "\n".join(lines)


def plot(curves: Sequence[Curve], path: Path) -> None:
    from matplotlib import pyplot

    pyplot.rcParams["svg.fonttype"] = "none"
    figure, panels = pyplot.subplots(1, len(curves), figsize=(3.2 * len(curves), 3.2), sharey=True)
    for panel, curve in zip(panels, curves, strict=True):
        sizes = [max(size, 1) for size, _ in curve.points]
        seconds = [curve.seconds(size) for size, _ in curve.points]
        panel.loglog(sizes, seconds, "o-", base=10)
        panel.loglog(sizes, [seconds[0] * size / sizes[0] for size in sizes], ":", color="grey")
        panel.set_title(curve.title, fontsize=8, wrap=True)
        panel.set_xlabel(curve.unit, fontsize=8)
        panel.tick_params(labelsize=7)
        panel.minorticks_off()
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("seconds", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    add = parser.add_argument
    add("--build", type=Path, required=True, help="Meson build directory, with -Dbenchmarks=true")
    add("--recording", type=Path, help="raw Binance futures collector file (default: synthetic)")
    add("--data", type=Path, help="folder to keep prepared data in, and to take them from")
    add("--runs", type=int, default=3, help="default: %(default)s")
    add("--quick", action="store_true", help="0.5 and 5 M events and 16 strategies at most")
    add("--plot", type=Path, help="draw the curves, .svg or .png")
    add("--json", type=Path, help="write all times here")
    args = parser.parse_args()
    build = args.build.resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = (args.data or Path(name)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "market.json").exists():
            events = 500_000 if args.quick else 1_000_000
            bench_data.in_own_process(bench_data.prepare, build, args.recording, events, folder)
        parts = 10 if args.quick else 100
        bench_data.in_own_process(write_parts, build, folder / "data.npz", parts, folder)
        bench = Bench(build, Path(__file__).resolve().parents[2], folder)
        bench.markets["data"] = json.loads((folder / "market.json").read_text())
        costs = Costs(bench, parts)
        curves = [
            costs.by_events("bench_bot"),
            costs.by_events("grid_bot"),
            costs.by_strategies(16 if args.quick else 64),
            costs.by_assets(),
            costs.by_orders(),
        ]
        for _ in range(args.runs):
            for curve in curves:
                for size, contestant in curve.points:
                    curve.runs.setdefault(size, []).append(contestant.run())
    print(f"{machine()}; medians of {args.runs} interleaved runs, .rsev, in process\n")
    print(table(curves))
    if args.plot is not None:
        plot(curves, args.plot)
    if args.json is not None:
        made = {
            f"{curve.title}, {curve.unit}": {
                size: [run.seconds for run in runs] for size, runs in curve.runs.items()
            }
            for curve in curves
        }
        args.json.write_text(json.dumps(made, indent=2) + "\n")


if __name__ == "__main__":
    main()
