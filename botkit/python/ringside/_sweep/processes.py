"""A sweep on processes of this machine."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import groupby
from multiprocessing.connection import Connection, wait
from typing import Any

from .job import Job, call
from .shared import SharedArrays, is_shareable, map_arrays

Done = Callable[[Job, Mapping[str, Any] | None, str], None]

# Children start as copies of this process: a function of a notebook has no name to be found by.
_fork = multiprocessing.get_context("fork")


def run_on_processes(
    run: Callable[..., Any],
    jobs: Sequence[Job],
    data: Mapping[str, Any],
    *,
    share: bool,
    jobs_at_a_time: int | None = None,
    done: Done,
) -> None:
    """Runs jobs and tells of each as it ends. A job whose process dies is run once more."""
    if not jobs:
        return
    wanted = jobs_at_a_time or len(os.sched_getaffinity(0))
    with _Workers(run, min(wanted, len(jobs)), done) as workers:
        for name, group in groupby(jobs, key=lambda job: job.name):
            given = None if name is None else data[name]
            with _shared(given, share and name is not None) as (given, is_files):
                workers.run(list(group), given, is_files)


@contextlib.contextmanager
def _shared(data: Any, share: bool) -> Iterator[tuple[Any, bool]]:
    """Data as workers are told of them, and whether these are files to map."""
    if not share or not is_shareable(data):
        yield data, False
        return
    arrays = SharedArrays(data)
    try:
        yield arrays.files, True
    finally:
        arrays.close()


class _Worker:
    """A process that runs jobs until it is told to stop; its compiled code serves all of them."""

    def __init__(self, run: Callable[..., Any], others: Sequence[_Worker]) -> None:
        self.pipe, child = _fork.Pipe()
        inherited = [worker.pipe for worker in others] + [self.pipe]
        self.process = _fork.Process(
            target=_serve, args=(run, child, inherited, os.getpid()), daemon=True
        )
        self.process.start()
        child.close()
        self.job: Job | None = None


class _Workers:
    def __init__(self, run: Callable[..., Any], count: int, done: Done) -> None:
        self._run = run
        self._done = done
        self._workers: list[_Worker] = []
        for _ in range(count):
            self._workers.append(_Worker(run, self._workers))

    def __enter__(self) -> _Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            if worker.job is not None:
                worker.process.kill()
            worker.pipe.close()
        for worker in self._workers:
            worker.process.join()

    def run(self, jobs: list[Job], data: Any, is_files: bool) -> None:
        waiting = deque(jobs)
        died: set[int] = set()
        while True:
            for place, worker in enumerate(self._workers):
                if worker.job is None and waiting:
                    job = waiting.popleft()
                    if not worker.process.is_alive():
                        worker = self._replace(place)
                    worker.job = job
                    worker.pipe.send((job, data, is_files))
            busy = [worker for worker in self._workers if worker.job is not None]
            if not busy:
                return
            for pipe in wait([worker.pipe for worker in busy]):
                place = next(i for i, w in enumerate(self._workers) if w.pipe is pipe)
                self._hear(place, waiting, died)

    def _hear(self, place: int, waiting: deque[Job], died: set[int]) -> None:
        worker = self._workers[place]
        job = worker.job
        assert job is not None
        try:
            results, error = worker.pipe.recv()
        except (EOFError, ConnectionError):
            worker.process.join()
            status = worker.process.exitcode
            self._replace(place)
            if id(job) in died:
                self._done(job, None, f"its process ended with status {status}, twice")
            else:
                died.add(id(job))
                waiting.append(job)
            return
        worker.job = None
        self._done(job, results, error)

    def _replace(self, place: int) -> _Worker:
        self._workers[place].pipe.close()
        others = [worker for i, worker in enumerate(self._workers) if i != place]
        self._workers[place] = _Worker(self._run, others)
        return self._workers[place]


def _serve(
    run: Callable[..., Any], pipe: Connection, inherited: list[Connection], parent: int
) -> None:
    """What a worker does. Ends with its parent: the pipe has no other end then."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for other in inherited:
        other.close()
    mapped: tuple[Any, Any] = (None, None)
    while os.getppid() == parent:
        try:
            job, data, is_files = pipe.recv()
        except (EOFError, ConnectionError):
            return
        try:
            if is_files and mapped[0] != data:
                mapped = (data, map_arrays(data))
            results, error = call(run, job, mapped[1] if is_files else data), ""
        except Exception:
            results, error = None, traceback.format_exc(limit=-3).strip()
        try:
            pipe.send((results, error))
        except (BrokenPipeError, ConnectionError):
            return
