"""What a bot's executions on one asset add up to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._native import native, numba_type

if TYPE_CHECKING:
    from .binding import Session


class StateValues:
    """Position, cash flow and totals of one asset, as far as the bot has heard; always current."""

    __slots__ = ("_asset", "_session")
    _numba_type_ = numba_type("state_values")

    def __init__(self, session: Session, asset: int) -> None:
        self._session = session
        self._asset = asset

    @property
    def position(self) -> float:
        return native.position(self._asset)

    @property
    def balance(self) -> float:
        """Cash flow of all executions, fees not included."""
        return native.balance(self._asset)

    @property
    def fee(self) -> float:
        """Fees paid; negative is a rebate."""
        return native.fee(self._asset)

    @property
    def num_trades(self) -> int:
        return native.num_trades(self._asset)

    @property
    def trading_volume(self) -> float:
        return native.trading_volume(self._asset)

    @property
    def trading_value(self) -> float:
        return native.trading_value(self._asset)

    def __repr__(self) -> str:
        names = ("position", "balance", "fee", "num_trades", "trading_volume", "trading_value")
        return f"StateValues({', '.join(f'{name}={getattr(self, name)}' for name in names)})"


StateValues_ = StateValues
