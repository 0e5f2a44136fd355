"""Market making by the closed form of Guéant, Lehalle and Fernandez-Tapia.

How often trades reach how deep into the book, and how much the price moves, are measured while the
strategy runs; half spread and skew follow from both.

    ringside synth --duration 10m -o market.npz
    python3 glft.py market.npz

For HftBacktest, change the package in the next line; nothing else.
"""

from ringside import BacktestAsset, Recorder, ROIVectorMarketDepthBacktest  # isort: skip

import sys

import numpy as np
from numba import njit
from requote import ladder, no_quotes, requote

TICK_SIZE, LOT_SIZE = 0.1, 0.001
STEPS_PER_SECOND = 10


@njit
def count_reaches(trades, mid_tick, tick_size, counts):
    """Adds to `counts` how many trades went at least so many half ticks beyond the mid."""
    for i in range(len(trades)):
        reach = abs(trades[i].px / tick_size - mid_tick)
        for j in range(min(len(counts), int(2 * reach))):
            counts[j] += 1.0


@njit
def decay(counts, seconds):
    """A and k of the intensity A·exp(-k·depth), by least squares on logarithms; NaN without data.

    Depth is in ticks, intensity in trades a second.
    """
    n, sx, sy, sxx, sxy = 0, 0.0, 0.0, 0.0, 0.0
    for j in range(len(counts)):
        if counts[j] > 0.0:
            x, y = 0.5 * (j + 1), np.log(counts[j] / seconds)
            n += 1
            sx, sy, sxx, sxy = sx + x, sy + y, sxx + x * x, sxy + x * y
    spread = n * sxx - sx * sx
    if n < 3 or spread <= 0.0:
        return np.nan, np.nan
    slope = (n * sxy - sx * sy) / spread
    return np.exp((sy - slope * sx) / n), -slope


@njit
def coefficients(gamma, a, k):
    """Half spread without risk, and what one unit of volatility adds to it for each unit held."""
    c1 = np.log(1.0 + gamma / k) / gamma
    c2 = np.sqrt(gamma / (2.0 * a * k) * (1.0 + gamma / k) ** (k / gamma + 1.0))
    return c1, c2


@njit
def strategy(hbt, recorder, gamma, levels, qty, most):
    tick_size = hbt.depth(0).tick_size
    window = 60 * STEPS_PER_SECOND
    moves = np.full(window, np.nan)  # of the mid from step to step, in ticks
    counts = np.zeros(40)
    half_spread, skew = np.nan, np.nan
    last_mid = np.nan
    step = 0
    while hbt.elapse(1_000_000_000 // STEPS_PER_SECOND) == 0:
        if np.isfinite(last_mid):
            count_reaches(hbt.last_trades(0), last_mid, tick_size, counts)
        hbt.clear_last_trades(0)
        hbt.clear_inactive_orders(0)
        depth = hbt.depth(0)
        best_bid, best_ask = depth.best_bid_tick, depth.best_ask_tick
        if best_bid > 0 and best_ask < 2**40:
            mid = (best_bid + best_ask) / 2.0
            moves[step % window] = mid - last_mid
            last_mid = mid
            step += 1
            if step % (5 * STEPS_PER_SECOND) == 0 and step >= 10 * STEPS_PER_SECOND:
                seconds = step / STEPS_PER_SECOND
                a, k = decay(counts, seconds)
                if k > 0.0:
                    c1, c2 = coefficients(gamma, a, k)
                    volatility = np.nanstd(moves) * np.sqrt(STEPS_PER_SECOND)
                    half_spread = c1 + 0.5 * c2 * volatility
                    skew = c2 * volatility
            if np.isfinite(half_spread):
                position = hbt.position(0)
                held = position / qty
                # Orders are a tick apart, so that prices can be counted in whole ticks.
                bid = min(np.floor(mid - half_spread - skew * held), best_bid)
                ask = max(np.ceil(mid + half_spread - skew * held), best_ask)
                bids, asks = no_quotes(), no_quotes()
                if position < most:
                    bids = ladder(bid * tick_size, levels, tick_size, tick_size, 1)
                if position > -most:
                    asks = ladder(ask * tick_size, levels, tick_size, tick_size, -1)
                requote(hbt, 0, bids, asks, qty)
        recorder.record(hbt)


def asset(data):
    return (
        BacktestAsset()
        .data(data)
        .linear_asset(1.0)
        .constant_order_latency(10_000_000, 10_000_000)
        .log_prob_queue_model2()
        .no_partial_fill_exchange()
        .trading_value_fee_model(-0.00005, 0.0007)
        .tick_size(TICK_SIZE)
        .lot_size(LOT_SIZE)
        .roi_lb(40_000.0)
        .roi_ub(60_000.0)
        .last_trades_capacity(10_000)
    )


def run(market):
    recorder = Recorder(1, 1_000_000)
    hbt = ROIVectorMarketDepthBacktest([market])
    strategy(hbt, recorder.recorder, 0.05, 2, 0.1, 1.0)
    hbt.close()
    return recorder


if __name__ == "__main__":
    result = run(asset(sys.argv[1:])).get(0)
    print(f"{len(result)} samples; the last: {result[-1]}")
