"""Quotes around a fair price that the imbalance of the book moves.

The quantity bid less the quantity asked near the mid is compared with what it was in the last
minutes; so many standard deviations away from usual, so far is the fair price from the mid.

    ringside synth --duration 10m -o market.npz
    python3 imbalance.py market.npz

For HftBacktest, change the package in the next line; nothing else.
"""

from ringside import BacktestAsset, Recorder, ROIVectorMarketDepthBacktest  # isort: skip

import sys

import numpy as np
from numba import njit
from requote import ladder, no_quotes, requote

TICK_SIZE, LOT_SIZE = 0.1, 0.001


@njit
def imbalance_of(depth, reach):
    """Quantity bid less quantity asked, no further than `reach` ticks from the touch."""
    first = depth.roi_lb_tick
    bid = depth.best_bid_tick - first
    ask = depth.best_ask_tick - first
    bids = depth.bid_depth[max(0, bid - reach + 1) : bid + 1].sum()
    asks = depth.ask_depth[ask : ask + reach].sum()
    return bids - asks


@njit
def strategy(hbt, recorder, reach, window, weight, half_spread, skew, qty, most):
    """`weight`, `half_spread` and `skew` are in ticks, `window` in steps of a tenth of a second."""
    tick_size = hbt.depth(0).tick_size
    past = np.full(window, np.nan)
    step = 0
    while hbt.elapse(100_000_000) == 0:
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        if np.isfinite(depth.best_bid) and np.isfinite(depth.best_ask):
            past[step % window] = imbalance_of(depth, reach)
            step += 1
            if step > 100:
                usual, spread = np.nanmean(past), np.nanstd(past)
                alpha = (past[(step - 1) % window] - usual) / spread if spread > 0.0 else 0.0
                position = hbt.position(0)
                mid = (depth.best_bid_tick + depth.best_ask_tick) / 2.0
                fair = mid + weight * alpha - skew * position / qty
                bid = min(np.floor(fair - half_spread), depth.best_bid_tick)
                ask = max(np.ceil(fair + half_spread), depth.best_ask_tick)
                bids, asks = no_quotes(), no_quotes()
                if position < most:
                    bids = ladder(bid * tick_size, 1, tick_size, tick_size, 1)
                if position > -most:
                    asks = ladder(ask * tick_size, 1, tick_size, tick_size, -1)
                requote(hbt, 0, bids, asks, qty)
        recorder.record(hbt)


def asset(data):
    return (
        BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(10_000_000, 10_000_000)
        .power_prob_queue_model3(3.0)
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
        .roi_lb(40_000.0)
        .roi_ub(60_000.0)
    )


def run(market):
    recorder = Recorder(1, 1_000_000)
    hbt = ROIVectorMarketDepthBacktest([market])
    strategy(hbt, recorder.recorder, 20, 1200, 2.0, 1.0, 0.3, 0.1, 1.0)
    hbt.close()
    return recorder


if __name__ == "__main__":
    result = run(asset(sys.argv[1:])).get(0)
    print(f"{len(result)} samples; the last: {result[-1]}")
