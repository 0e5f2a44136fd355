#!/usr/bin/env python3
"""The grid strategy on HftBacktest: one JSON line for each line read. A child of backtest_bench."""

from __future__ import annotations

import json
import resource
import sys
import time

import numpy as np
from hftbacktest import (
    BUY,
    GTX,
    LIMIT,
    SELL,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    Recorder,
    ROIVectorMarketDepthBacktest,
)
from numba import njit, uint64
from numba.typed import Dict

TICK_SIZE, LOT_SIZE = 0.1, 0.001
ROI = {"roi_lb": 30_000.0, "roi_ub": 90_000.0}


@njit
def grid(hbt, recorder):
    asset_no = 0
    tick_size = hbt.depth(asset_no).tick_size
    interval, half_spread, skew, levels, max_position, qty = 1.0, 2.0, 0.1, 10, 5.0, 0.1
    while hbt.elapse(100_000_000) == 0:
        hbt.clear_inactive_orders(asset_no)
        depth = hbt.depth(asset_no)
        mid = (depth.best_bid + depth.best_ask) / 2.0
        if not np.isnan(mid):
            position = hbt.position(asset_no)
            reservation = mid - skew * position
            bid = np.floor(min(reservation - half_spread, depth.best_bid) / interval) * interval
            ask = np.ceil(max(reservation + half_spread, depth.best_ask) / interval) * interval
            bids = Dict.empty(np.uint64, np.float64)
            asks = Dict.empty(np.uint64, np.float64)
            if position < max_position:
                for i in range(levels):
                    price = bid - i * interval
                    bids[uint64(round(price / tick_size))] = price
            if position > -max_position:
                for i in range(levels):
                    price = ask + i * interval
                    asks[uint64(round(price / tick_size))] = price
            orders = hbt.orders(asset_no)
            values = orders.values()
            while values.has_next():
                order = values.get()
                if order.cancellable:
                    outside_bids = order.side == BUY and order.order_id not in bids
                    outside_asks = order.side == SELL and order.order_id not in asks
                    if outside_bids or outside_asks:
                        hbt.cancel(asset_no, order.order_id, False)
            for order_id, price in bids.items():
                if order_id not in orders:
                    hbt.submit_buy_order(asset_no, order_id, price, qty, GTX, LIMIT, False)
            for order_id, price in asks.items():
                if order_id not in orders:
                    hbt.submit_sell_order(asset_no, order_id, price, qty, GTX, LIMIT, False)
        recorder.record(hbt)


def run(depth: str, data: str) -> dict[str, float]:
    start = time.perf_counter()
    asset = (
        BacktestAsset()
        .data([data])
        .linear_asset(1.0)
        .constant_order_latency(10_000_000, 10_000_000)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
    )
    if depth == "roi":
        asset.roi_lb(ROI["roi_lb"]).roi_ub(ROI["roi_ub"])
        hbt = ROIVectorMarketDepthBacktest([asset])
    else:
        hbt = HashMapMarketDepthBacktest([asset])
    recorder = Recorder(1, 2_000_000)
    grid(hbt, recorder.recorder)
    seconds = time.perf_counter() - start
    last = recorder.get(0)[-1]
    hbt.close()
    return {
        "seconds": seconds,
        "peak_kib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss,
        "position": float(last["position"]),
        "balance": float(last["balance"]),
    }


def main() -> None:
    depth, data = sys.argv[1:]
    for _ in sys.stdin:
        print(json.dumps(run(depth, data)), flush=True)


if __name__ == "__main__":
    main()
