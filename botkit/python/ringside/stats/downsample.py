"""Thinning of series for drawing: what a screen cannot show is left out, extremes are not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def thin(x: NDArray[np.int64], y: NDArray[np.float64], buckets: int = 2000) -> NDArray[np.intp]:
    """Rows to draw: first, last, least and greatest of each of ``buckets`` equal spans of ``x``.

    Args:
        x: Ascending, shape (n,).
        y: Shape (n,); NaN is never an extreme, but a span with nothing else keeps one, so that a
            gap stays a gap.
        buckets: Number of spans; at most four rows are kept in each.

    Returns:
        Ascending row numbers; all rows when there are no more than ``4 * buckets``.
    """
    rows = len(x)
    if rows <= 4 * buckets:
        return np.arange(rows)
    edges = x[0] + (np.arange(1, buckets) * (float(x[-1] - x[0]) / buckets)).astype(np.int64)
    bounds = np.concatenate(([0], np.searchsorted(x, edges, side="left"), [rows]))
    kept: list[int] = []
    for begin, end in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if begin == end:
            continue
        part = y[begin:end]
        low, high = int(np.argmin(part)), int(np.argmax(part))
        # argmin and argmax stop at the first NaN, so a NaN there means there is one.
        if np.isnan(part[low]):
            known = np.flatnonzero(~np.isnan(part))
            if len(known):
                values = part[known]
                low, high = int(known[np.argmin(values)]), int(known[np.argmax(values)])
            else:
                high = low
        kept.extend((begin, begin + low, begin + high, end - 1))
    return np.unique(np.asarray(kept, dtype=np.intp))
