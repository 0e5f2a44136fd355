"""Market making where the spread is one tick and the place in the queue is what counts.

Quotes rest at the touch. One is given up when its queue has become short against the other side's:
then it would be filled only to see the price move through it. A quote is kept as long as it may be,
because a new one starts at the back.

    ringside synth --duration 10m -o market.npz
    python3 queue_position.py market.npz

For HftBacktest, change the package in the next line; nothing else.
"""

from ringside import BacktestAsset, Recorder, ROIVectorMarketDepthBacktest  # isort: skip

import sys

import numpy as np
from numba import njit
from requote import ladder, no_quotes, requote

TICK_SIZE, LOT_SIZE = 0.1, 0.001
BUY_EVENT = 1 << 29


@njit
def impulse_of(trades, before):
    """The sign of recent trading, from -1 to 1: what it was, fading, and the trades since."""
    value = before * 0.9
    for i in range(len(trades)):
        sign = 1.0 if trades[i].ev & BUY_EVENT == BUY_EVENT else -1.0
        value += 0.1 * (sign - value)
    return value


@njit
def strategy(hbt, recorder, least_share, impulse_weight, qty, most):
    """A side is quoted while its share of the quantity at the touch is at least `least_share`."""
    tick_size = hbt.depth(0).tick_size
    impulse = 0.0
    while True:
        # Acts on each event, but at most every ten milliseconds.
        code = hbt.wait_next_feed(True, 1_000_000_000)
        if code == 1 or code > 3 or hbt.elapse(10_000_000) != 0:
            break
        hbt.clear_inactive_orders(0)
        impulse = impulse_of(hbt.last_trades(0), impulse)
        hbt.clear_last_trades(0)
        depth = hbt.depth(0)
        if np.isfinite(depth.best_bid) and np.isfinite(depth.best_ask):
            first = depth.roi_lb_tick
            bid_qty = depth.bid_depth[depth.best_bid_tick - first]
            ask_qty = depth.ask_depth[depth.best_ask_tick - first]
            pressure = bid_qty / (bid_qty + ask_qty) + impulse_weight * impulse
            position = hbt.position(0)
            bids, asks = no_quotes(), no_quotes()
            if position < most and pressure >= least_share:
                bids = ladder(depth.best_bid, 1, tick_size, tick_size, 1)
            if position > -most and 1.0 - pressure >= least_share:
                asks = ladder(depth.best_ask, 1, tick_size, tick_size, -1)
            requote(hbt, 0, bids, asks, qty)
        recorder.record(hbt)


def asset(data):
    return (
        BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(3_000_000, 3_000_000)
        .power_prob_queue_model2(2.0)
        .no_partial_fill_exchange()
        .flat_per_trade_fee_model(0.0, 0.05)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
        .roi_lb(40_000.0)
        .roi_ub(60_000.0)
        .last_trades_capacity(10_000)
    )


def run(market):
    recorder = Recorder(1, 1_000_000)
    hbt = ROIVectorMarketDepthBacktest([market])
    strategy(hbt, recorder.recorder, 0.3, 0.1, 0.01, 0.5)
    hbt.close()
    return recorder


if __name__ == "__main__":
    result = run(asset(sys.argv[1:])).get(0)
    print(f"{len(result)} samples; the last: {result[-1]}")
