"""The native library, as Python and Numba call it.

Both are generated from one table, so that they cannot disagree about an argument.
"""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from typing import Any, NoReturn

# Result, then arguments: i int64, u uint64, f double, p pointer, s text, - nothing.
SIGNATURES = {
    "error_kind": "i",
    "error_text": "s",
    "version": "s",
    "venue_new": "pi",
    "venue_free": "-p",
    "venue_add_asset": "ipsff",
    "asset_contract": "ipif",
    "asset_data_file": "ips",
    "asset_data_rows": "ippi",
    "asset_snapshot_file": "ips",
    "asset_snapshot_rows": "ippi",
    "asset_feed_offset": "ipi",
    "asset_latency": "ipii",
    "asset_latency_file": "ips",
    "asset_latency_rows": "ippi",
    "asset_latency_data_offset": "ipi",
    "asset_queue": "ipif",
    "asset_exchange": "ipi",
    "asset_fee": "ipiff",
    "asset_directional_fee": "ipff",
    "asset_range": "ipff",
    "asset_entry_latencies": "ipii",
    "asset_custom_queue": "ipspppp",
    "asset_custom_latency": "ipsppii",
    "asset_custom_fee": "ipsp",
    "open": "pp",
    "connect": "pss",
    "stop_on_signals": "ip",
    "stop_on_error": "ipi",
    "live_errors": "ip",
    "close": "ip",
    "free": "-p",
    "log_orders": "ips",
    "current_timestamp": "ip",
    "num_assets": "ip",
    "events_processed": "ip",
    "elapse": "ipi",
    "wait_next_feed": "ipii",
    "wait_order_response": "ipiui",
    "go_to_end": "ip",
    "submit": "ipiiuffiii",
    "modify": "ipiuffi",
    "cancel": "ipiui",
    "clear_inactive_orders": "ipi",
    "clear_last_trades": "ipi",
    "keep_last_trades": "ipii",
    "asset_at": "ppi",
    "asset_session": "pp",
    "asset_no": "ip",
    "position": "fp",
    "balance": "fp",
    "fee": "fp",
    "num_trades": "ip",
    "trading_volume": "fp",
    "trading_value": "fp",
    "symbol": "sp",
    "tick_size": "fp",
    "lot_size": "fp",
    "best_bid": "fp",
    "best_ask": "fp",
    "best_bid_tick": "ip",
    "best_ask_tick": "ip",
    "best_bid_qty": "fp",
    "best_ask_qty": "fp",
    "bid_qty_at_tick": "fpi",
    "ask_qty_at_tick": "fpi",
    "depth_levels": "ip",
    "depth_snapshot": "ippi",
    "bid_depth": "pp",
    "ask_depth": "pp",
    "range_first_tick": "ip",
    "range_last_tick": "ip",
    "last_trades": "pp",
    "last_trades_count": "ip",
    "feed_latency": "pp",
    "order_latency": "pp",
    "orders_count": "ip",
    "orders_at": "ppi",
    "orders_find": "ppu",
    "order_read": "ippp",
    "order_id": "upp",
    "order_price": "fpp",
    "order_exec_price": "fpp",
    "order_price_tick": "ipp",
    "order_exec_price_tick": "ipp",
    "order_qty": "fpp",
    "order_leaves_qty": "fpp",
    "order_exec_qty": "fpp",
    "order_side": "ipp",
    "order_status": "ipp",
    "order_req": "ipp",
    "order_type": "ipp",
    "order_time_in_force": "ipp",
    "order_cancellable": "ipp",
    "order_maker": "ipp",
    "order_exch_timestamp": "ipp",
    "order_local_timestamp": "ipp",
    "recorder_new": "piii",
    "recorder_free": "-p",
    "recorder_record": "ipp",
    "recorder_rows": "pp",
    "recorder_size": "ip",
    "recorder_capacity": "ip",
    "recorder_num_assets": "ip",
}

# May read files, wait for a venue or simulate for long: other threads run meanwhile.
_LONG = {
    *("open", "connect", "close", "free", "elapse", "wait_next_feed", "wait_order_response"),
    *("go_to_end", "submit", "modify", "cancel"),
}

_CTYPES = {
    "i": ctypes.c_int64,
    "u": ctypes.c_uint64,
    "f": ctypes.c_double,
    "p": ctypes.c_void_p,
    "s": ctypes.c_char_p,
    "-": None,
}

_EXCEPTIONS: dict[int, type[Exception]] = {
    2: ValueError,
    3: ValueError,
    4: OSError,
    5: ConnectionError,
    6: ConnectionError,
}


def library_path() -> Path:
    """The shared library: beside this package, or where ``RINGSIDE_LIBRARY`` says."""
    named = os.environ.get("RINGSIDE_LIBRARY")
    path = Path(named) if named else Path(__file__).with_name("libringside.so")
    if not path.exists():
        raise ImportError(
            f"{path}: there is no native library; install the package with pip, or name the "
            "library of a build in the environment variable RINGSIDE_LIBRARY"
        )
    return path


class Native:
    """The library's functions without their prefix; loads it when the first one is asked for."""

    def __getattr__(self, name: str) -> Any:
        if name not in SIGNATURES:
            raise AttributeError(name)
        path = str(library_path())
        quick, slow = ctypes.PyDLL(path), ctypes.CDLL(path)
        for function_name, (result, *arguments) in SIGNATURES.items():
            library = slow if function_name in _LONG else quick
            function = getattr(library, f"ringside_{function_name}")
            function.restype = _CTYPES[result]
            function.argtypes = [_CTYPES[argument] for argument in arguments]
            setattr(self, function_name, function)
        return self.__dict__[name]


native = Native()


def last_error() -> str:
    """What the last failure in this thread was; empty if nothing has failed."""
    return native.error_text().decode(errors="replace")


def raise_last_error() -> NoReturn:
    raise _EXCEPTIONS.get(native.error_kind(), RuntimeError)(last_error())


def int64(value: Any) -> int:
    """A number as a 64-bit integer; fractions are cut off, as in compiled code."""
    number = int(value)
    if not -(2**63) <= number < 2**63:
        raise OverflowError(f"{value} does not fit into a signed 64-bit integer")
    return number


def uint64(value: Any) -> int:
    """A number as an unsigned 64-bit integer; negative ones wrap around, as in compiled code."""
    number = int(value)
    if not -(2**63) <= number < 2**64:
        raise OverflowError(f"{value} does not fit into an unsigned 64-bit integer")
    return number


def check(code: int) -> None:
    """Raises what a set-up function failed with."""
    if code != 0:
        raise_last_error()


class numba_type:  # noqa: N801 - reads as the attribute that it makes
    """The ``_numba_type_`` of a class: loads what Numba needs when Numba first asks for it."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type) -> Any:
        from . import _numba

        return getattr(_numba, self.name)
