"""Records and order logs for the tests."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ringside.report import ORDER_LOG_DTYPE, RECORD_DTYPE

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND


def golden_record() -> NDArray[Any]:
    """Six rows, 10 s apart, whose metrics are known."""
    rows = np.zeros(6, RECORD_DTYPE)
    rows["timestamp"] = START + np.arange(6) * 10 * SECOND
    rows["price"] = 100
    rows["position"] = [0, 1, 1, 0, -2, -2]
    rows["balance"] = [0, -99, -99, 3, 203, 204]
    rows["fee"] = [0, 0.1, 0.1, 0.2, 0.4, 0.4]
    rows["num_trades"] = rows["trading_volume"] = [0, 1, 1, 2, 4, 4]
    rows["trading_value"] = [0, 99, 99, 201, 401, 401]
    return rows


def random_record(
    seed: int, rows: int = 3100, *, irregular: bool = False, unknown_prices: bool = False
) -> NDArray[Any]:
    """A market maker's record with about a minute between rows."""
    random = np.random.default_rng(seed)
    steps = random.integers(1, 120 * SECOND, rows) if irregular else np.full(rows, 60 * SECOND)
    traded = random.integers(-2, 3, rows) * (random.random(rows) < 0.3)
    price = 100 + np.cumsum(random.normal(0, 0.05, rows))
    record = np.zeros(rows, RECORD_DTYPE)
    record["timestamp"] = START + np.cumsum(steps)
    record["price"] = price
    record["position"] = np.cumsum(traded)
    record["balance"] = -np.cumsum(traded * price * (1 - 0.0002 * np.sign(traded)))
    record["fee"] = np.cumsum(np.abs(traded) * price * 0.0001 * random.normal(0, 1, rows))
    record["num_trades"] = np.cumsum(np.abs(traded))
    record["trading_volume"] = np.cumsum(np.abs(traded))
    record["trading_value"] = np.cumsum(np.abs(traded) * price)
    if unknown_prices:
        record["price"][random.random(rows) < 0.05] = np.nan
        record["price"][:2] = np.nan
    return record


def order_log(count: int, seed: int = 1, record: NDArray[Any] | None = None) -> NDArray[Any]:
    """``count`` resting orders, each acknowledged after 8 ms and filled some time later."""
    random = np.random.default_rng(seed)
    record = random_record(seed) if record is None else record
    at = np.sort(random.integers(1, len(record) - 1, count))
    log = np.zeros(2 * count, ORDER_LOG_DTYPE)
    acks, fills = log[:count], log[count:]
    for part in (acks, fills):
        part["order_id"] = part["req_seq"] = np.arange(count) + 1
        part["side"] = np.where(np.arange(count) % 2 == 0, 1, -1)
        part["price"] = part["exec_price"] = record["price"][at]
        part["maker"] = np.arange(count) % 3 > 0
        part["qty"] = 1.0
        part["req_ts"] = record["timestamp"][at] - 20_000_000
    acks["kind"] = 1
    acks["exch_ts"] = acks["req_ts"] + 8_000_000
    acks["resp_ts"] = acks["exch_ts"] + 5_000_000
    fills["kind"] = 3
    fills["executed"] = True
    fills["exec_qty"] = 1.0
    fills["fee"] = -0.01
    fills["exch_ts"] = record["timestamp"][at]
    fills["resp_ts"] = fills["exch_ts"] + 6_000_000
    return log
