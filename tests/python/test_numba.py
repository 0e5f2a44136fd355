"""Strategies compiled by Numba: the same objects, the same results, compiled once."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import market
import numpy as np
import pytest
from market import random_market
from test_api import asset, started

from ringside import (
    BUY,
    BUY_EVENT,
    GTC,
    GTX,
    LIMIT,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    Recorder,
    ROIVectorMarketDepthBacktest,
    types,
)

market.require_library()
numba = pytest.importorskip("numba", reason="Numba is not installed")
njit = numba.njit
uint64 = numba.uint64


def grid(hbt, recorder, seen):
    """Quotes both sides with everything that a strategy uses."""
    asset_no = 0
    tick_size = hbt.depth(asset_no).tick_size
    steps = 0
    while hbt.elapse(100e6) == 0:
        steps += 1
        depth = hbt.depth(asset_no)
        hbt.clear_inactive_orders(asset_no)
        orders = hbt.orders(asset_no)
        values = orders.values()
        while values.has_next():
            order = values.get()
            far = abs(order.price - depth.best_bid) > 3 * tick_size
            if order.cancellable and (far or order.order_id % 7 == 0):
                hbt.cancel(asset_no, order.order_id, False)
            seen[0] += order.qty + order.leaves_qty + order.side * order.price_tick
            seen[1] += order.status + order.req + order.time_in_force + order.order_type
            seen[1] += order.local_timestamp % 97 + order.exch_timestamp % 89
        trades = hbt.last_trades(asset_no)
        for i in range(len(trades)):
            bought = trades[i]["ev"] & BUY_EVENT == BUY_EVENT
            seen[2] += trades[i]["px"] * trades[i]["qty"] * (1.0 if bought else -1.0)
        hbt.clear_last_trades(asset_no)
        if np.isfinite(depth.best_bid) and np.isfinite(depth.best_ask):
            bid, ask = depth.best_bid_tick, depth.best_ask_tick
            seen[2] += depth.bid_qty_at_tick(bid) + depth.ask_qty_at_tick(ask)
            if hbt.position(asset_no) < 20 and bid not in orders:
                hbt.submit_buy_order(asset_no, bid, bid * tick_size, 2.0, GTX, LIMIT, False)
            if hbt.position(asset_no) > -20 and ask + 100_000 not in orders:
                identifier = ask + 100_000
                hbt.submit_sell_order(
                    asset_no, identifier, ask * tick_size, 2.0, GTC, LIMIT, steps % 10 == 0
                )
            if steps % 5 == 0 and len(orders) > 0:
                hbt.modify(asset_no, bid, (bid - 1) * tick_size, 1.0, False)
                hbt.wait_order_response(asset_no, bid, 1_000_000)
            if steps % 6 == 0:
                seen[1] += hbt.wait_next_feed(True, 3_000_000)
        latency = hbt.order_latency(asset_no)
        if latency is not None:
            req_ts, exch_ts, resp_ts = latency
            seen[1] += resp_ts - req_ts + exch_ts % 13
        recorder.record(hbt)
    return steps


compiled_grid = njit(grid)


def described(data) -> BacktestAsset:
    return (
        BacktestAsset()
        .data(data)
        .constant_order_latency(2_000_000, 1_000_000)
        .power_prob_queue_model(2.0)
        .trading_value_fee_model(-0.0001, 0.0004)
        .tick_size(0.5)
        .lot_size(0.1)
        .last_trades_capacity(100)
        .roi_lb(400.0)
        .roi_ub(600.0)
    )


@pytest.mark.parametrize("depth", [HashMapMarketDepthBacktest, ROIVectorMarketDepthBacktest])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_strategy_gives_the_same_compiled_and_not(depth, seed):
    data = random_market(seed)
    results = []
    for strategy in (grid, compiled_grid):
        recorder, seen = Recorder(1, 100_000), np.zeros(3)
        with depth([described(data)]) as hbt:
            steps = strategy(hbt, recorder.recorder, seen)
        results.append((steps, seen.tolist(), recorder.get(0).copy()))
    (steps, seen, rows), (compiled_steps, compiled_seen, compiled_rows) = results
    assert steps == compiled_steps > 100
    assert seen == compiled_seen
    np.testing.assert_array_equal(rows, compiled_rows)
    assert rows["num_trades"][-1] > 20


def test_all_sessions_of_a_kind_have_one_type():
    assert numba.typeof(started()) == numba.typeof(started())
    ranged = ROIVectorMarketDepthBacktest([asset().roi_lb(90).roi_ub(110)])
    assert numba.typeof(ranged) != numba.typeof(started())


def test_an_order_that_is_not_there_is_none():
    @njit
    def status(hbt, order_id):
        return hbt.orders(0).get(order_id).status

    @njit
    def known(hbt, order_id):
        return hbt.orders(0).get(order_id) is not None

    hbt = started()
    hbt.submit_buy_order(0, 5, 100, 1, GTC, LIMIT, True)
    assert status(hbt, 5) == 1
    assert (known(hbt, 5), known(hbt, 6)) == (True, False)
    with pytest.raises(TypeError):
        status(hbt, 6)


def test_latencies_can_be_unpacked_and_indexed():
    @njit
    def latencies(hbt):
        before = hbt.feed_latency(0) is None
        hbt.elapse(100)
        feed = hbt.feed_latency(0)
        hbt.submit_buy_order(0, 1, 100, 1, GTC, LIMIT, True)
        order = hbt.order_latency(0)
        if feed is None or order is None:
            return before, 0, 0
        req_ts, _, resp_ts = order
        return before, feed[1] - feed[0], resp_ts - req_ts + order[1] - order[0]

    assert latencies(HashMapMarketDepthBacktest([asset()])) == (True, 10, 15)


def test_keywords_and_numbers_of_any_kind_are_taken():
    @njit
    def trade(hbt):
        hbt.elapse(duration=100.7)
        first = hbt.submit_buy_order(
            asset_no=0,
            order_id=618043.0,
            price=101,
            qty=2,
            time_in_force=GTC,
            order_type=LIMIT,
            wait=True,
        )
        hbt.clear_inactive_orders(types.ALL_ASSETS)
        return first, len(hbt.orders(0)), hbt.current_timestamp, hbt.num_assets

    assert trade(HashMapMarketDepthBacktest([asset()])) == (0, 0, 1110, 1)


def test_a_record_can_be_read_and_a_snapshot_taken():
    @njit
    def look(hbt):
        hbt.elapse(100)
        hbt.submit_buy_order(0, 9, 101, 2, GTC, LIMIT, True)
        order = hbt.orders(0).get(9)
        depth = hbt.depth(0)
        levels = depth.snapshot()
        depth.snapshot_free(levels)
        record = order.arr[0]
        return record.exec_qty, record.maker, order.tick_size, len(levels), levels[0].px

    assert look(HashMapMarketDepthBacktest([asset()])) == (2.0, False, 1.0, 2, 100.0)


def test_a_range_is_an_array():
    @njit
    def total(hbt):
        hbt.elapse(100)
        depth = hbt.depth(0)
        bids = depth.bid_depth
        asks = depth.ask_depth
        at = depth.best_bid_tick - depth.roi_lb_tick
        return bids[at], asks.sum(), len(bids), depth.roi_ub_tick

    hbt = ROIVectorMarketDepthBacktest([asset().roi_lb(95).roi_ub(105)])
    assert total(hbt) == (1.0, 1.0, 11, 105)


def test_mistakes_raise_instead_of_crashing():
    @njit
    def position(hbt, number):
        return hbt.depth(number).best_bid

    @njit
    def fill(hbt, recorder):
        for _ in range(5):
            recorder.record(hbt)

    @njit
    def early(hbt):
        return hbt.orders(0).values().get().qty

    @njit
    def after_close(hbt):
        depth = hbt.depth(0)
        hbt.close()
        return hbt.elapse(5), hbt.close(), depth.best_bid

    hbt = started()
    with pytest.raises(IndexError, match="no asset"):
        position(hbt, 1)
    recorder = Recorder(1, 3)
    with pytest.raises(IndexError, match="full"):
        fill(hbt, recorder.recorder)
    assert len(recorder.get(0)) == 3
    with pytest.raises(RuntimeError, match="has_next"):
        early(hbt)
    code, again, bid = after_close(hbt)
    assert (code, again) == (types.CLOSED, 0)
    assert math.isnan(bid)


def test_orders_are_seen_alike_compiled_and_not():
    @njit
    def submit(hbt, count):
        for number in range(count):
            order_id = 600_000 + 7 * number
            hbt.submit_buy_order(0, order_id, 90.0 - number % 50, 1.0 + number, GTC, LIMIT, False)
        hbt.elapse(1_000)

    @njit
    def look(hbt, rows):
        orders = hbt.orders(0)
        values = orders.values()
        place = 0
        while values.has_next():
            order = values.get()
            same = orders.get(order.order_id)
            if same is None or order.order_id + uint64(1) in orders:
                return -1
            rows[place, 0], rows[place, 1] = order.order_id, same.price_tick
            rows[place, 2], rows[place, 3] = order.side, order.status
            rows[place, 4], rows[place, 5] = order.req, order.cancellable
            rows[place, 6], rows[place, 7] = order.leaves_qty, order.price
            rows[place, 8], rows[place, 9] = order.local_timestamp, order.exch_timestamp
            rows[place, 10], rows[place, 11] = order.time_in_force, order.order_type
            rows[place, 12], rows[place, 13] = order.exec_price, order.maker
            place += 1
        return place

    hbt = started()
    submit(hbt, 500)
    for order_id in range(600_000, 601_000, 7):
        hbt.cancel(0, order_id, False)
    hbt.elapse(5)
    for _ in range(2):
        rows = np.zeros((500, 14))
        assert look(hbt, rows) == len(hbt.orders(0))
        walk = hbt.orders(0).values()
        for row in rows[: len(hbt.orders(0))]:
            assert walk.has_next()
            order = walk.get()
            assert row.tolist() == [
                *(order.order_id, order.price_tick, order.side, order.status),
                *(order.req, order.cancellable, order.leaves_qty, order.price),
                *(order.local_timestamp, order.exch_timestamp, order.time_in_force),
                *(order.order_type, order.exec_price, order.maker),
            ]
        hbt.elapse(1_000)
        hbt.clear_inactive_orders(0)
    assert len(hbt.orders(0)) == 357


def test_orders_of_a_closed_session_are_gone():
    @njit
    def count(hbt):
        orders = hbt.orders(0)
        values = orders.values()
        before = len(orders), orders.get(3) is not None, 3 in orders
        hbt.close()
        return before, (len(orders), orders.get(3) is not None, 3 in orders), values.has_next()

    hbt = started()
    hbt.submit_buy_order(0, 3, 99, 1, GTC, LIMIT, True)
    assert count(hbt) == ((1, True, True), (0, False, False), False)


def test_objects_come_back_as_what_they_are():
    @njit
    def give(hbt):
        return hbt, hbt.depth(0), hbt.orders(0), hbt.state_values(0), hbt.orders(0).get(3)

    hbt = started()
    hbt.submit_buy_order(0, 3, 99, 1, GTC, LIMIT, True)
    same, depth, orders, state, order = give(hbt)
    assert same is hbt
    assert (depth.best_bid, len(orders), state.position) == (100.0, 1, 0.0)
    assert (order.order_id, order.side) == (3, BUY)


SCRIPT = """
import json, sys, time
began = time.perf_counter()
import numpy as np
from numba import njit
from ringside import *

@njit(cache=True)
def strategy(hbt, recorder):
    while hbt.elapse(1000) == 0:
        order_id = np.uint64(hbt.current_timestamp)
        if order_id not in hbt.orders(0):
            hbt.submit_buy_order(0, order_id, hbt.depth(0).best_bid, 1.0, GTC, LIMIT, True)
        recorder.record(hbt)

asset = BacktestAsset().data(np.load(sys.argv[1])["data"]).tick_size(1.0).lot_size(1.0)
hbt = HashMapMarketDepthBacktest([asset])
recorder = Recorder(1, 1000)
strategy(hbt, recorder.recorder)
hits = sum(strategy.stats.cache_hits.values())
print(json.dumps([hits, len(recorder.get(0)), time.perf_counter() - began]))
"""


def test_the_second_process_compiles_nothing(tmp_path):
    np.savez(tmp_path / "data.npz", data=market.quiet_market())
    script = tmp_path / "strategy.py"
    script.write_text(SCRIPT)
    runs = []
    for _ in range(2):
        command = [sys.executable, script, tmp_path / "data.npz"]
        run = subprocess.run(command, check=True, capture_output=True, text=True, env=environment())
        assert "Warning" not in run.stderr, run.stderr
        runs.append(json.loads(run.stdout))
    assert [hits for hits, _, _ in runs] == [0, 1]
    assert runs[0][1] == runs[1][1] > 50


def environment() -> dict[str, str]:
    import os

    import ringside

    return os.environ | {"PYTHONPATH": str(Path(ringside.__file__).parents[1])}
