"""The objects that a strategy uses, in plain Python."""

from __future__ import annotations

import math
import subprocess
import sys

import market
import numpy as np
import pytest
from market import ASK, BID, quiet_market, rows

import ringside
from ringside import (
    BUY,
    FOK,
    GTC,
    GTX,
    IOC,
    LIMIT,
    MARKET,
    BacktestAsset,
    HashMapMarketDepthBacktest,
    ROIVectorMarketDepthBacktest,
    types,
)

market.require_library()


def asset(data=None, entry=5, response=5) -> BacktestAsset:
    return (
        BacktestAsset()
        .data(quiet_market() if data is None else data)
        .linear_asset(1.0)
        .constant_order_latency(entry, response)
        .risk_adverse_queue_model()
        .no_partial_fill_exchange()
        .trading_value_fee_model(0.0, 0.0)
        .tick_size(1.0)
        .lot_size(1.0)
        .last_trades_capacity(10)
    )


def backtest(data=None, **latency) -> HashMapMarketDepthBacktest:
    return HashMapMarketDepthBacktest([asset(data, **latency)])


def started(data=None, **latency) -> HashMapMarketDepthBacktest:
    hbt = backtest(data, **latency)
    assert hbt.elapse(100) == 0
    return hbt


def test_the_first_call_starts_at_the_first_event():
    hbt = backtest()
    assert hbt.current_timestamp == types.UNTIL_END_OF_DATA
    assert math.isnan(hbt.depth(0).best_bid)
    assert (hbt.depth(0).tick_size, hbt.depth(0).lot_size) == (1.0, 1.0)
    assert hbt.elapse(100) == 0
    assert hbt.current_timestamp == 1100
    depth = hbt.depth(0)
    assert (depth.best_bid, depth.best_ask) == (100.0, 101.0)
    assert (depth.best_bid_tick, depth.best_ask_tick) == (100, 101)
    assert (depth.best_bid_qty, depth.best_ask_qty) == (1.0, 1.0)
    assert (depth.bid_qty_at_tick(100), depth.bid_qty_at_tick(98)) == (1.0, 0.0)


@pytest.mark.parametrize(
    ("price", "time_in_force", "order_type", "status"),
    [
        (101, GTX, LIMIT, ringside.EXPIRED),
        (100, FOK, LIMIT, ringside.EXPIRED),
        (100, IOC, LIMIT, ringside.EXPIRED),
        (105, FOK, LIMIT, ringside.FILLED),
        (101, IOC, LIMIT, ringside.FILLED),
        (0, GTC, MARKET, ringside.FILLED),
        (100, GTX, LIMIT, ringside.NEW),
    ],
)
def test_what_becomes_of_a_buy(price, time_in_force, order_type, status):
    hbt = started()
    assert hbt.submit_buy_order(0, 7, price, 3, time_in_force, order_type, True) == 0
    order = hbt.orders(0).get(7)
    assert order.status == status
    assert order.side == BUY
    filled = status == ringside.FILLED
    assert hbt.position(0) == (3.0 if filled else 0.0)
    if filled:
        assert (order.exec_price, order.exec_qty, order.leaves_qty) == (101.0, 3.0, 0.0)
        assert not order.maker
        state = hbt.state_values(0)
        assert (state.balance, state.num_trades, state.trading_value) == (-303.0, 1, 303.0)


def test_an_order_shows_every_field_and_stays_current():
    hbt = started()
    hbt.submit_buy_order(0, 7, 99.6, 2, GTX, LIMIT, False)
    order = hbt.orders(0).get(7)
    assert (order.status, order.req, order.cancellable) == (ringside.NONE, ringside.NEW, False)
    hbt.elapse(100)
    assert (order.status, order.req, order.cancellable) == (ringside.NEW, ringside.NONE, True)
    assert (order.price, order.price_tick, order.tick_size) == (100.0, 100, 1.0)
    assert (order.qty, order.leaves_qty) == (2.0, 2.0)
    assert (order.local_timestamp, order.exch_timestamp) == (1100, 1105)
    assert (order.order_type, order.time_in_force) == (LIMIT, GTX)
    assert order.arr.dtype == ringside.order_dtype
    assert order.arr[0]["order_id"] == 7
    assert hbt.cancel(0, 7, True) == 0
    assert order.status == ringside.CANCELED
    hbt.clear_inactive_orders(0)
    assert 7 not in hbt.orders(0)
    assert hbt.orders(0).get(7) is None
    assert order.status == ringside.CANCELED


def test_codes_of_requests():
    hbt = started()
    buy = (100, 1, GTC, LIMIT, False)
    assert hbt.cancel(0, 1, False) == types.ORDER_NOT_FOUND
    assert hbt.submit_buy_order(0, 1, *buy) == 0
    assert hbt.submit_buy_order(0, 1, *buy) == types.ORDER_ID_EXISTS
    assert hbt.cancel(0, 1, False) == types.REQUEST_IN_FLIGHT
    assert hbt.wait_order_response(0, 1, 1000) == 0
    assert hbt.current_timestamp == 1110
    assert hbt.modify(asset_no=0, order_id=1, price=99, qty=2, wait=True) == 0
    assert hbt.orders(0).get(1).price_tick == 99
    assert hbt.submit_buy_order(0, 2, 100, 1, 9, LIMIT, False) == types.INVALID_REQUEST
    assert hbt.submit_buy_order(0, 2, math.nan, 1, GTC, LIMIT, False) == types.INVALID_REQUEST
    assert hbt.elapse(-1) == types.INVALID_REQUEST


def test_a_refused_order_expires_after_the_negative_latency():
    hbt = started(entry=-50)
    hbt.submit_buy_order(0, 1, 100, 1, GTC, LIMIT, False)
    hbt.elapse(49)
    assert hbt.orders(0).get(1).req == ringside.NEW
    hbt.elapse(2)
    order = hbt.orders(0).get(1)
    assert (order.status, order.req) == (ringside.EXPIRED, ringside.NONE)
    assert hbt.order_latency(0) is None


def test_latencies_are_interpolated_between_measured_ones():
    latencies = np.zeros(2, ringside.order_latency_dtype)
    latencies["req_ts"] = (0, 10_000)
    latencies["exch_ts"] = (100, 10_200)
    latencies["resp_ts"] = (150, 10_300)
    hbt = HashMapMarketDepthBacktest([asset().intp_order_latency(latencies)])
    hbt.elapse(100)
    hbt.submit_buy_order(0, 1, 100, 1, GTC, LIMIT, True)
    assert hbt.order_latency(0) == (1100, 1211, 1266)


def test_waiting_for_the_feed_tells_what_came():
    hbt = backtest()
    assert hbt.wait_next_feed(False, 10) == types.MARKET_FEED
    assert hbt.current_timestamp == 1010
    assert hbt.depth(0).best_ask == 101.0
    assert hbt.feed_latency(0) == (1000, 1010)
    assert hbt.wait_next_feed(False, 10) == 0
    assert hbt.current_timestamp == 1020
    hbt.submit_sell_order(0, 1, 101, 1, GTC, LIMIT, False)
    assert hbt.wait_next_feed(True, 100) == types.ORDER_RESPONSE


def test_orders_are_walked_in_the_order_of_submission():
    hbt = started()
    ids = [5, 3, 9, 1, 2**64 - 1]
    for order_id in ids:
        hbt.submit_buy_order(0, order_id, 90, 1, GTC, LIMIT, False)
    orders = hbt.orders(0)
    assert len(orders) == 5
    assert [order.order_id for order in orders.values()] == ids
    walk = orders.values()
    with pytest.raises(RuntimeError):
        walk.get()
    seen = []
    while walk.has_next():
        order = walk.get()
        seen.append(order.order_id)
        hbt.submit_sell_order(0, 100 + len(seen), 110, 1, GTC, LIMIT, False)
        assert order.price_tick == 90
    assert seen == ids
    assert (walk.has_next(), walk.next()) == (False, None)
    assert len(orders) == 10


def test_trades_are_kept_until_they_are_cleared():
    trades = [(BID, types.TRADE_EVENT, 2000 + 10 * i, 101.0, 1.0 + i) for i in range(30)]
    data = np.concatenate([quiet_market()[:2], rows(*trades), quiet_market()[2:]])
    hbt = started(data)
    hbt.elapse(5000)
    seen = hbt.last_trades(0)
    assert seen.dtype == ringside.event_dtype
    assert seen["qty"].tolist() == [1.0 + i for i in range(30)]
    hbt.clear_last_trades(ringside.ALL_ASSETS)
    assert len(hbt.last_trades(0)) == 0
    assert len(seen) == 30


def test_a_snapshot_lists_levels_from_the_best():
    events = [(BID, types.DEPTH_EVENT, 1000, 100.0 - i, 1.0 + i) for i in (2, 0, 1)]
    events += [(ASK, types.DEPTH_EVENT, 1000, 101.0 + i, 2.0 + i) for i in (1, 0)]
    data = np.concatenate([rows(*events), quiet_market()[2:]])
    hbt = started(data)
    levels = hbt.depth(0).snapshot()
    assert levels["px"].tolist() == [100.0, 99.0, 98.0, 101.0, 102.0]
    assert levels["qty"].tolist() == [1.0, 2.0, 3.0, 2.0, 3.0]
    assert (levels["ev"] & 0xFF == types.DEPTH_SNAPSHOT_EVENT).all()
    hbt.depth(0).snapshot_free(levels)
    again = HashMapMarketDepthBacktest([asset(quiet_market()[2:]).initial_snapshot(levels)])
    assert again.depth(0).best_bid == 100.0


def test_a_book_with_a_range_shows_it_as_arrays():
    hbt = ROIVectorMarketDepthBacktest([asset().roi_lb(95).roi_ub(105)])
    hbt.elapse(100)
    depth = hbt.depth(0)
    assert (depth.roi_lb_tick, depth.roi_ub_tick) == (95, 105)
    assert depth.bid_depth.tolist() == [0.0] * 5 + [1.0] + [0.0] * 5
    assert depth.ask_depth[6] == 1.0
    assert depth.best_bid_qty == 1.0
    assert math.isnan(depth.bid_qty_at_tick(94))
    hbt.elapse(99_000)
    assert depth.bid_depth[4] == 1.0
    with pytest.raises(ValueError, match="read-only"):
        depth.bid_depth[0] = 1.0


def test_the_end_of_the_data_is_reported():
    hbt = started()
    assert hbt._goto_end() == types.END_OF_DATA
    assert hbt.elapse(1) == types.END_OF_DATA
    nothing = HashMapMarketDepthBacktest([BacktestAsset().tick_size(1).lot_size(1)])
    assert nothing.elapse(1) == types.END_OF_DATA


def test_an_asset_number_out_of_range_raises():
    hbt = started()
    for number in (1, -1, -2):
        with pytest.raises(IndexError, match=f"no asset {number}"):
            hbt.depth(number)
    with pytest.raises(IndexError):
        hbt.submit_buy_order(1, 1, 100, 1, GTC, LIMIT, False)


def latencies(*rows):
    made = np.zeros(len(rows), ringside.order_latency_dtype)
    for row, (req_ts, exch_ts, resp_ts) in zip(made, rows, strict=True):
        row["req_ts"], row["exch_ts"], row["resp_ts"] = req_ts, exch_ts, resp_ts
    return made


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        (lambda a: a.tick_size(0), ValueError, "tick_size"),
        (lambda a: a.lot_size(-1), ValueError, "lot_size"),
        (lambda a: a.add_file("/nowhere/feed.npz"), FileNotFoundError, "/nowhere/feed.npz"),
        (lambda a: a.initial_snapshot("/nowhere/book.npz"), FileNotFoundError, "book.npz"),
        (lambda a: a.intp_order_latency("/nowhere/l.npz"), FileNotFoundError, "l.npz"),
        (lambda a: a.add_data(np.zeros(3)), ValueError, "float64"),
        (lambda a: a.data(quiet_market().reshape(1, -1)), ValueError, "dimensions"),
        (lambda a: a.data(3), ValueError, "int"),
        (lambda a: a.latency_offset(-10), ValueError, "row 0"),
        (lambda a: a.l3_fifo_queue_model().partial_fill_exchange(), ValueError, "L3"),
        (lambda a: a.constant_order_latency(1.5, 1), TypeError, "integer"),
        (lambda a: a.last_trades_capacity(-1), OverflowError, "negative"),
        (lambda a: a.last_trades_capacity(1.5), TypeError, "integer"),
        (lambda a: a.intp_order_latency([]), ValueError, "empty"),
        (lambda a: a.intp_order_latency(latencies()), ValueError, "no rows"),
        (lambda a: a.intp_order_latency(latencies((5, 0, 9))), ValueError, "no accepted order"),
        (lambda a: a.intp_order_latency(latencies((9, 10, 11), (5, 6, 7))), ValueError, "row 1"),
        (lambda a: a.intp_order_latency(quiet_market()), ValueError, "intp_order_latency"),
        (lambda a: a.constant_order_latency(5, -5), ValueError, "-5 ns"),
        (lambda a: a.constant_order_latency(2**70, 5), OverflowError, "64-bit"),
        (lambda a: a.latency_offset(2**70), OverflowError, "64-bit"),
        (lambda a: a.tick_size(math.nan), ValueError, "tick_size"),
        (lambda a: a.linear_asset(0), ValueError, "contract size"),
        (lambda a: a.inverse_asset(math.inf), ValueError, "contract size"),
        (lambda a: a.power_prob_queue_model(math.nan), ValueError, "power"),
        (lambda a: a.trading_value_fee_model(math.nan, 0), ValueError, "maker fee"),
        (lambda a: a.initial_snapshot([1]), ValueError, "initial_snapshot"),
    ],
)
def test_what_cannot_be_simulated_is_refused_with_a_reason(change, error, text):
    with pytest.raises(error, match=text):
        HashMapMarketDepthBacktest([change(asset())])


def test_other_refusals():
    with pytest.raises(ValueError, match="no asset"):
        HashMapMarketDepthBacktest([])
    with pytest.raises(ValueError, match="range"):
        ROIVectorMarketDepthBacktest([asset().roi_lb(5).roi_ub(4)])
    with pytest.raises(ValueError, match="roi_lb"):
        ROIVectorMarketDepthBacktest([asset()])
    with pytest.raises(ValueError, match="compat"):
        HashMapMarketDepthBacktest([asset(), asset().compat(True)])
    with pytest.raises(TypeError):
        HashMapMarketDepthBacktest(asset())
    with pytest.raises(TypeError, match="BacktestAsset"):
        HashMapMarketDepthBacktest([3])
    with pytest.raises(TypeError, match="NoneType"):
        ringside.Recorder(1, 1).recorder.record(None)


def test_arguments_that_cannot_be_meant_raise_or_give_a_code():
    hbt = started()
    buy = lambda price, qty: hbt.submit_buy_order(0, 1, price, qty, GTC, LIMIT, False)  # noqa: E731
    for price, qty in ((math.nan, 1), (math.inf, 1), (100, 0), (100, math.nan), (100, 1e300)):
        assert buy(price, qty) == types.INVALID_REQUEST
    for call in (hbt.elapse, hbt.elapse_bt, lambda d: hbt.wait_next_feed(True, d)):
        assert call(-1) == types.INVALID_REQUEST
        with pytest.raises(OverflowError, match="64-bit"):
            call(2**70)
        with pytest.raises(ValueError, match="NaN"):
            call(math.nan)
    with pytest.raises(OverflowError, match="64-bit"):
        hbt.cancel(0, 2**64, False)
    assert hbt.cancel(0, 2**64 - 1, False) == types.ORDER_NOT_FOUND
    assert len(hbt.orders(0)) == 0
    assert hbt.current_timestamp == 1100
    hbt.close()
    with pytest.raises(RuntimeError, match="closed"):
        hbt.log_orders("orders.npy")
    with pytest.warns(DeprecationWarning, match="constant_order_latency"):
        asset().constant_latency(1, 1)


def test_a_file_of_the_wrong_kind_is_refused_when_the_backtest_is_built(tmp_path):
    file = tmp_path / "feed.npz"
    np.savez(file, other=quiet_market())
    with pytest.raises(ValueError, match=r"feed\.npz"):
        HashMapMarketDepthBacktest([asset(str(file))])


def test_files_arrays_and_lists_of_them_are_the_same(tmp_path):
    data = quiet_market()
    np.savez(tmp_path / "a.npz", data=data[:2])
    for source in ([str(tmp_path / "a.npz"), data[2:]], [data[:1], data[1:]], data):
        hbt = started(source)
        hbt.elapse(200_000)
        assert hbt.depth(0).bid_qty_at_tick(99) == 1.0


def test_damaged_rows_end_the_run_with_a_code_that_stays(capfd):
    data = np.tile(quiet_market()[:1], 40_000)
    data["exch_ts"] += np.arange(len(data))
    data["local_ts"] += np.arange(len(data))
    data["px"][39_000] = np.nan
    hbt = backtest(data)
    code = 0
    while code == 0:
        code = hbt.elapse(1000)
    assert code == types.DATA_ERROR
    assert hbt.elapse(1000) == types.DATA_ERROR
    assert "row 39000" in ringside.last_error()
    assert "row 39000" in capfd.readouterr().err
    assert hbt.close() == 0


def test_everything_can_be_imported_at_once_and_without_slow_packages():
    code = (
        "from ringside import *; import sys, ringside\n"
        "slow = {'numba', 'polars', 'plotly', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "assert not slow, slow\n"
        "assert all(name in globals() for name in ringside.__all__)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_constants_and_layouts_equal_those_of_hftbacktest():
    reference = pytest.importorskip("hftbacktest", reason="HftBacktest is not installed")
    import hftbacktest.order
    import hftbacktest.types

    for ours, theirs in (
        (ringside, reference),
        (types, hftbacktest.types),
        (ringside.order, hftbacktest.order),
    ):
        for name in dir(theirs):
            value = getattr(theirs, name)
            if name.isupper() and isinstance(value, int) and name != "LIVE_FEATURE":
                assert getattr(ours, name) == value, name
    for name in ("event_dtype", "state_values_dtype", "record_dtype"):
        assert getattr(types, name) == getattr(hftbacktest.types, name)
    names = {
        name for name in dir(hftbacktest.types.order_dtype) if not name.startswith("_")
    }  # the same fields at the same places
    assert names
    theirs = hftbacktest.types.order_dtype
    assert {n: theirs.fields[n] for n in theirs.names} == {
        n: types.order_dtype.fields[n] for n in types.order_dtype.names
    }
