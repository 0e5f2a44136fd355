#!/usr/bin/env python3
"""The strategies of the race in one of the two packages, which they differ in by an import.

    strategy_child.py {ringside,hftbacktest} {hashmap,roi}

A child of backtest_bench.py: reads one JSON request a line, answers with one JSON line. Its code is
compiled before the first run; each run happens in a copy of this process, so that its memory is its
own.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time

import numpy as np
from numba import njit, uint64
from numba.typed import Dict

PACKAGE, DEPTH = sys.argv[1:]
module = importlib.import_module(PACKAGE)
BUY, SELL, GTX, LIMIT = module.BUY, module.SELL, module.GTX, module.LIMIT
Backtest = (
    module.HashMapMarketDepthBacktest if DEPTH == "hashmap" else module.ROIVectorMarketDepthBacktest
)
RESULT = ("position", "balance", "fee", "num_trades")


@njit
def idle(hbt, recorder, step, grid):
    while hbt.elapse(step) == 0:
        pass
    recorder.record(hbt)


@njit
def feed(hbt, recorder, step, grid):
    while hbt.wait_next_feed(False, 1_000_000_000_000_000) == 2:
        pass
    recorder.record(hbt)


@njit
def grid(hbt, recorder, step, grid):
    half_spread, skew, interval, qty = grid
    asset_no = 0
    tick_size = hbt.depth(asset_no).tick_size
    levels, max_position = 10, 5.0
    while hbt.elapse(step) == 0:
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


WORKS = {"idle": idle, "feed": feed, "grid": grid}


def asset(data, market):
    made = (
        module.BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(10_000_000, 10_000_000)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(market["tick_size"])
        .lot_size(market["lot_size"])
    )
    made = made.l3_fifo_queue_model() if market["l3"] else made.power_prob_queue_model(2.0)
    if DEPTH == "roi":
        made = made.roi_lb(market["low"]).roi_ub(market["high"])
    return made.compat(True) if PACKAGE == "ringside" else made


def grid_of(market, half_spread=2.0, skew=0.1):
    """What the grid goes by, where its market says nothing else."""
    made = {"half_spread": half_spread, "skew": skew, "interval": 1.0, "order_qty": 0.1}
    return tuple((made | market.get("grid", {})).values())


def run_one(request, data, **grid):
    recorder = module.Recorder(1, 2_000_000)
    hbt = Backtest([asset(data, request["market"])])
    parameters = grid_of(request["market"], **grid)
    WORKS[request["work"]](hbt, recorder.recorder, request["step"], parameters)
    last = recorder.get(0)[-1]
    hbt.close()
    return {name: float(last[name]) for name in RESULT}


def loaded(request):
    with np.load(request["data"][0]) as file:
        return file["data"]


def in_copy(action):
    """Runs an action in a copy of this process; its answer and peak memory."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(theirs, json.dumps(action()).encode())
        os._exit(0)
    os.close(theirs)
    with os.fdopen(ours) as answer:
        text = answer.read()
    _, status, usage = os.wait4(pid, 0)
    if status != 0 or not text:
        sys.exit(f"{PACKAGE}: a run ended with status {status}")
    return json.loads(text) | {"peak_kib": usage.ru_maxrss}


def timed(request):
    """One run; in memory, loading the array is not part of it."""
    data = [loaded(request)] if request["memory"] else request["data"]
    start = time.perf_counter()
    answer = run_one(request, data)
    return answer | {"seconds": time.perf_counter() - start}


def share_of(request, data, number):
    for half_spread, skew in request["sets"][number :: request["processes"]]:
        run_one(request, data or request["data"], half_spread=half_spread, skew=skew)


def sweep(request):
    """Every set, spread over processes: cold each reads the file, else all share one array."""
    start = time.perf_counter()
    data = [loaded(request)] if request["memory"] else None
    children = []
    for number in range(request["processes"]):
        pid = os.fork()
        if pid == 0:
            share_of(request, data, number)
            os._exit(0)
        children.append(pid)
    failed = [pid for pid in children if os.waitpid(pid, 0)[1] != 0]
    return {"seconds": time.perf_counter() - start, "failed": len(failed)}


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        if request.get("warm"):
            for work in WORKS:
                run_one(request | {"work": work}, request["data"])
            answer = {}
        else:
            answer = in_copy(lambda: (sweep if "sets" in request else timed)(request))  # noqa: B023
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
