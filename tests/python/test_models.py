"""Queue, latency and fee models of one's own."""

from __future__ import annotations

import ctypes
import gc
import re
from pathlib import Path

import market
import numpy as np
import pytest
from market import random_market
from test_api import asset

from ringside import GTC, GTX, LIMIT, BacktestAsset, HashMapMarketDepthBacktest, last_error, types
from ringside.models import ctypes_prototype, signature

market.require_library()
numba = pytest.importorskip("numba", reason="Numba is not installed")

ENTRY, MODIFY_ENTRY, CANCEL_ENTRY, RESPONSE = 4_000_000, 1_000_000, 500_000, 2_000_000


def described(seed: int) -> BacktestAsset:
    return (
        BacktestAsset()
        .data(random_market(seed))
        .constant_order_latency(
            ENTRY, RESPONSE, modify_entry=MODIFY_ENTRY, cancel_entry=CANCEL_ENTRY
        )
        .risk_adverse_queue_model()
        .partial_fill_exchange()
        .trading_value_fee_model(-0.0001, 0.0005)
        .tick_size(0.5)
        .lot_size(0.1)
    )


def trade(description: BacktestAsset, orders: Path | None = None) -> list[tuple]:
    """What a strategy sees that submits, modifies and cancels."""
    seen = []
    with HashMapMarketDepthBacktest([description]) as hbt:
        if orders is not None:
            hbt.log_orders(orders)
        step = 0
        while hbt.elapse(50_000_000) == 0:
            step += 1
            hbt.clear_inactive_orders(0)
            depth = hbt.depth(0)
            if not (np.isfinite(depth.best_bid) and np.isfinite(depth.best_ask)):
                continue
            bid, ask = depth.best_bid_tick, depth.best_ask_tick
            for order in hbt.orders(0).values():
                if not order.cancellable:
                    continue
                if step % 7 == 0:
                    hbt.modify(0, order.order_id, order.price, 0.5 + order.leaves_qty, False)
                elif step % 5 == 0:
                    hbt.cancel(0, order.order_id, False)
            hbt.submit_buy_order(0, 2 * step, bid * 0.5, 1.3, GTX, LIMIT, False)
            hbt.submit_sell_order(0, 2 * step + 1, ask * 0.5, 0.7, GTC, LIMIT, step % 9 == 0)
            state = hbt.state_values(0)
            seen.append((hbt.current_timestamp, state.position, state.balance, state.fee))
            seen.append((state.num_trades, hbt.order_latency(0)))
    assert seen[-1][0] > 100, "it trades"
    return seen


# The risk-averse model: an order advances by trades alone.
def new_order(state, order, level_qty):
    state[0] = level_qty


def traded(state, order, qty):
    state[0] -= qty


def depth_changed(state, order, before, after):
    state[0] = min(state[0], after)


def filled(state, order):
    lots = int(-state[0] / order.lot_size + 0.5)
    if lots <= 0:
        return 0.0
    state[0] = 0.0
    return lots * order.lot_size


QUEUE = (new_order, traded, depth_changed, filled)


def entry(kind, req_ts):
    if kind == 2:
        return MODIFY_ENTRY
    return CANCEL_ENTRY if kind == 3 else ENTRY


def response(exch_ts):
    return RESPONSE


def fee(maker, side, price, qty, amount):
    return (-0.0001 if maker else 0.0005) * amount


LEAST = {"least_entry": CANCEL_ENTRY, "least_response": RESPONSE}


def test_functions_that_do_what_a_built_in_model_does_give_its_results(tmp_path):
    built_in, own = tmp_path / "built-in.npy", tmp_path / "own.npy"
    expected = trade(described(3), built_in)
    custom = (
        described(3)
        .custom_queue_model(*QUEUE)
        .custom_latency(entry, response, **LEAST)
        .custom_fee(fee)
    )
    assert trade(custom, own) == expected
    assert own.read_bytes() == built_in.read_bytes()


def test_callbacks_of_numba_and_ctypes_do_the_same():
    expected = trade(described(4))

    @numba.cfunc(signature("new_order"))
    def c_new_order(state, order, level_qty):
        numba.carray(state, 8)[0] = level_qty

    @numba.cfunc(signature("filled"))
    def c_filled(state, order):
        own = numba.carray(state, 8)
        lots = int(-own[0] / numba.carray(order, 1)[0].lot_size + 0.5)
        if lots <= 0:
            return 0.0
        own[0] = 0.0
        return lots * numba.carray(order, 1)[0].lot_size

    def p_traded(state, order, qty):
        state[0] -= qty
        return 0

    c_traded = ctypes_prototype("trade")(p_traded)
    c_entry = ctypes_prototype("entry")(entry)
    c_fee = ctypes_prototype("fee")(fee)
    custom = (
        described(4)
        .custom_queue_model(c_new_order, c_traded, numba.njit(depth_changed), c_filled)
        .custom_latency(c_entry, numba.cfunc(signature("response"))(response), **LEAST)
        .custom_fee(c_fee)
    )
    del c_new_order, c_filled, c_traded, c_entry, c_fee
    gc.collect()
    assert trade(custom) == expected


def test_a_setter_of_a_built_in_model_takes_the_own_one_back():
    custom = described(5).custom_queue_model(*QUEUE).custom_fee(lambda m, s, p, q, a: 1e9)
    custom.custom_latency(lambda kind, ts: 1, lambda ts: 1, least_entry=1, least_response=1)
    custom.risk_adverse_queue_model().trading_value_fee_model(-0.0001, 0.0005)
    custom.constant_order_latency(
        ENTRY, RESPONSE, modify_entry=MODIFY_ENTRY, cancel_entry=CANCEL_ENTRY
    )
    assert trade(custom) == trade(described(5))


def test_wrong_functions_are_refused_with_their_name():
    with pytest.raises(TypeError, match=r"custom_fee: fee: .*called with 5 arguments"):
        asset().custom_fee(lambda maker, amount: 0.0)
    with pytest.raises(TypeError, match="custom_latency: response: expected a function, not int"):
        asset().custom_latency(entry, 5, least_entry=0, least_response=0)
    with pytest.raises(TypeError, match=r"custom_fee: fee: the signature .* is not"):
        asset().custom_fee(numba.cfunc("float64(float64)")(lambda x: x))
    wrong = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double)(lambda x: x)
    with pytest.raises(TypeError, match="custom_latency: entry: the ctypes function is not"):
        asset().custom_latency(wrong, response, least_entry=0, least_response=0)
    with pytest.raises(TypeError, match="custom_queue_model: filled: Numba cannot compile it"):
        asset().custom_queue_model(*QUEUE[:3], lambda state, order: order.no_such_field)
    wire = asset().custom_latency(entry, response, least_entry=-1, least_response=0, name="wire")
    with pytest.raises(ValueError, match='latency model "wire": its least latencies'):
        HashMapMarketDepthBacktest([wire])


def raising_fee(maker, side, price, qty, amount):
    if qty > 0:
        raise ValueError("no")
    return 0.0


def raising_entry(kind, req_ts):
    if kind == 1:
        raise ValueError("no")
    return 0


def raising_new_order(state, order, level_qty):
    raise ValueError("no")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda a: a.custom_fee(raising_fee), 'fee model "custom": the fee .* is nan'),
        (
            lambda a: a.custom_latency(raising_entry, response, least_entry=0, least_response=0),
            'latency model "custom": its entry latency is -9223372036854775808',
        ),
        (
            lambda a: a.custom_latency(entry, lambda ts: 3, least_entry=0, least_response=4),
            'latency model "custom": its response latency is 3 ns for order 1 .* least_response',
        ),
        (
            lambda a: a.custom_queue_model(raising_new_order, *QUEUE[1:], name="mine"),
            'queue model "mine": its function new_order failed for order 2',
        ),
    ],
)
def test_a_model_that_raises_or_breaks_its_bounds_ends_the_run_and_says_so(change, message):
    hbt = HashMapMarketDepthBacktest([change(asset())])
    hbt.elapse(100)
    hbt.submit_buy_order(0, 1, 101, 1, GTC, LIMIT, False)  # takes
    hbt.submit_buy_order(0, 2, 100, 1, GTC, LIMIT, False)  # rests
    code = hbt.elapse(50_000_000)
    assert code == types.FAILURE
    assert hbt.elapse(1) == types.FAILURE
    assert re.search(message, last_error())


def fees_of(seen: list[tuple]) -> list[float]:
    return [row[3] for row in seen if len(row) == 4]


@pytest.mark.parametrize("by_quantity", [False, True])
def test_a_directional_fee_is_added_by_side_and_value(by_quantity):
    def fee(maker, side, price, qty, amount):
        return (0.25 * qty if by_quantity else 0.0005 * amount) + (
            0.0001 * amount if side == 1 else 0.001 * amount
        )

    described_fee = (
        described(3).trading_qty_fee_model(0.25, 0.25)
        if by_quantity
        else described(3).trading_value_fee_model(0.0005, 0.0005)
    )
    built_in = fees_of(trade(described_fee.directional_fee(0.0001, 0.001)))
    np.testing.assert_allclose(built_in, fees_of(trade(described(3).custom_fee(fee))), rtol=1e-12)
    assert built_in[-1] > 0
