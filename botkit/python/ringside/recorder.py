"""Samples of a run."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._native import native, numba_type, raise_last_error
from .binding import Session
from .types import RECORDER_FULL, UNKNOWN_ASSET, record_dtype


class _Rows:
    """Memory of a recorder, which it keeps alive for the arrays that view it."""

    def __init__(self, recorder: Recorder_, shape: tuple[int, int]) -> None:
        self.recorder = recorder
        self.__array_interface__ = {
            "version": 3,
            "shape": shape,
            "typestr": record_dtype.str,
            "descr": record_dtype.descr,
            "data": (native.recorder_rows(recorder._ptr), False),
        }


class Recorder_:  # noqa: N801 - the name that users of HftBacktest know
    """Takes the samples; what strategies are given."""

    __slots__ = ("__weakref__", "_ptr")
    _numba_type_ = numba_type("recorder")

    def __init__(self, num_assets: int, record_size: int, grow: bool) -> None:
        self._ptr = None
        self._ptr = native.recorder_new(num_assets, record_size, grow)
        if not self._ptr:
            raise_last_error()

    def __del__(self) -> None:
        if getattr(self, "_ptr", None):
            native.recorder_free(self._ptr)

    def record(self, hbt: Session) -> None:
        """Samples every asset: mid price and state values."""
        if not isinstance(hbt, Session):
            raise TypeError(f"expected a backtest or a connected session, not {type(hbt).__name__}")
        code = native.recorder_record(self._ptr, hbt._ptr)
        if code == RECORDER_FULL:
            raise IndexError(
                f"the recorder is full after {self.i} records: give it a larger record_size, or "
                "grow=True"
            )
        if code == UNKNOWN_ASSET:
            raise ValueError("the recorder was made for more assets than there are")
        if code != 0:
            raise RuntimeError("the session is closed")

    @property
    def i(self) -> int:
        """Number of samples so far."""
        return native.recorder_size(self._ptr)

    @property
    def records(self) -> NDArray[Any]:
        """All rows by sample and asset, those not written yet included."""
        shape = (native.recorder_capacity(self._ptr), native.recorder_num_assets(self._ptr))
        return np.asarray(_Rows(self, shape)).view(record_dtype)


class Recorder:
    """Records the state of every asset when the strategy asks for it.

    Args:
        num_assets: How many assets to record, from the first one.
        record_size: Room for so many samples. It takes memory only as it fills.
        grow: Makes more room when it is full, instead of raising IndexError.
    """

    def __init__(self, num_assets: int, record_size: int, grow: bool = False) -> None:
        self._grow = grow
        self._recorder = Recorder_(int(num_assets), int(record_size), grow)

    @property
    def recorder(self) -> Recorder_:
        return self._recorder

    def get(self, asset_no: int) -> NDArray[Any]:
        """The samples of one asset; rows of :data:`record_dtype`."""
        count = native.recorder_num_assets(self._recorder._ptr)
        if not 0 <= asset_no < count:
            raise IndexError(f"there is no asset {asset_no} in this recorder: it has {count}")
        rows = self._recorder.records[: self._recorder.i, asset_no]
        return rows.copy() if self._grow else rows

    def to_npz(self, file: str | os.PathLike[str]) -> None:
        """Writes an ``.npz`` with one member for each asset: ``0``, ``1``, …"""
        count = native.recorder_num_assets(self._recorder._ptr)
        np.savez_compressed(file, **{str(number): self.get(number) for number in range(count)})
