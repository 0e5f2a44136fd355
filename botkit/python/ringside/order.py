"""Orders: their constants, and the bot's own orders as it sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ._native import native, numba_type
from .types import order_dtype

if TYPE_CHECKING:
    from .binding import Session

BUY = 1
SELL = -1

# Status of an order; as `req`, the request that is in flight for it.
NONE = 0
NEW = 1
EXPIRED = 2
FILLED = 3
CANCELED = 4
PARTIALLY_FILLED = 5
REJECTED = 6
REPLACED = 7
UNSUPPORTED = 255

# Time in force. GTX is post only.
GTC = 0
GTX = 1
FOK = 2
IOC = 3

LIMIT = 0
MARKET = 1


class Order:
    """An order of the bot, always as it is now.

    Once it was removed by ``clear_inactive_orders`` it stays as it was last seen.
    """

    __slots__ = ("_arr", "_asset", "_id", "_record", "_session")
    _numba_type_ = numba_type("order")

    def __init__(self, session: Session, asset: int, order_id: int) -> None:
        self._session = session
        self._asset = asset
        self._id = order_id
        self._arr = np.zeros(1, order_dtype)
        self._record = self._arr.ctypes.data
        self._read()

    def _read(self) -> NDArray[Any]:
        found = native.orders_find(self._asset, self._id)
        if found:
            native.order_read(self._asset, found, self._record)
        return self._arr

    @property
    def _address(self) -> int:
        found = native.orders_find(self._asset, self._id)
        if not found:
            raise ValueError(f"order {self._id} was removed and cannot be handed to compiled code")
        return found

    @property
    def arr(self) -> NDArray[Any]:
        """The whole record: one row of :data:`order_dtype`."""
        return self._read()

    @property
    def order_id(self) -> int:
        return self._id

    @property
    def price_tick(self) -> int:
        return self._read()["price_tick"].item()

    @property
    def exec_price_tick(self) -> int:
        """Price of the last execution in ticks."""
        return self._read()["exec_price_tick"].item()

    @property
    def tick_size(self) -> float:
        return self._read()["tick_size"].item()

    @property
    def price(self) -> float:
        row = self._read()
        return row["price_tick"].item() * row["tick_size"].item()

    @property
    def exec_price(self) -> float:
        """Price of the last execution."""
        row = self._read()
        return row["exec_price_tick"].item() * row["tick_size"].item()

    @property
    def qty(self) -> float:
        return self._read()["qty"].item()

    @property
    def leaves_qty(self) -> float:
        """Quantity that is still open."""
        return self._read()["leaves_qty"].item()

    @property
    def exec_qty(self) -> float:
        """Quantity of the last execution."""
        return self._read()["exec_qty"].item()

    @property
    def side(self) -> int:
        return self._read()["side"].item()

    @property
    def status(self) -> int:
        return self._read()["status"].item()

    @property
    def req(self) -> int:
        return self._read()["req"].item()

    @property
    def order_type(self) -> int:
        return self._read()["order_type"].item()

    @property
    def time_in_force(self) -> int:
        return self._read()["time_in_force"].item()

    @property
    def maker(self) -> bool:
        """Whether the last execution made liquidity."""
        return self._read()["maker"].item()

    @property
    def exch_timestamp(self) -> int:
        return self._read()["exch_timestamp"].item()

    @property
    def local_timestamp(self) -> int:
        """Time of the last request."""
        return self._read()["local_timestamp"].item()

    @property
    def cancellable(self) -> bool:
        row = self._read()[0]
        return bool(row["status"] in (NEW, PARTIALLY_FILLED) and row["req"] == NONE)

    def __repr__(self) -> str:
        fields = ("side", "price", "qty", "leaves_qty", "status", "req")
        values = ", ".join(f"{name}={getattr(self, name)}" for name in fields)
        return f"Order(order_id={self._id}, {values})"


Order_ = Order
