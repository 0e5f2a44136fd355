"""Corrects the times and the order of events; also callable in functions compiled by Numba."""

from __future__ import annotations

import numpy as np
from numba import njit

from ..types import EXCH_EVENT, LOCAL_EVENT


@njit(cache=True)
def correct_local_timestamp(data, base_latency):
    """Moves every ``local_ts``, in place, so that the least feed latency is ``base_latency``.

    Only where some event was heard before it happened: the recorder's clock was late then. An
    integer ``base_latency`` keeps every nanosecond.
    """
    least = np.int64(2**63 - 1)
    for i in range(len(data)):
        least = min(least, data[i]["local_ts"] - data[i]["exch_ts"])
    if least < 0:
        shift = np.int64(base_latency) - least
        print("local times are behind exchange times by up to", -least, "ns: all move by", shift)
        for i in range(len(data)):
            data[i]["local_ts"] += shift
    return data


@njit(cache=True)
def _same(a, b):
    return a == b or (np.isnan(a) and np.isnan(b))


@njit(cache=True)
def correct_event_order(data, exch_index, local_index):
    """Rows in an order in which both sides can take them.

    ``exch_index`` and ``local_index`` sort the rows, stably, by ``exch_ts`` and by ``local_ts``. A
    row whose place differs between the two comes twice, once for each side.
    """
    count = len(data)
    made = np.zeros(2 * count, data.dtype)
    size = e = h = 0
    while e < count or h < count:
        both = False
        exch = h == count
        if e < count and h < count:
            at_exch, at_local = data[exch_index[e]], data[local_index[h]]
            if at_exch["exch_ts"] != at_local["exch_ts"]:
                exch = at_exch["exch_ts"] < at_local["exch_ts"]
            else:
                both = at_exch["local_ts"] == at_local["local_ts"]
                exch = at_exch["local_ts"] < at_local["local_ts"]
            if both and not (
                at_exch["ev"] == at_local["ev"]
                and _same(at_exch["px"], at_local["px"])
                and at_exch["qty"] == at_local["qty"]
            ):
                raise AssertionError("rows of the same times differ: sort both indices stably")
        if both or exch:
            made[size] = data[exch_index[e]]
            made[size]["ev"] |= np.uint64(EXCH_EVENT)
            e += 1
        else:
            made[size] = data[local_index[h]]
        if both or not exch:
            made[size]["ev"] |= np.uint64(LOCAL_EVENT)
            h += 1
        size += 1
    return made[:size]


def validate_event_order(data):
    """Raises ValueError where the events of one side go back in time."""
    for flag, field, side in (
        (EXCH_EVENT, "exch_ts", "exchange"),
        (LOCAL_EVENT, "local_ts", "local"),
    ):
        places = np.flatnonzero(data["ev"] & np.uint64(flag))
        times = data[field][places]
        back = np.flatnonzero(times[1:] < times[:-1])
        if len(back):
            row = places[back[0] + 1]
            raise ValueError(
                f"{side} events are out of order. Row {row} is the first: its {field} "
                f"{data[field][row]} is before {times[back[0]]}"
            )
