"""Nothing that a strategy holds on to, drops or closes leads to freed memory."""

from __future__ import annotations

import gc
import math
import weakref

import market
import numpy as np
from market import quiet_market
from test_api import asset, started

from ringside import GTC, LIMIT, HashMapMarketDepthBacktest, Recorder, event_dtype, types
from ringside import ROIVectorMarketDepthBacktest as RoiBacktest

market.require_library()


def test_a_closed_session_gives_codes_and_shows_nothing():
    hbt = started()
    hbt.submit_buy_order(0, 1, 100, 1, GTC, LIMIT, True)
    depth, orders, state, order = hbt.depth(0), hbt.orders(0), hbt.state_values(0), None
    order = orders.get(1)
    walk = orders.values()
    assert (hbt.close(), hbt.close()) == (0, 0)
    assert hbt.elapse(1) == types.CLOSED
    assert hbt.submit_buy_order(0, 2, 100, 1, GTC, LIMIT, False) == types.CLOSED
    assert hbt.cancel(0, 1, False) == types.CLOSED
    assert hbt.wait_next_feed(True, 1) == types.CLOSED
    assert math.isnan(depth.best_bid)
    assert math.isnan(state.position)
    assert len(depth.snapshot()) == len(hbt.last_trades(0)) == len(orders) == 0
    assert orders.get(1) is None
    assert not walk.has_next()
    assert order.price_tick == 100
    assert hbt.feed_latency(0) is None


def test_arrays_live_as_long_as_the_backtest():
    data = quiet_market()
    alive = weakref.ref(data)
    hbt = HashMapMarketDepthBacktest([asset(data)])
    del data
    gc.collect()
    assert alive() is not None
    hbt.elapse(100)
    assert hbt.depth(0).best_bid == 100.0
    del hbt
    gc.collect()
    assert alive() is None


def test_arrays_are_never_written():
    data = quiet_market()
    data.flags.writeable = False
    before = data.copy()
    description = asset(data).latency_offset(500)
    for _ in range(2):
        hbt = HashMapMarketDepthBacktest([description])
        hbt.elapse(1000)
        assert hbt.feed_latency(0) == (1000, 1510)
    np.testing.assert_array_equal(data, before)


def test_fields_of_another_name_are_read_as_rows():
    renamed = [(letter, event_dtype[n]) for n, letter in enumerate("abcdefgh")]
    data = quiet_market().view(renamed)
    assert started(data).depth(0).best_bid == 100.0
    assert started(np.repeat(quiet_market(), 2)[::2]).depth(0).best_bid == 100.0


def test_a_session_is_freed_when_nothing_refers_to_it():
    hbt = started()
    gone = weakref.ref(hbt)
    depth = hbt.depth(0)
    del hbt
    assert gone() is not None
    assert depth.best_bid == 100.0
    del depth
    assert gone() is None


def test_arrays_of_a_range_outlive_the_session():
    hbt = RoiBacktest([asset().roi_lb(95).roi_ub(105)])
    hbt.elapse(100)
    bids = hbt.depth(0).bid_depth
    hbt.close()
    del hbt
    gc.collect()
    assert bids[5] == 1.0


def test_rows_outlive_their_recorder():
    hbt = started()
    recorder = Recorder(1, 10)
    recorder.recorder.record(hbt)
    rows = recorder.get(0)
    del recorder
    gc.collect()
    assert rows["timestamp"].tolist() == [1100]
