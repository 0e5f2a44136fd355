"""One strategy that does everything at random and writes down all that it sees.

It is compiled for whichever package made the session, so two packages can be held together step by
step. The randomness is a counter hashed with the seed: it depends on the step alone.
"""

from __future__ import annotations

import numpy as np
from numba import njit, uint64

TRACE_DTYPE = np.dtype(
    [
        ("step", "i8"),
        ("action", "i8"),
        ("code", "i8"),
        ("timestamp", "i8"),
        ("best_bid_tick", "i8"),
        ("best_ask_tick", "i8"),
        ("depth", "f8"),
        ("orders", "i8"),
        ("order_hash", "u8"),
        ("trades", "f8"),
        ("position", "f8"),
        ("balance", "f8"),
        ("fee", "f8"),
        ("num_trades", "i8"),
        ("trading_volume", "f8"),
        ("trading_value", "f8"),
        ("feed_exch_ts", "i8"),
        ("feed_local_ts", "i8"),
        ("resp_exch_ts", "i8"),
        ("resp_ts", "i8"),
    ]
)

# What a strategy may do besides plain limit orders, as the sum of these.
ALL_KINDS = 1
"""Every time in force, and market orders."""
MODIFIES = 2
TURNS_BACK = 4
"""Negative durations: HftBacktest's clock goes back."""

REFERENCE_FAILURE = 14
"""HftBacktest's partial fills end a run with this code; what follows cannot be compared."""


@njit
def draw(seed, step, purpose, limit):
    """A number below ``limit`` that depends on the arguments alone."""
    x = uint64(seed) * uint64(0x9E3779B97F4A7C15) + uint64(step) * uint64(64) + uint64(purpose)
    x = (x ^ (x >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> uint64(27))) * uint64(0x94D049BB133111EB)
    return int((x ^ (x >> uint64(31))) % uint64(limit))


@njit
def mixed(value, more):
    value = (value ^ uint64(more)) * uint64(0xD6E8FEB86659FD93)
    return value ^ (value >> uint64(32))


@njit
def hash_orders(orders, lot_size):
    """The same whatever order they come in: HftBacktest's is random."""
    total = uint64(0)
    values = orders.values()
    while values.has_next():
        order = values.get()
        h = mixed(uint64(1), order.order_id)
        h = mixed(h, order.side + 5)
        h = mixed(h, order.price_tick)
        h = mixed(h, order.status * 16 + order.req)
        h = mixed(h, order.time_in_force * 16 + order.order_type)
        h = mixed(h, round(order.qty / lot_size))
        h = mixed(h, round(order.leaves_qty / lot_size))
        h = mixed(h, order.local_timestamp)
        h = mixed(h, order.exch_timestamp)
        if order.status == 3 or order.status == 5:
            h = mixed(h, round(order.exec_qty / lot_size))
            h = mixed(h, order.exec_price_tick)
        total += h
    return total


@njit
def act(hbt, asset_no, seed, step, action, next_id, habits, lots):
    """One random call; returns its code."""
    depth = hbt.depth(asset_no)
    bid, ask = depth.best_bid_tick, depth.best_ask_tick
    tick_size, lot_size = depth.tick_size, depth.lot_size
    has_book = bid > 0 and 0 < ask < 2**40
    wait = draw(seed, step, 1, 8) == 0
    recent = uint64(max(1, next_id - draw(seed, step, 2, 40)))
    if action < 6:
        longest = (2_000_000, 40_000_000, 400_000_000)[draw(seed, step, 3, 3)]
        if habits & TURNS_BACK and draw(seed, step, 12, 4) == 0:
            return hbt.elapse(-draw(seed, step, 4, 30_000_000))
        return hbt.elapse(draw(seed, step, 4, longest))
    if action < 8:
        return hbt.wait_next_feed(action == 6, draw(seed, step, 4, 60_000_000))
    if action < 13 and has_book:
        behind = draw(seed, step, 5, 5 if draw(seed, step, 6, 3) else 30) - 1
        order_id = recent if draw(seed, step, 7, 20) == 0 else uint64(next_id)
        time_in_force, order_type = draw(seed, step, 8, 2), 0
        if habits & ALL_KINDS:
            time_in_force = draw(seed, step, 8, 4)
            order_type = 1 if draw(seed, step, 9, 12) == 0 else 0
        qty = lot_size * lots * (1 + draw(seed, step, 10, 30))
        if draw(seed, step, 11, 2) == 0:
            price = (bid - behind) * tick_size
            return hbt.submit_buy_order(
                asset_no, order_id, price, qty, time_in_force, order_type, wait
            )
        price = (ask + behind) * tick_size
        return hbt.submit_sell_order(
            asset_no, order_id, price, qty, time_in_force, order_type, wait
        )
    if action == 13:
        return hbt.cancel(asset_no, recent, wait)
    if action == 14 and has_book and habits & MODIFIES:
        orders = hbt.orders(asset_no)
        if recent in orders:
            order = orders.get(recent)
            wanted = order.price_tick + draw(seed, step, 5, 5) - 2
            passive = wanted < bid if order.side == 1 else wanted > ask
            if passive:
                qty = lot_size * lots * (1 + draw(seed, step, 10, 30))
                return hbt.modify(asset_no, recent, wanted * tick_size, qty, wait)
        return 0
    if action == 15:
        hbt.clear_inactive_orders(asset_no)
        hbt.clear_last_trades(-1)
        return 0
    return hbt.wait_order_response(asset_no, recent, 15_000_000)


@njit
def drive(hbt, trace, seed, habits, lots):
    """Runs to the end of the data or of the trace; returns the number of rows.

    Order sizes are multiples of ``lots`` lots.
    """
    next_id = 1
    for step in range(len(trace)):
        asset_no = draw(seed, step, 20, hbt.num_assets)
        action = draw(seed, step, 21, 17)
        code = act(hbt, asset_no, seed, step, action, next_id, habits, lots)
        if 8 <= action < 13 and code < 10:
            next_id += 1
        row = trace[step]
        row["step"], row["action"], row["code"] = step, action, code
        row["timestamp"] = hbt.current_timestamp
        depth = hbt.depth(asset_no)
        row["best_bid_tick"], row["best_ask_tick"] = depth.best_bid_tick, depth.best_ask_tick
        if 0 < depth.best_bid_tick < depth.best_ask_tick < 2**40:
            for k in range(12):
                row["depth"] += depth.bid_qty_at_tick(depth.best_bid_tick - k) * (k + 1)
                row["depth"] += depth.ask_qty_at_tick(depth.best_ask_tick + k) * (k + 20)
        orders = hbt.orders(asset_no)
        row["orders"] = len(orders)
        row["order_hash"] = hash_orders(orders, depth.lot_size)
        trades = hbt.last_trades(asset_no)
        for i in range(len(trades)):
            row["trades"] += trades[i].px * trades[i].qty
        state = hbt.state_values(asset_no)
        row["position"], row["balance"], row["fee"] = state.position, state.balance, state.fee
        row["num_trades"] = state.num_trades
        row["trading_volume"] = state.trading_volume
        row["trading_value"] = state.trading_value
        feed = hbt.feed_latency(asset_no)
        if feed is not None:
            row["feed_exch_ts"], row["feed_local_ts"] = feed
        latency = hbt.order_latency(asset_no)
        if latency is not None:
            _, row["resp_exch_ts"], row["resp_ts"] = latency
        # Before the first call that takes time, waiting for an answer ends nothing.
        ended = code == 1 and hbt.current_timestamp < 2**63 - 1
        if ended or code >= 14:
            return step + 1
    return len(trace)


def first_difference(ours, theirs) -> str | None:
    """What differs first between two traces; None if nothing does."""
    failed = np.flatnonzero(theirs["code"] == REFERENCE_FAILURE)
    end = int(failed[0]) if len(failed) else len(theirs)
    common = min(end, len(ours))
    found = []
    for name in theirs.dtype.names:
        a, b = ours[name][:common], theirs[name][:common]
        if a.dtype.kind == "f":
            same = np.isclose(a, b, rtol=1e-9, atol=1e-9, equal_nan=True)
        else:
            same = a == b
        if not same.all():
            found.append((int(np.argmin(same)), name))
    if not found:
        if len(ours) < end or (not len(failed) and len(ours) != end):
            return f"{len(ours)} rows, and {len(theirs)} in HftBacktest"
        return None
    row = min(found)[0]
    names = ", ".join(
        f"{name} {ours[name][row]} instead of {theirs[name][row]}"
        for at, name in sorted(found)
        if at == row
    )
    return f"row {row} of {end}: {names}\n  ours {ours[row]}\n  HftBacktest {theirs[row]}"
