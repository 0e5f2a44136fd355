"""What the examples share: making the orders at the venue those that are wanted."""

import numpy as np
from numba import njit, types
from numba.typed import Dict

# The same numbers in Ringside and HftBacktest.
BUY, SELL = 1, -1
GTX, LIMIT = 1, 0


@njit
def no_quotes():
    """Prices by order id. An order's id is its price in ticks."""
    return Dict.empty(types.uint64, types.float64)


@njit
def ladder(best_price, levels, interval, tick_size, side):
    """`levels` quotes from a price away from the other side, `interval` apart."""
    quotes = no_quotes()
    price = best_price
    for _ in range(levels):
        quotes[np.uint64(round(price / tick_size))] = price
        price -= side * interval
    return quotes


@njit
def requote(hbt, asset_no, bids, asks, qty):
    """Cancels orders at prices that are not wanted any more, and submits those that are missing."""
    orders = hbt.orders(asset_no)
    values = orders.values()
    while values.has_next():
        order = values.get()
        if order.cancellable:
            wanted = bids if order.side == BUY else asks
            if order.order_id not in wanted:
                hbt.cancel(asset_no, order.order_id, False)
    for order_id, price in bids.items():
        if order_id not in orders:
            hbt.submit_buy_order(asset_no, order_id, price, qty, GTX, LIMIT, False)
    for order_id, price in asks.items():
        if order_id not in orders:
            hbt.submit_sell_order(asset_no, order_id, price, qty, GTX, LIMIT, False)
