"""One backtest of a sweep, and what is made of its outcome."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..recorder import Recorder
from .totals import run_totals


class SweepError(RuntimeError):
    """Runs of a sweep failed."""


@dataclass(frozen=True)
class Job:
    """A parameter set on a data set; without a name there is none."""

    name: str | None
    parameters: Mapping[str, Any]

    def columns(self) -> dict[str, Any]:
        """What the row of this job starts with."""
        named = {} if self.name is None else {"data": self.name}
        return named | {key: _plain(value) for key, value in self.parameters.items()}

    def key(self) -> tuple[Any, ...]:
        """Equal for the same job of another run."""
        return tuple(sorted(self.columns().items()))

    def __str__(self) -> str:
        return ", ".join(f"{name}={value!r}" for name, value in self.columns().items())


def call(run: Callable[..., Any], job: Job, data: Any) -> dict[str, Any]:
    """Runs a job; its results as plain values."""
    arguments = () if job.name is None else (data,)
    outcome = run(*arguments, **job.parameters)
    if isinstance(outcome, Recorder):
        outcome = run_totals(outcome)
    if not isinstance(outcome, Mapping):
        raise TypeError(
            f"the function returned {type(outcome).__name__}: return the Recorder, or a mapping of "
            "names to numbers"
        )
    taken = set(job.columns()) & set(outcome)
    if taken:
        raise ValueError(f"results and parameters have the same names: {', '.join(sorted(taken))}")
    return {str(name): _plain(value) for name, value in outcome.items()}


def _plain(value: Any) -> Any:
    """NumPy's scalars as Python's, which every store takes."""
    return value.item() if isinstance(value, np.generic) else value
