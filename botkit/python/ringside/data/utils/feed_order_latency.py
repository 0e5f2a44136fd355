"""Order latencies guessed from those of the feed, where none were measured."""

from __future__ import annotations

import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...types import EXCH_EVENT, LOCAL_EVENT, order_latency_dtype

__all__ = ("generate_order_latency", "order_latency_dtype")


def _scaled(feed: NDArray[np.int64], factor: float, offset: int) -> NDArray[np.int64]:
    """Only the product goes through floating point, and only if the factor is no integer."""
    return (feed * factor).astype(np.int64) + np.int64(offset)


def generate_order_latency(
    feed_file: str | os.PathLike[str],
    output_file: str | os.PathLike[str] | None = None,
    mul_entry: float = 1,
    offset_entry: int = 0,
    mul_resp: float = 1,
    offset_resp: int = 0,
    resampling_ns: int = 1_000_000_000,
) -> NDArray[Any]:
    """One round trip for each period of ``resampling_ns`` that has events, from its last event.

    Its way to the venue takes ``mul_entry`` times the feed's latency plus ``offset_entry``, the way
    back ``mul_resp`` times that plus ``offset_resp``.
    """
    with np.load(feed_file) as file:
        data = file["data"]
    both = np.uint64(EXCH_EVENT | LOCAL_EVENT)
    data = data[(data["ev"] & both) == both]
    window = data["local_ts"] // resampling_ns
    last = np.flatnonzero(np.append(window[1:] != window[:-1], True)) if len(data) else []
    exch_ts, local_ts = data["exch_ts"][last], data["local_ts"][last]
    feed = local_ts - exch_ts
    made = np.zeros(len(feed), order_latency_dtype)
    made["req_ts"] = local_ts
    made["exch_ts"] = made["req_ts"] + _scaled(feed, mul_entry, offset_entry)
    made["resp_ts"] = made["exch_ts"] + _scaled(feed, mul_resp, offset_resp)
    if output_file is not None:
        np.savez_compressed(output_file, data=made)
    return made
