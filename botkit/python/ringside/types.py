"""Events, their flags, and the layouts of arrays that strategies and data files use.

Constants are plain integers, so that Numba compiles them in.
"""

from __future__ import annotations

import numpy as np

# What an event says: the low eight bits of its `ev`.
DEPTH_EVENT = 1
TRADE_EVENT = 2
DEPTH_CLEAR_EVENT = 3
DEPTH_SNAPSHOT_EVENT = 4
DEPTH_BBO_EVENT = 5
ADD_ORDER_EVENT = 10
CANCEL_ORDER_EVENT = 11
MODIFY_ORDER_EVENT = 12
FILL_EVENT = 13

# Flags of `ev`. Of a trade, the side is the aggressor's.
EXCH_EVENT = 1 << 31
LOCAL_EVENT = 1 << 30
BUY_EVENT = 1 << 29
SELL_EVENT = 1 << 28

ALL_ASSETS = -1
UNTIL_END_OF_DATA = 2**63 - 1
WAIT_ORDER_RESPONSE_NONE = -1
WAIT_ORDER_RESPONSE_ANY = -2

# What calls return.
END_OF_DATA = 1
MARKET_FEED = 2
ORDER_RESPONSE = 3
ORDER_ID_EXISTS = 10
REQUEST_IN_FLIGHT = 11
ORDER_NOT_FOUND = 12
INVALID_REQUEST = 13
INVALID_ORDER_STATUS = 14
UNKNOWN_ASSET = 16
REQUEST_RING_FULL = 20
CLOSED = 21
VENUE_LOST = 22
RECORDER_FULL = 23
DATA_ERROR = 100
FAILURE = 101

event_dtype = np.dtype(
    [
        ("ev", "<u8"),
        ("exch_ts", "<i8"),
        ("local_ts", "<i8"),
        ("px", "<f8"),
        ("qty", "<f8"),
        ("order_id", "<u8"),
        ("ival", "<i8"),
        ("fval", "<f8"),
    ],
    align=True,
)

order_dtype = np.dtype(
    [
        ("qty", "<f8"),
        ("leaves_qty", "<f8"),
        ("exec_qty", "<f8"),
        ("exec_price_tick", "<i8"),
        ("price_tick", "<i8"),
        ("tick_size", "<f8"),
        ("exch_timestamp", "<i8"),
        ("local_timestamp", "<i8"),
        ("order_id", "<u8"),
        ("_q1", "<u8"),
        ("_q2", "<u8"),
        ("maker", "?"),
        ("order_type", "u1"),
        ("req", "u1"),
        ("status", "u1"),
        ("side", "i1"),
        ("time_in_force", "u1"),
    ],
    align=True,
)

state_values_dtype = np.dtype(
    [
        ("position", "<f8"),
        ("balance", "<f8"),
        ("fee", "<f8"),
        ("num_trades", "<i8"),
        ("trading_volume", "<f8"),
        ("trading_value", "<f8"),
    ],
    align=True,
)

record_dtype = np.dtype(
    [
        ("timestamp", "<i8"),
        ("price", "<f8"),
        ("position", "<f8"),
        ("balance", "<f8"),
        ("fee", "<f8"),
        ("num_trades", "<i8"),
        ("trading_volume", "<f8"),
        ("trading_value", "<f8"),
    ],
    align=True,
)

# One measured order round trip; an `exch_ts` of 0 or less marks a refused request.
order_latency_dtype = np.dtype(
    [("req_ts", "<i8"), ("exch_ts", "<i8"), ("resp_ts", "<i8"), ("_padding", "<i8")], align=True
)

EVENT_ARRAY = np.ndarray
