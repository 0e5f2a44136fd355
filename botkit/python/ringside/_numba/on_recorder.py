"""The recorder."""

from __future__ import annotations

from numba import carray
from numba.extending import overload_attribute, overload_method

from ..types import RECORDER_FULL, UNKNOWN_ASSET, record_dtype
from .model import RecorderType, SessionType, address, as_pointer, attribute, native

attribute(RecorderType, "i", "recorder_size")

_record = native("recorder_record")
_rows = native("recorder_rows")
_capacity = native("recorder_capacity")
_num_assets = native("recorder_num_assets")


@overload_method(RecorderType, "record")
def _record_sample(recorder, hbt):
    if not isinstance(hbt, SessionType):
        return None

    def record(recorder, hbt):
        code = _record(address(recorder), address(hbt))
        if code == RECORDER_FULL:
            raise IndexError("the recorder is full: give it a larger record_size, or grow=True")
        if code == UNKNOWN_ASSET:
            raise ValueError("the recorder was made for more assets than there are")
        if code != 0:
            raise RuntimeError("the session is closed")

    return record


@overload_attribute(RecorderType, "records")
def _records(recorder):
    def records(recorder):
        handle = address(recorder)
        shape = (_capacity(handle), _num_assets(handle))
        return carray(as_pointer(_rows(handle)), shape, record_dtype)

    return records
