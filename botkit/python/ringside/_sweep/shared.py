"""Event files decoded once, for all processes of a machine."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..types import event_dtype


def load_events(file: str | os.PathLike[str]) -> NDArray[Any]:
    """The rows of an ``.npz`` or ``.npy`` event file."""
    loaded = np.load(file, mmap_mode="r" if str(file).endswith(".npy") else None)
    rows = loaded if isinstance(loaded, np.ndarray) else loaded["data"]
    if rows.dtype.itemsize != event_dtype.itemsize:
        raise ValueError(f"{file}: rows of {rows.dtype} are no events")
    return rows


def is_shareable(data: Any) -> bool:
    """Whether these are arrays, or files that NumPy reads."""
    items = data if isinstance(data, (list, tuple)) else [data]
    return all(
        isinstance(item, np.ndarray)
        or (isinstance(item, (str, os.PathLike)) and str(item).endswith((".npz", ".npy")))
        for item in items
    )


def arrays_of(data: Any) -> list[NDArray[Any]]:
    """Arrays of what a sweep was given for a data set."""
    items: Sequence[Any] = data if isinstance(data, (list, tuple)) else [data]
    return [item if isinstance(item, np.ndarray) else load_events(item) for item in items]


class SharedArrays:
    """Arrays in files of shared memory, which processes map; removed with their scope."""

    def __init__(self, data: Any) -> None:
        root = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self._folder = Path(tempfile.mkdtemp(prefix="ringside-sweep-", dir=root))
        self.files: list[str] = []
        try:
            items = data if isinstance(data, (list, tuple)) else [data]
            for number, item in enumerate(items):
                # An .npy file lies in the page cache, which every process shares already.
                if isinstance(item, (str, os.PathLike)) and str(item).endswith(".npy"):
                    self.files.append(str(item))
                    continue
                path = self._folder / f"{number}.npy"
                np.save(path, item if isinstance(item, np.ndarray) else load_events(item))
                self.files.append(str(path))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def map_arrays(files: Sequence[str]) -> list[NDArray[Any]]:
    """The arrays of a :class:`SharedArrays`, in another process."""
    return [np.load(file, mmap_mode="r").view(np.ndarray) for file in files]
