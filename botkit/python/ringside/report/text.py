"""Numbers, times and spans as people read them."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

UNKNOWN = "\N{EN DASH}"


def number(value: float | None, decimals: int | None = None) -> str:
    """A number with thousands separators; a dash if there is none.

    Args:
        value: Any number; NaN and None count as none.
        decimals: Digits after the point; None chooses by magnitude.
    """
    if value is None or math.isnan(value):
        return UNKNOWN
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    trim = decimals is None
    if decimals is None:
        if float(value).is_integer():
            decimals = 0
        elif abs(value) >= 1000:
            decimals = 2
        elif abs(value) >= 1:
            decimals = 4
        else:
            decimals = min(3 - math.floor(math.log10(abs(value))), 12)
    text = f"{value:,.{decimals}f}"
    if trim and "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.lstrip("-") if not text.strip("-0.,") else text


def decimals_of(values: NDArray[np.float64]) -> int:
    """Digits after the point that show every one of these prices, at most 10."""
    finite = values[np.isfinite(values)]
    for decimals in range(10):
        if np.allclose(finite, np.round(finite, decimals), rtol=1e-12, atol=1e-12):
            return decimals
    return 10


def signed(value: float, decimals: int) -> str:
    """A number with its sign, ``+`` included."""
    shown = number(value, decimals)
    return f"+{shown}" if value > 0 else shown


def percent(fraction: float, decimals: int = 3) -> str:
    """A fraction as a percentage."""
    return UNKNOWN if math.isnan(fraction) else f"{fraction * 100:,.{decimals}f} %"


def time(ns: int) -> str:
    """Nanoseconds since the epoch as date and time, UTC, to the millisecond."""
    return str(np.datetime64(int(ns), "ns").astype("datetime64[ms]")).replace("T", " ")


def span(ns: int) -> str:
    """A length of time in its two largest units, such as ``5 min 44.9 s``."""
    seconds = ns / 1e9
    if seconds < 60:
        return f"{seconds:.3g} s"
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3600)
    minutes, rest = divmod(rest, 60)
    if days:
        return f"{days:,.0f} d {hours:.0f} h"
    if hours:
        return f"{hours:.0f} h {minutes:.0f} min"
    return f"{minutes:.0f} min {rest:.1f} s"


def latency_unit(ns: float) -> tuple[float, str]:
    """Divisor and name of the unit that suits latencies of about ``ns`` nanoseconds."""
    for size, name in ((1e9, "s"), (1e6, "ms"), (1e3, "µs")):
        if ns >= size:
            return size, name
    return 1.0, "ns"
