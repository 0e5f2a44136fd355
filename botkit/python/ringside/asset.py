"""How the assets of a backtest are described."""

from __future__ import annotations

import math
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from operator import index
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._native import check, int64, native, raise_last_error
from .instrument import Instrument
from .models import NativeFunction
from .types import event_dtype, order_latency_dtype

Data = str | os.PathLike[str] | NDArray[Any]

# In the order of the C interface.
_QUEUES = (
    *("risk_adverse", "power_prob", "power_prob2", "power_prob3", "log_prob", "log_prob2"),
    "l3",
)
_FEES = ("value", "qty", "flat")


def _source(data: Any, dtype: np.dtype[Any], what: str) -> str | NDArray[Any]:
    """A path as text, or rows in the layout that the native side reads; copies only if it must."""
    if isinstance(data, (str, os.PathLike)):
        return os.fspath(data)
    if not isinstance(data, np.ndarray):
        raise ValueError(
            f"{what}: expected a file name or an array of {dtype.itemsize}-byte rows, or a list "
            f"of them, not {type(data).__name__}"
        )
    if data.ndim != 1:
        raise ValueError(f"{what}: the array has {data.ndim} dimensions instead of one")
    if data.dtype == dtype:
        return np.ascontiguousarray(data)
    names = data.dtype.names
    if names is None or len(names) != len(dtype.names or ()):
        raise ValueError(f"{what}: rows of type {data.dtype} are not {dtype}")
    for ours, theirs in zip(dtype.names or (), names, strict=True):
        found, wanted = data.dtype[theirs], dtype[ours]
        if found != wanted:
            raise ValueError(f"{what}: field {theirs} is {found} instead of {wanted}")
    rows = np.empty(len(data), dtype)
    for ours, theirs in zip(dtype.names or (), names, strict=True):
        rows[ours] = data[theirs]
    return rows


def _sources(data: Any, dtype: np.dtype[Any], what: str) -> list[str | NDArray[Any]]:
    several = data if isinstance(data, (list, tuple)) else [data]
    return [_source(one, dtype, what) for one in several]


class BacktestAsset(Instrument):
    """One asset of a backtest: its data, and the models that simulate it.

    Every setter returns the object. Arrays are neither copied nor changed; the backtest holds on
    to them.
    """

    def __init__(self) -> None:
        super().__init__()
        self._data: list[str | NDArray[Any]] = []
        self._snapshot: str | NDArray[Any] | None = None
        self._feed_offset = 0
        self._contract = (False, 1.0)
        self._latency = (0, 0)
        self._entry_latencies: tuple[int, int] | None = None
        self._latency_data: list[str | NDArray[Any]] = []
        self._latency_data_offset = 0
        self._queue = ("log_prob2", 1.0)
        self._partial_fill = False
        self._fee = ("value", 0.0, 0.0)
        self._directional_fee = (0.0, 0.0)
        self._compat = False
        # Models of one's own: name, functions, and what else the native side is told.
        self._own_queue: _OwnModel | None = None
        self._own_latency: _OwnModel | None = None
        self._own_fee: _OwnModel | None = None

    def data(self, data: Data | Sequence[Data]) -> BacktestAsset:
        """Appends recorded events: files, arrays of :data:`event_dtype`, or a list of them."""
        self._data += _sources(data, event_dtype, "data")
        return self

    def add_file(self, data: str) -> BacktestAsset:
        return self.data(data)

    def add_data(self, data: NDArray[Any]) -> BacktestAsset:
        return self.data(data)

    def initial_snapshot(self, data: Data) -> BacktestAsset:
        """The book before the first event."""
        self._snapshot = _source(data, event_dtype, "initial_snapshot")
        return self

    def parallel_load(self, parallel_load: bool) -> BacktestAsset:
        """Files are always decoded ahead on another thread."""
        return self

    def latency_offset(self, latency_offset: int) -> BacktestAsset:
        """Nanoseconds added to every ``local_ts``; refused where a latency is then not above 0."""
        self._feed_offset = int64(index(latency_offset))
        return self

    def linear_asset(self, contract_size: float) -> BacktestAsset:
        self._contract = (False, float(contract_size))
        return self

    def inverse_asset(self, contract_size: float) -> BacktestAsset:
        self._contract = (True, float(contract_size))
        return self

    def constant_order_latency(
        self,
        entry_latency: int,
        resp_latency: int,
        *,
        modify_entry: int | None = None,
        cancel_entry: int | None = None,
    ) -> BacktestAsset:
        """Nanoseconds to the venue and back; a negative entry latency refuses every order.

        ``modify_entry`` and ``cancel_entry`` are the way of modifies and cancels where it differs;
        no request overtakes one that was sent before it.
        """
        entry = int64(index(entry_latency))
        self._latency = (entry, int64(index(resp_latency)))
        self._entry_latencies = None
        if modify_entry is not None or cancel_entry is not None:
            self._entry_latencies = (
                entry if modify_entry is None else int64(index(modify_entry)),
                entry if cancel_entry is None else int64(index(cancel_entry)),
            )
        self._latency_data = []
        self._own_latency = None
        return self

    def constant_latency(self, entry_latency: int, resp_latency: int) -> BacktestAsset:
        warnings.warn(
            "constant_latency is deprecated: use constant_order_latency",
            DeprecationWarning,
            stacklevel=2,
        )
        return self.constant_order_latency(entry_latency, resp_latency)

    def intp_order_latency(
        self, data: Data | Sequence[Data], latency_offset: int = 0
    ) -> BacktestAsset:
        """Interpolates measured latencies: files or arrays of :data:`order_latency_dtype`."""
        sources = _sources(data, order_latency_dtype, "intp_order_latency")
        if not sources:
            raise ValueError("intp_order_latency: the list is empty: give a file or an array")
        self._latency_data = sources
        self._latency_data_offset = int64(index(latency_offset))
        self._own_latency = None
        return self

    def custom_latency(
        self,
        entry: Callable[..., Any],
        response: Callable[..., Any],
        *,
        least_entry: int,
        least_response: int,
        name: str = "custom",
    ) -> BacktestAsset:
        """Order latency by functions of one's own; see :mod:`ringside.models`.

        Args:
            entry: ``(kind, req_ts)`` to nanoseconds on the way to the venue; ``kind`` is 1 for a
                submit, 2 a modify, 3 a cancel. Below 0: the request is refused on the way, and that
                is heard after so long.
            response: ``(exch_ts)`` to nanoseconds on the way back.
            least_entry: No ``entry`` is below this, refusals excepted.
            least_response: No ``response`` is below this.
            name: In messages.
        """
        functions = {"entry": entry, "response": response}
        bounds = (int64(index(least_entry)), int64(index(least_response)))
        self._own_latency = _OwnModel("custom_latency", name, functions, bounds)
        self._latency_data = []
        return self

    def risk_adverse_queue_model(self) -> BacktestAsset:
        """An order advances by trades alone."""
        return self._set_queue("risk_adverse")

    def log_prob_queue_model(self) -> BacktestAsset:
        return self._set_queue("log_prob")

    def log_prob_queue_model2(self) -> BacktestAsset:
        return self._set_queue("log_prob2")

    def power_prob_queue_model(self, n: float) -> BacktestAsset:
        return self._set_queue("power_prob", n)

    def power_prob_queue_model2(self, n: float) -> BacktestAsset:
        return self._set_queue("power_prob2", n)

    def power_prob_queue_model3(self, n: float) -> BacktestAsset:
        return self._set_queue("power_prob3", n)

    def l3_fifo_queue_model(self) -> BacktestAsset:
        """The order's true place, from market-by-order data."""
        return self._set_queue("l3")

    def custom_queue_model(
        self,
        new_order: Callable[..., Any],
        trade: Callable[..., Any],
        depth: Callable[..., Any],
        filled: Callable[..., Any],
        *,
        name: str = "custom",
    ) -> BacktestAsset:
        """Queue positions by functions of one's own; see :mod:`ringside.models`.

        ``state`` is an array of 8 numbers for each order, 0 when it comes to rest, and ``order`` a
        :data:`ringside.models.queued_order_dtype`. Quantities are decimal.

        Args:
            new_order: ``(state, order, level_qty)``: the order joins the back of its level.
            trade: ``(state, order, qty)``: a trade at the order's price.
            depth: ``(state, order, before, after)``: the displayed quantity changed.
            filled: ``(state, order)`` to the quantity that trades have reached since it was last
                asked, after each trade.
            name: In messages.
        """
        functions = {"new_order": new_order, "trade": trade, "depth": depth, "filled": filled}
        self._own_queue = _OwnModel("custom_queue_model", name, functions)
        return self

    def _set_queue(self, name: str, power: float = 1.0) -> BacktestAsset:
        self._queue = (name, float(power))
        self._own_queue = None
        return self

    def no_partial_fill_exchange(self) -> BacktestAsset:
        self._partial_fill = False
        return self

    def partial_fill_exchange(self) -> BacktestAsset:
        self._partial_fill = True
        return self

    def trading_value_fee_model(self, maker_fee: float, taker_fee: float) -> BacktestAsset:
        """Fees as parts of the traded value; negative is a rebate."""
        return self._set_fee("value", maker_fee, taker_fee)

    def trading_qty_fee_model(self, maker_fee: float, taker_fee: float) -> BacktestAsset:
        """Fees for each unit of quantity."""
        return self._set_fee("qty", maker_fee, taker_fee)

    def flat_per_trade_fee_model(self, maker_fee: float, taker_fee: float) -> BacktestAsset:
        """Fees for each execution."""
        return self._set_fee("flat", maker_fee, taker_fee)

    def directional_fee(self, buyer_fee: float, seller_fee: float) -> BacktestAsset:
        """Added to the value or quantity model: parts of the traded value of buys and of sells.

        A tax on sells, for instance.
        """
        self._directional_fee = (float(buyer_fee), float(seller_fee))
        return self

    def custom_fee(self, fee: Callable[..., Any], *, name: str = "custom") -> BacktestAsset:
        """Fees by a function of one's own; see :mod:`ringside.models`.

        Args:
            fee: ``(maker, side, price, qty, amount)`` of an execution to its fee; ``maker`` is 1 or
                0, ``side`` 1 or -1, ``amount`` the traded value. Negative is a rebate.
            name: In messages.
        """
        self._own_fee = _OwnModel("custom_fee", name, {"fee": fee})
        return self

    def _set_fee(self, kind: str, maker: float, taker: float) -> BacktestAsset:
        self._fee = (kind, float(maker), float(taker))
        self._own_fee = None
        return self

    def compat(self, compat: bool = True) -> BacktestAsset:
        """Simulates as HftBacktest 2.4 does, defects included; all assets must agree."""
        self._compat = bool(compat)
        return self

    def _describe(self, venue: int, number: int, ranged: bool) -> None:
        """Adds this asset to a venue."""
        symbol = self._symbol or f"asset {number}"
        for name, value in zip(("tick_size", "lot_size"), self._grid, strict=True):
            if not (value > 0 and math.isfinite(value)):
                raise ValueError(f"{symbol}: set {name} to a number above zero, not {value}")
        self._check_models(symbol, ranged)
        check(native.venue_add_asset(venue, symbol.encode(), *self._grid))
        check(native.asset_contract(venue, *self._contract))
        for source in self._data:
            _hand_over(venue, source, native.asset_data_file, native.asset_data_rows)
        if self._snapshot is not None:
            hand = (native.asset_snapshot_file, native.asset_snapshot_rows)
            _hand_over(venue, self._snapshot, *hand)
        check(native.asset_feed_offset(venue, self._feed_offset))
        check(native.asset_latency(venue, *self._latency))
        if self._entry_latencies is not None:
            check(native.asset_entry_latencies(venue, *self._entry_latencies))
        for source in self._latency_data:
            _hand_over(venue, source, native.asset_latency_file, native.asset_latency_rows)
        check(native.asset_latency_data_offset(venue, self._latency_data_offset))
        check(native.asset_queue(venue, _QUEUES.index(self._queue[0]), self._queue[1]))
        check(native.asset_exchange(venue, self._partial_fill))
        check(native.asset_fee(venue, _FEES.index(self._fee[0]), *self._fee[1:]))
        check(native.asset_directional_fee(venue, *self._directional_fee))
        for own, hand_over in (
            (self._own_queue, native.asset_custom_queue),
            (self._own_latency, native.asset_custom_latency),
            (self._own_fee, native.asset_custom_fee),
        ):
            if own is not None:
                check(hand_over(venue, own.name.encode(), *own.addresses, *own.bounds))
        if ranged:
            check(native.asset_range(venue, *self._range))

    def _check_models(self, symbol: str, ranged: bool) -> None:
        size, power = self._contract[1], self._queue[1]
        if not (size > 0 and math.isfinite(size)):
            raise ValueError(f"{symbol}: the contract size must be above zero, not {size}")
        if not math.isfinite(power):
            raise ValueError(f"{symbol}: the queue model's power must be a number, not {power}")
        fees = (*self._fee[1:], *self._directional_fee)
        for name, fee in zip(("maker", "taker", "buyer", "seller"), fees, strict=True):
            if not math.isfinite(fee):
                raise ValueError(f"{symbol}: the {name} fee must be a number, not {fee}")
        if ranged and self._range == (0.0, 0.0) and not self._compat:
            raise ValueError(f"{symbol}: set the range of the book with roi_lb and roi_ub")

    def _held(self) -> Iterable[object]:
        """What the native side reads or calls."""
        sources = (*self._data, self._snapshot, *self._latency_data)
        models = (self._own_queue, self._own_latency, self._own_fee)
        return [*(s for s in sources if isinstance(s, np.ndarray)), *models]


class _OwnModel:
    """A model of one's own, ready to be called."""

    def __init__(
        self,
        setter: str,
        name: str,
        functions: dict[str, Callable[..., Any]],
        bounds: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.bounds = bounds
        self._functions = [
            NativeFunction(role, function, f"{setter}: {role}")
            for role, function in functions.items()
        ]

    @property
    def addresses(self) -> list[int]:
        return [function.address for function in self._functions]


def _hand_over(
    venue: int,
    source: str | NDArray[Any],
    file: Callable[[int, bytes], int],
    rows: Callable[[int, int, int], int],
) -> None:
    if isinstance(source, str):
        if not os.path.exists(source):
            raise FileNotFoundError(f"{source}: there is no such file")
        check(file(venue, os.fsencode(source)))
    else:
        check(rows(venue, source.ctypes.data, len(source)))


def open_session(assets: Sequence[BacktestAsset], *, ranged: bool) -> tuple[int, object]:
    """Opens a backtest; returns its handle and what must live as long."""
    assets = list(assets)
    if not assets:
        raise ValueError("there is no asset: give at least one BacktestAsset")
    for asset in assets:
        if not isinstance(asset, BacktestAsset):
            raise TypeError(f"expected BacktestAsset objects, not {type(asset).__name__}")
        if asset._compat != assets[0]._compat:
            raise ValueError("compat() differs between assets: set it on all of them or none")
    venue = native.venue_new(assets[0]._compat)
    if not venue:
        raise_last_error()
    try:
        for number, asset in enumerate(assets):
            asset._describe(venue, number, ranged)
        session = native.open(venue)
        if not session:
            raise_last_error()
    finally:
        native.venue_free(venue)
    for number, asset in enumerate(assets):
        if asset._trades_capacity > 0:
            native.keep_last_trades(session, number, asset._trades_capacity)
    return session, [held for asset in assets for held in asset._held()]
