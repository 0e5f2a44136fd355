"""The rows of a sweep: in memory, and in a folder as a Parquet data set."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .job import Job

if TYPE_CHECKING:
    import polars as pl

# A part is written when so many rows or seconds have come together: results of days must not wait
# for an end, and a data set of a million files is none.
_ROWS_PER_PART = 4096
_SECONDS_PER_PART = 2.0


class Rows:
    """Each job's row once. A part of the data set appears under its name whole or not at all, by
    one writer: whatever ends it, rows that have come to a part are there once, others not."""

    def __init__(self, folder: str | os.PathLike[str] | None) -> None:
        self._rows: dict[tuple[Any, ...], dict[str, Any]] = {}
        self._waiting: list[dict[str, Any]] = []
        self._known: list[dict[str, Any]] = []
        self._folder = None if folder is None else Path(folder)
        self._written = time.monotonic()
        self._lock: int | None = None
        if self._folder is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._take_lock()
            self._known = read_rows(self._folder)
            for unfinished in self._folder.glob(".part-*.tmp"):
                unfinished.unlink()

    def __del__(self) -> None:
        if getattr(self, "_lock", None) is not None:
            os.close(self._lock)

    def has(self, job: Job) -> bool:
        """Whether the folder has the row of a job."""
        key = job.key()
        if key in self._rows:
            return True
        names = job.columns()
        for row in self._known:
            if all(name in row and row[name] == value for name, value in names.items()):
                self._rows[key] = row
                return True
        return False

    def add(self, job: Job, results: Mapping[str, Any]) -> dict[str, Any]:
        """Takes the results of a job; returns its row."""
        row = job.columns() | dict(results)
        if job.key() in self._rows:
            return row
        self._rows[job.key()] = row
        self._waiting.append(row)
        full = len(self._waiting) >= _ROWS_PER_PART
        if full or time.monotonic() - self._written >= _SECONDS_PER_PART:
            self.flush()
        return row

    def flush(self) -> None:
        """Writes what no part has yet."""
        self._written = time.monotonic()
        if self._folder is None or not self._waiting:
            return
        import polars as pl

        number = 1 + max((_number(part) for part in _parts(self._folder)), default=-1)
        path = self._folder / f"part-{number:06}.parquet"
        unfinished = self._folder / f".part-{number:06}.tmp"
        pl.DataFrame(self._waiting, infer_schema_length=None).write_parquet(unfinished)
        with unfinished.open("rb") as file:
            os.fsync(file.fileno())
        unfinished.rename(path)
        self._waiting = []

    def frame(self, jobs: Iterable[Job]) -> pl.DataFrame:
        """The rows of jobs, in their order."""
        import polars as pl

        rows = [self._rows[job.key()] for job in jobs if self.has(job)]
        return pl.DataFrame(rows, infer_schema_length=None)

    def _take_lock(self) -> None:
        import fcntl

        assert self._folder is not None
        self._lock = os.open(self._folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._lock)
            self._lock = None
            raise RuntimeError(f"{self._folder}: another sweep is writing to this folder") from None


def _parts(folder: Path) -> list[Path]:
    return sorted(folder.glob("part-*.parquet"))


def _number(part: Path) -> int:
    return int(part.stem.removeprefix("part-"))


def read_rows(folder: Path) -> list[dict[str, Any]]:
    """All rows of a data set, whichever parts have which columns."""
    import polars as pl

    return [row for part in _parts(folder) for row in pl.read_parquet(part).to_dicts()]
