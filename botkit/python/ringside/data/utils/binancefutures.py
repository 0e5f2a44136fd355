"""Binance futures, USD-M and COIN-M, as collectors record them.

``ringside convert`` does the same many times faster, for files of any size.
"""

from __future__ import annotations

import gzip
import json
from typing import Any

from numpy.typing import NDArray

from ...types import (
    BUY_EVENT,
    DEPTH_CLEAR_EVENT,
    DEPTH_EVENT,
    DEPTH_SNAPSHOT_EVENT,
    SELL_EVENT,
    TRADE_EVENT,
)
from ._rows import Rows, finish

INDEX_PRICE, MARK_PRICE, FUNDING_RATE, TICKER_BID, TICKER_ASK = 100, 101, 102, 103, 104
_MILLISECOND = 1_000_000


def _add_levels(rows: Rows, ev: int, levels: Any, exch_ts: int, local_ts: int) -> None:
    for px, qty, *_ in levels:
        rows.add(ev, exch_ts, local_ts, float(px), float(qty))


def _add_snapshot(rows: Rows, book: Any, local_ts: int) -> None:
    exch_ts = int(book["T"]) * _MILLISECOND
    for side, levels in ((BUY_EVENT, book["bids"]), (SELL_EVENT, book["asks"])):
        if levels:
            # What lies beyond the last level of the snapshot stays.
            rows.add(DEPTH_CLEAR_EVENT | side, exch_ts, local_ts, float(levels[-1][0]), 0.0)
            _add_levels(rows, DEPTH_SNAPSHOT_EVENT | side, levels, exch_ts, local_ts)


def _add_event(rows: Rows, data: Any, opt: str, local_ts: int) -> None:
    kind = data["e"]
    if kind == "depthUpdate":
        exch_ts = int(data["T"]) * _MILLISECOND
        _add_levels(rows, DEPTH_EVENT | BUY_EVENT, data["b"], exch_ts, local_ts)
        _add_levels(rows, DEPTH_EVENT | SELL_EVENT, data["a"], exch_ts, local_ts)
    elif kind == "trade":
        if data["X"] == "MARKET":
            side = SELL_EVENT if data["m"] else BUY_EVENT
            exch_ts = int(data["T"]) * _MILLISECOND
            px, qty = float(data["p"]), float(data["q"])
            rows.add(TRADE_EVENT | side, exch_ts, local_ts, px, qty)
    elif kind == "markPriceUpdate" and "m" in opt:
        # Its "T" is the next funding time.
        exch_ts = int(data["E"]) * _MILLISECOND
        for event, name in ((INDEX_PRICE, "i"), (MARK_PRICE, "p"), (FUNDING_RATE, "r")):
            rows.add(event, exch_ts, local_ts, float(data[name]), 0.0)
    elif kind == "bookTicker" and "t" in opt:
        exch_ts = int(data["T"]) * _MILLISECOND
        rows.add(TICKER_BID, exch_ts, local_ts, float(data["b"]), float(data["B"]))
        rows.add(TICKER_ASK, exch_ts, local_ts, float(data["a"]), float(data["A"]))


def convert(
    input_filename: str,
    output_filename: str | None = None,
    opt: str = "",
    base_latency: int = 0,
    combined_stream: bool = True,
    buffer_size: int | None = None,
) -> NDArray[Any]:
    """Events of a recording: gzip, a line for each message, ``receive time in ns`` and JSON.

    Args:
        input_filename: The recording.
        output_filename: Where to write the events, as ``.npz``; nowhere if None.
        opt: ``m`` adds mark prices (kinds 100 to 102), ``t`` book tickers (103 and 104).
        base_latency: Least feed latency where the recorder's clock has to be corrected.
        combined_stream: Whether messages are wrapped in ``{"stream": …, "data": …}``.
        buffer_size: Has no effect; memory is taken as needed.
    """
    rows = Rows()
    with gzip.open(input_filename, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                local_ts = int(line[:19])
                message = json.loads(line[20:])
                data = message.get("data") if combined_stream else message
                if data is not None and "e" in data:
                    _add_event(rows, data, opt, local_ts)
                elif "code" in message:
                    print(f"{input_filename}:{number}: the venue says {message}")
                elif "bids" in message:
                    _add_snapshot(rows, message, local_ts)
                elif data is None:
                    raise KeyError("data")
            except (ValueError, KeyError, TypeError, IndexError) as error:
                raise ValueError(
                    f"{input_filename}:{number}: not a message of Binance futures ({error!r})"
                ) from error
    return finish(rows.to_array(), base_latency, output_filename)
