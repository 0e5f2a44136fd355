"""Many backtests of one strategy: parameter sets times data, on processes or on Ray."""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .job import Job, SweepError
from .processes import run_on_processes
from .rows import Rows

if TYPE_CHECKING:
    import polars as pl

__all__ = ["SweepError", "grid", "sweep"]


def grid(**values: Iterable[Any]) -> list[dict[str, Any]]:
    """Every combination of the parameters' values, the last one changing fastest."""
    return [
        dict(zip(values, combination, strict=True))
        for combination in itertools.product(*(list(v) for v in values.values()))
    ]


def sweep(
    run: Callable[..., Any],
    sets: Iterable[Mapping[str, Any]] | Mapping[str, Iterable[Any]],
    *,
    data: Mapping[str, Any] | None = None,
    output: str | Path | None = None,
    jobs: int | None = None,
    share: bool = True,
    on: str = "processes",
    progress: bool | None = None,
    on_row: Callable[[Mapping[str, Any]], None] | None = None,
) -> pl.DataFrame:
    """Backtests each parameter set on each data set; returns one row of results each.

    Args:
        run: ``run(**parameters)``, or with ``data`` ``run(data, **parameters)``; makes a backtest,
            runs it and returns its :class:`Recorder`, or a mapping of one's own results. It is
            called in other processes.
        sets: Parameter sets, or a mapping of each parameter to its values for all combinations.
        data: By name, what ``run`` gets as its first argument: a file, files, or an array. The
            name is a column of the results: a day, a symbol, or both.
        output: Folder that gets the rows as they come, as a Parquet data set. Rows that are there
            already are not run again: after an interruption the same call goes on. Take another
            folder when the strategy has changed.
        jobs: Runs at a time; by default one for each processor, on Ray for each of the cluster's.
        share: Event files are decoded once into memory that all runs of a machine share, and
            ``run`` gets arrays. False: it gets the names, and each run reads for itself, which
            takes less memory.
        on: ``"processes"`` of this machine or ``"ray"``: the cluster that ``ray.init()`` was told
            of, or a local one. Files must be visible from each machine, unless they are shared.
        progress: A line on standard error; by default on a terminal.
        on_row: Called with each row as it comes.

    Raises:
        SweepError: when runs failed, after all others have ended. The rows of those are kept.
    """
    chosen = grid(**sets) if isinstance(sets, Mapping) else [dict(one) for one in sets]
    rows = Rows(output)
    jobs_to_do = [job for job in _jobs(chosen, data) if not rows.has(job)]
    line = _Line(len(jobs_to_do), sys.stderr.isatty() if progress is None else progress)
    failures: list[str] = []

    def done(job: Job, results: Mapping[str, Any] | None, error: str) -> None:
        line.step(failed=results is None)
        if results is None:
            failures.append(f"{job}: {error}")
            return
        row = rows.add(job, results)
        if on_row is not None:
            on_row(row)

    try:
        if on == "processes":
            run_on_processes(
                run, jobs_to_do, data or {}, share=share, jobs_at_a_time=jobs, done=done
            )
        elif on == "ray":
            from .on_ray import run_on_ray

            run_on_ray(run, jobs_to_do, data or {}, share=share, jobs_at_a_time=jobs, done=done)
        else:
            raise ValueError(f"on={on!r}: there are 'processes' and 'ray'")
    finally:
        line.clear()
        rows.flush()
    if failures:
        more = f"\n… and {len(failures) - 5} more" if len(failures) > 5 else ""
        raise SweepError(f"{len(failures)} runs failed:\n" + "\n".join(failures[:5]) + more)
    return rows.frame(_jobs(chosen, data))


def _jobs(sets: Sequence[dict[str, Any]], data: Mapping[str, Any] | None) -> list[Job]:
    """Those of one data set together, so that it is decoded once."""
    names = [None] if data is None else list(data)
    return [Job(name, parameters) for name in names for parameters in sets]


class _Line:
    """How far the sweep is."""

    def __init__(self, total: int, visible: bool) -> None:
        self.total, self.visible = total, visible and total > 0
        self.ended = self.failed = 0
        self.began = time.monotonic()
        self.draw()

    def step(self, failed: bool) -> None:
        self.ended += 1
        self.failed += failed
        self.draw()

    def draw(self) -> None:
        if not self.visible:
            return
        part = self.ended / self.total
        took = time.monotonic() - self.began
        left = f"  {took * (1 - part) / part:.0f} s left" if part > 0 else ""
        failed = f"  {self.failed} failed" if self.failed else ""
        bar = ("=" * int(part * 24)).ljust(24)
        text = f"sweep [{bar}] {self.ended} of {self.total}{left}{failed}"
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)

    def clear(self) -> None:
        if self.visible:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
