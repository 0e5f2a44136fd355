"""A grid of quotes around a price that leans against the position.

    ringside synth --duration 10m -o market.npz
    python3 grid.py market.npz

For HftBacktest, change the package in the next line; nothing else.
"""

from ringside import BacktestAsset, HashMapMarketDepthBacktest, Recorder  # isort: skip

import sys

import numpy as np
from numba import njit
from requote import ladder, no_quotes, requote

TICK_SIZE, LOT_SIZE = 0.1, 0.001


@njit
def strategy(hbt, recorder, half_spread, interval, skew, levels, qty, most):
    """Prices are in units of the quote currency, `skew` is one per unit of position."""
    tick_size = hbt.depth(0).tick_size
    while hbt.elapse(100_000_000) == 0:
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        best_bid, best_ask = depth.best_bid, depth.best_ask
        if np.isfinite(best_bid) and np.isfinite(best_ask):
            position = hbt.position(0)
            fair = (best_bid + best_ask) / 2.0 - skew * position
            bid = np.floor(min(fair - half_spread, best_bid) / interval) * interval
            ask = np.ceil(max(fair + half_spread, best_ask) / interval) * interval
            bids = ladder(bid, levels, interval, tick_size, 1) if position < most else no_quotes()
            asks = ladder(ask, levels, interval, tick_size, -1) if position > -most else no_quotes()
            requote(hbt, 0, bids, asks, qty)
        recorder.record(hbt)


def asset(data):
    return (
        BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(10_000_000, 10_000_000)
        .power_prob_queue_model(2.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
    )


def run(market):
    recorder = Recorder(1, 1_000_000)
    hbt = HashMapMarketDepthBacktest([market])
    strategy(hbt, recorder.recorder, 0.3, 0.2, 0.1, 5, 0.1, 5.0)
    hbt.close()
    return recorder


if __name__ == "__main__":
    result = run(asset(sys.argv[1:])).get(0)
    print(f"{len(result)} samples; the last: {result[-1]}")
