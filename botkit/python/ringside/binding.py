"""A bot's session with a venue and what it shows: depth, orders, state and trades.

The same objects work in plain Python and in functions compiled by Numba.
"""

from __future__ import annotations

import ctypes
import os
import sys
import weakref
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._native import check, int64, native, numba_type, raise_last_error, uint64
from .asset import BacktestAsset, open_session
from .order import Order
from .state import StateValues
from .types import CLOSED, event_dtype

LIVE_FEATURE = True

# Where Numba finds the object of a session that a compiled function returns.
_sessions: weakref.WeakValueDictionary[int, Session] = weakref.WeakValueDictionary()


def _doubles(session: Session, address: int | None, count: int) -> NDArray[np.float64]:
    """A view of native memory that lives as long as the session's object."""
    if not address:
        return np.empty(0)
    buffer = (ctypes.c_double * count).from_address(address)
    buffer.owner = session
    view = np.frombuffer(buffer)
    view.flags.writeable = False
    return view


class HashMapMarketDepth:
    """The book of one asset as the bot sees it; always current."""

    __slots__ = ("_asset", "_session")
    _numba_type_ = numba_type("depth")

    def __init__(self, session: Session, asset: int) -> None:
        self._session = session
        self._asset = asset

    @property
    def ptr(self) -> int:
        return self._asset

    @property
    def best_bid(self) -> float:
        """Price of the best bid; NaN if there is none."""
        return native.best_bid(self._asset)

    @property
    def best_ask(self) -> float:
        """Price of the best ask; NaN if there is none."""
        return native.best_ask(self._asset)

    @property
    def best_bid_tick(self) -> int:
        return native.best_bid_tick(self._asset)

    @property
    def best_ask_tick(self) -> int:
        return native.best_ask_tick(self._asset)

    @property
    def best_bid_qty(self) -> float:
        return native.best_bid_qty(self._asset)

    @property
    def best_ask_qty(self) -> float:
        return native.best_ask_qty(self._asset)

    @property
    def tick_size(self) -> float:
        return native.tick_size(self._asset)

    @property
    def lot_size(self) -> float:
        return native.lot_size(self._asset)

    def bid_qty_at_tick(self, price_tick: int) -> float:
        """Bid quantity at a tick: 0 without a level, NaN outside a book's range."""
        return native.bid_qty_at_tick(self._asset, int64(price_tick))

    def ask_qty_at_tick(self, price_tick: int) -> float:
        """Ask quantity at a tick: 0 without a level, NaN outside a book's range."""
        return native.ask_qty_at_tick(self._asset, int64(price_tick))

    def snapshot(self) -> NDArray[Any]:
        """All levels as snapshot events: bids from the best down, then asks from the best up."""
        rows = np.empty(native.depth_levels(self._asset), event_dtype)
        native.depth_snapshot(self._asset, rows.ctypes.data, len(rows))
        return rows

    def snapshot_free(self, arr: NDArray[Any]) -> None:
        """Nothing to do: a snapshot is an ordinary array."""


class ROIVectorMarketDepth(HashMapMarketDepth):
    """A book that keeps a range of prices, whose quantities can be read as arrays."""

    __slots__ = ()
    _numba_type_ = numba_type("roi_depth")

    @property
    def roi_lb_tick(self) -> int:
        return native.range_first_tick(self._asset)

    @property
    def roi_ub_tick(self) -> int:
        return native.range_last_tick(self._asset)

    @property
    def bid_depth(self) -> NDArray[np.float64]:
        """Bid quantities by ``tick - roi_lb_tick``; changes as time passes, ends with close()."""
        count = self.roi_ub_tick - self.roi_lb_tick + 1
        return _doubles(self._session, native.bid_depth(self._asset), count)

    @property
    def ask_depth(self) -> NDArray[np.float64]:
        """Ask quantities by ``tick - roi_lb_tick``; changes as time passes, ends with close()."""
        count = self.roi_ub_tick - self.roi_lb_tick + 1
        return _doubles(self._session, native.ask_depth(self._asset), count)


class Values:
    """A walk over orders in the order of their submission.

    Cancelling and submitting on the way is allowed; orders submitted on the way are not visited.
    """

    __slots__ = ("_asset", "_end", "_order", "_place", "_session")

    def __init__(self, session: Session, asset: int) -> None:
        self._session = session
        self._asset = asset
        self._place = -1
        self._end = native.orders_count(asset)
        self._order: Order | None = None

    def next(self) -> Order | None:
        """Goes on to the next order; None at the end."""
        self._order = None
        if self._place + 1 < self._end:
            self._place += 1
            found = native.orders_at(self._asset, self._place)
            if found:
                order_id = native.order_id(self._asset, found)
                self._order = Order(self._session, self._asset, order_id)
        return self._order

    def has_next(self) -> bool:
        """Goes on to the next order and tells whether there is one; call it once for each."""
        return self.next() is not None

    def get(self) -> Order:
        """The order that the walk has come to."""
        if self._order is None:
            raise RuntimeError("there is no order here: call has_next() before each get()")
        return self._order

    def __iter__(self) -> Iterator[Order]:
        return self

    def __next__(self) -> Order:
        order = self.next()
        if order is None:
            raise StopIteration
        return order


class OrderDict:
    """The bot's orders on one asset, inactive ones included until they are cleared."""

    __slots__ = ("_asset", "_session")
    _numba_type_ = numba_type("orders")

    def __init__(self, session: Session, asset: int) -> None:
        self._session = session
        self._asset = asset

    def __len__(self) -> int:
        return native.orders_count(self._asset)

    def __contains__(self, order_id: int) -> bool:
        return bool(native.orders_find(self._asset, uint64(order_id)))

    def get(self, order_id: int) -> Order | None:
        order_id = uint64(order_id)
        if not native.orders_find(self._asset, order_id):
            return None
        return Order(self._session, self._asset, order_id)

    def values(self) -> Values:
        return Values(self._session, self._asset)


class Session:
    """A bot's session with a venue: a simulated one in this process, or a service on a bus.

    Times are nanoseconds. Calls that take time return 0 when it has passed, 1 at the end of the
    data and 10 or more on errors; :mod:`ringside.types` names the codes.
    """

    __slots__ = ("__weakref__", "_assets", "_keep", "_ptr")
    _depth_class: type[HashMapMarketDepth] = HashMapMarketDepth

    def __init__(self, ptr: int, keep: object = None) -> None:
        self._ptr = ptr
        self._keep = keep  # arrays that the native side reads
        count = native.num_assets(ptr)
        self._assets = tuple(native.asset_at(ptr, number) for number in range(count))
        _sessions[ptr] = self

    def __del__(self) -> None:
        ptr, self._ptr = getattr(self, "_ptr", None), None
        if ptr:
            native.free(ptr)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _asset(self, asset_no: int) -> int:
        number = int(asset_no)
        if not 0 <= number < len(self._assets):
            raise IndexError(f"there is no asset {number}: there are {len(self._assets)}, from 0")
        return self._assets[number]

    def _number(self, asset_no: int, all_assets: bool = False) -> int:
        number = int(asset_no)
        if all_assets and number in (-1, 2**64 - 1):
            return -1
        self._asset(number)
        return number

    @property
    def ptr(self) -> int:
        return self._ptr

    @property
    def current_timestamp(self) -> int:
        """The bot's time; 2**63 - 1 before the first call that takes time."""
        return native.current_timestamp(self._ptr)

    @property
    def num_assets(self) -> int:
        return len(self._assets)

    def depth(self, asset_no: int) -> HashMapMarketDepth:
        return self._depth_class(self, self._asset(asset_no))

    def position(self, asset_no: int) -> float:
        return native.position(self._asset(asset_no))

    def state_values(self, asset_no: int) -> StateValues:
        return StateValues(self, self._asset(asset_no))

    def orders(self, asset_no: int) -> OrderDict:
        return OrderDict(self, self._asset(asset_no))

    def last_trades(self, asset_no: int) -> NDArray[Any]:
        """Trades since the last clear; a copy, where compiled functions get a view."""
        asset = self._asset(asset_no)
        rows = np.empty(native.last_trades_count(asset), event_dtype)
        if len(rows):
            ctypes.memmove(rows.ctypes.data, native.last_trades(asset), rows.nbytes)
        return rows

    def clear_last_trades(self, asset_no: int) -> None:
        native.clear_last_trades(self._ptr, self._number(asset_no, all_assets=True))

    def clear_inactive_orders(self, asset_no: int) -> None:
        """Forgets orders that are expired, filled or cancelled."""
        native.clear_inactive_orders(self._ptr, self._number(asset_no, all_assets=True))

    def submit_buy_order(
        self,
        asset_no: int,
        order_id: int,
        price: float,
        qty: float,
        time_in_force: int,
        order_type: int,
        wait: bool,
    ) -> int:
        """Sends a buy order; with ``wait``, returns when the venue has answered."""
        number = self._number(asset_no)
        order = (uint64(order_id), price, qty, int64(time_in_force), int64(order_type), bool(wait))
        return native.submit(self._ptr, number, 1, *order)

    def submit_sell_order(
        self,
        asset_no: int,
        order_id: int,
        price: float,
        qty: float,
        time_in_force: int,
        order_type: int,
        wait: bool,
    ) -> int:
        """Sends a sell order; with ``wait``, returns when the venue has answered."""
        number = self._number(asset_no)
        order = (uint64(order_id), price, qty, int64(time_in_force), int64(order_type), bool(wait))
        return native.submit(self._ptr, number, -1, *order)

    def modify(self, asset_no: int, order_id: int, price: float, qty: float, wait: bool) -> int:
        """Changes price and open quantity; keeps the place in the queue only at the same price
        and no larger quantity."""
        number = self._number(asset_no)
        return native.modify(self._ptr, number, uint64(order_id), price, qty, bool(wait))

    def cancel(self, asset_no: int, order_id: int, wait: bool) -> int:
        return native.cancel(self._ptr, self._number(asset_no), uint64(order_id), bool(wait))

    def wait_order_response(self, asset_no: int, order_id: int, timeout: int) -> int:
        """Waits for the answer to an order's request; 0 both on the answer and on the timeout."""
        number = self._number(asset_no)
        return native.wait_order_response(self._ptr, number, uint64(order_id), int64(timeout))

    def wait_next_feed(self, include_order_resp: bool, timeout: int) -> int:
        """Waits for the next event: 0 timeout, 1 end, 2 market event, 3 order response."""
        return native.wait_next_feed(self._ptr, bool(include_order_resp), int64(timeout))

    def elapse(self, duration: int) -> int:
        """Lets time pass; 0 when it has, 1 at the end of the data."""
        return native.elapse(self._ptr, int64(duration))

    def elapse_bt(self, duration: int) -> int:
        """The same as :meth:`elapse`."""
        return native.elapse(self._ptr, int64(duration))

    def feed_latency(self, asset_no: int) -> tuple[int, int] | None:
        """``(exch_ts, local_ts)`` of the last market event."""
        return _times(native.feed_latency(self._asset(asset_no)), 2)

    def order_latency(self, asset_no: int) -> tuple[int, int, int] | None:
        """``(req_ts, exch_ts, resp_ts)`` of the last answer from the venue."""
        return _times(native.order_latency(self._asset(asset_no)), 3)

    def log_orders(self, file: str | os.PathLike[str]) -> None:
        """Writes every response to a ``.npy`` file for the report; it appears on :meth:`close`."""
        code = native.log_orders(self._ptr, os.fsencode(file))
        if code == CLOSED:
            raise RuntimeError("the session is closed")
        check(code)

    @property
    def live_errors(self) -> int:
        """On a live venue: books that broke, times when orders were not taken, and refusals."""
        return native.live_errors(self._ptr)

    def close(self) -> int:
        """Ends the session; what was taken from it shows nothing any more."""
        return native.close(self._ptr)

    def _goto_end(self) -> int:
        return native.go_to_end(self._ptr)


def _times(address: int | None, count: int) -> Any:
    return None if not address else tuple((ctypes.c_int64 * count).from_address(address))


class HashMapMarketDepthBacktest(Session):
    """A backtest in this process whose books are unbounded."""

    __slots__ = ()
    _numba_type_ = numba_type("session")

    def __init__(self, assets: Sequence[BacktestAsset]) -> None:
        super().__init__(*open_session(assets, ranged=False))


class ROIVectorMarketDepthBacktest(Session):
    """A backtest in this process whose books keep a range of prices."""

    __slots__ = ()
    _depth_class = ROIVectorMarketDepth
    _numba_type_ = numba_type("roi_session")

    def __init__(self, assets: Sequence[BacktestAsset]) -> None:
        super().__init__(*open_session(assets, ranged=True))


class BusSession(Session):
    """A session with a venue service, live, paper or replaying."""

    __slots__ = ()
    _numba_type_ = numba_type("session")


class ROIBusSession(Session):
    """A session with a venue service whose books keep a range of prices."""

    __slots__ = ()
    _depth_class = ROIVectorMarketDepth
    _numba_type_ = numba_type("roi_session")


def prepare_live(ptr: int, stop_on_signals: bool, stop_on_error: bool) -> None:
    """Tells a session when to stop by itself; nothing on recorded data."""
    if stop_on_signals:
        check(native.stop_on_signals(ptr))
    check(native.stop_on_error(ptr, stop_on_error))


def connect(
    bus: str,
    *,
    name: str | None = None,
    last_trades_capacity: int = 0,
    roi: bool = False,
    stop_on_signals: bool = True,
    stop_on_error: bool = False,
) -> Session:
    """Attaches to the venue service on a bus, as the same object that a backtest gives.

    Args:
        bus: Name of the bus, as given to ``replayd`` or ``connectord``.
        name: How the bot is called there; this program's name by default.
        last_trades_capacity: Above 0 keeps trades for ``last_trades``.
        roi: Whether the service's books keep a range of prices, to be read as arrays.
        stop_on_signals: On a live venue, SIGINT (Ctrl-C) and SIGTERM let calls that take time
            return 1, so that the strategy ends and its record is written; a second signal does
            what it always does.
        stop_on_error: On a live venue, the same when a book breaks, orders are not taken for now
            or a request is refused; ``last_error()`` says which.
    """
    if name is None:
        name = Path(sys.argv[0] or "python").stem
    ptr = native.connect(bus.encode(), name.encode())
    if not ptr:
        raise_last_error()
    if last_trades_capacity > 0:
        native.keep_last_trades(ptr, -1, last_trades_capacity)
    prepare_live(ptr, stop_on_signals, stop_on_error)
    return (ROIBusSession if roi else BusSession)(ptr)


def _session_at(ptr: int) -> Session:
    """The object of a session that compiled code returns."""
    return _sessions[ptr]


def _depth_at(asset: int) -> HashMapMarketDepth:
    session = _sessions[native.asset_session(asset)]
    return session._depth_class(session, asset)


def _orders_at(asset: int) -> OrderDict:
    return OrderDict(_sessions[native.asset_session(asset)], asset)


def _state_values_at(asset: int) -> StateValues:
    return StateValues(_sessions[native.asset_session(asset)], asset)


def _order_at(asset: int, order: int) -> Order:
    return Order(_sessions[native.asset_session(asset)], asset, native.order_id(asset, order))


HashMapMarketDepth_ = HashMapMarketDepth
ROIVectorMarketDepth_ = ROIVectorMarketDepth
HashMapMarketDepthBacktest_ = HashMapMarketDepthBacktest
ROIVectorMarketDepthBacktest_ = ROIVectorMarketDepthBacktest
HashMapMarketDepthBacktest_TypeHint = HashMapMarketDepthBacktest
ROIVectorMarketDepthBacktest_TypeHint = ROIVectorMarketDepthBacktest
