"""What a report is made from: records, order log, configuration; read, checked and paired up."""

from __future__ import annotations

import json
import math
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from ringside.types import record_dtype

Array = NDArray[Any]

RECORD_DTYPE = record_dtype
"""One recorded state of one asset; ``timestamp`` in nanoseconds since the epoch, UTC."""

# Totals that statistics can estimate from the position when a record lacks them.
_OPTIONAL_RECORD_FIELDS = ("num_trades", "trading_volume", "trading_value")

ORDER_LOG_DTYPE = np.dtype(
    [
        ("asset", "<i8"),
        ("order_id", "<u8"),
        ("req_seq", "<u8"),
        ("kind", "u1"),
        ("side", "i1"),
        ("status", "u1"),
        ("maker", "?"),
        ("executed", "?"),
        ("req_ts", "<i8"),
        ("exch_ts", "<i8"),
        ("resp_ts", "<i8"),
        ("price", "<f8"),
        ("qty", "<f8"),
        ("leaves_qty", "<f8"),
        ("exec_price", "<f8"),
        ("exec_qty", "<f8"),
        ("fee", "<f8"),
        ("queue_ahead", "<f8"),
    ],
    align=True,
)
"""One request, response or execution: ``kind`` is 1 acknowledged, 2 refused, 3 fill, 4 update, and
11 to 13 for a submit, modify or cancel that was sent; ``side`` is 1 buy, -1 sell; the three times
are in nanoseconds since the epoch, UTC. Read by field name."""


class ReportError(ValueError):
    """Input that no report can be made from. The text says what, where and the fix."""


@dataclass(frozen=True)
class Asset:
    """One asset of a report."""

    number: int
    symbol: str
    record: Array
    """Rows of :data:`RECORD_DTYPE`, or of a type that has its fields."""
    orders: Array | None
    """Rows of the order log of this asset; None when there is no order log."""
    contract: Literal["linear", "inverse"] = "linear"
    contract_size: float = 1.0
    book_size: float | None = None

    @property
    def currency(self) -> str:
        """Word for the unit of money of this asset."""
        return "base currency" if self.contract == "inverse" else "quote currency"


@dataclass(frozen=True)
class Run:
    """All that one report shows."""

    assets: list[Asset]
    config: Mapping[str, Any] = field(default_factory=dict)
    resample: str = "10s"
    """Interval of the ratios, a Polars duration."""
    trading_days_per_year: float = 252


def load_record(path: Path) -> dict[str, Array]:
    """Read the members ``'0'``, ``'1'``, ... of a record file, in the order of their numbers.

    Raises:
        ReportError: when the file is missing, is no npz file or has no such member.
    """
    members = _load_npz(path, "record file", lambda name: name.isdecimal())
    if not members:
        raise ReportError(
            f"{path}: no member '0', '1', ...; give a file that Recorder.to_npz() wrote"
        )
    return {name: members[name] for name in sorted(members, key=int)}


def load_orders(path: Path) -> Array:
    """Read an order log, one structured array in a ``.npy`` file.

    Raises:
        ReportError: when the file is missing or holds something else.
    """
    loaded = _load(path, "order log")
    if not isinstance(loaded, np.ndarray):
        raise ReportError(f"{path}: is an .npz archive; give the .npy order log of the run")
    return loaded


def load_config(path: Path) -> dict[str, Any]:
    """Read a run configuration: one JSON object.

    Raises:
        ReportError: when the file is missing or is something else.
    """
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReportError(f"{path}: cannot read the configuration: {error.strerror}") from error
    except json.JSONDecodeError as error:
        raise ReportError(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
    except UnicodeDecodeError as error:
        raise ReportError(f"{path}: not JSON: it is not UTF-8 text") from error
    if not isinstance(config, dict):
        raise ReportError(f"{path}: holds a {type(config).__name__}, not a JSON object {{...}}")
    return config


def make_run(
    record: Array | Mapping[str, Array],
    orders: Array | None = None,
    config: Mapping[str, Any] | None = None,
    *,
    resample: str = "10s",
    trading_days_per_year: float = 252,
) -> Run:
    """Check the inputs and pair each record with its orders and settings.

    Args:
        record: Rows of one asset, or the rows of several by asset number (``'0'``, ``'1'``, ...).
        orders: Rows of the order log, for all assets.
        config: Settings to show; ``symbols``, ``book_size``, ``contract`` and ``contract_size``
            also take effect, each one value for all assets or a list with one for each.
        resample: Interval of the ratios, a Polars duration.
        trading_days_per_year: Days a year for annualised ratios.

    Raises:
        ReportError: for rows of the wrong type, times that go backwards or unusable settings.
    """
    records = dict(record) if isinstance(record, Mapping) else {"0": record}
    settings = dict(config or {})
    for name, rows in records.items():
        _check_record(f"record of asset {name}", rows)
    if orders is not None:
        _check_fields("order log", orders, ORDER_LOG_DTYPE, ())
    assets = []
    for index, (name, rows) in enumerate(records.items()):
        if not name.isdecimal():
            raise ReportError(f"record '{name}': name the records '0', '1', ... by asset number")
        pick = _Picker(settings, index, len(records))
        number = int(name)
        assets.append(
            Asset(
                number=number,
                symbol=pick.symbol(f"Asset {name}"),
                record=rows,
                orders=None if orders is None else orders[orders["asset"] == number],
                contract=pick.contract(),
                contract_size=pick.positive("contract_size") or 1.0,
                book_size=pick.positive("book_size"),
            )
        )
    return Run(assets, settings, resample, trading_days_per_year)


class _Picker:
    """Reads the settings of one asset: a list has one value for each asset, else all share it."""

    def __init__(self, settings: Mapping[str, Any], index: int, count: int) -> None:
        self._settings = settings
        self._index = index
        self._count = count

    def _value(self, key: str) -> Any:
        value = self._settings.get(key)
        if isinstance(value, Sequence) and not isinstance(value, str):
            if len(value) != self._count:
                raise ReportError(
                    f"configuration: '{key}' has {len(value)} values for {self._count} assets; "
                    "give one for each"
                )
            return value[self._index]
        return value

    def symbol(self, default: str) -> str:
        value = self._value("symbols")
        return default if value is None else str(value)

    def contract(self) -> Literal["linear", "inverse"]:
        value = self._value("contract")
        kind = "linear" if value is None else str(value).lower()
        if kind == "linear":
            return "linear"
        if kind == "inverse":
            return "inverse"
        raise ReportError(f"configuration: 'contract' is {value!r}; use 'linear' or 'inverse'")

    def positive(self, key: str) -> float | None:
        value = self._value(key)
        if value is None:
            return None
        number = isinstance(value, int | float) and not isinstance(value, bool)
        if not number or not math.isfinite(value) or value <= 0:
            raise ReportError(f"configuration: '{key}' is {value!r}; give a number above 0")
        return float(value)


def _load_npz(path: Path, what: str, wanted: Any) -> dict[str, Array]:
    archive = _load(path, what)
    if not isinstance(archive, Mapping):
        raise ReportError(f"{path}: is a single .npy array; give an .npz {what}")
    return {name: archive[name] for name in archive if wanted(name)}


def _load(path: Path, what: str) -> Array | dict[str, Array]:
    """The array of a .npy file, or the members of an .npz archive."""
    try:
        loaded = np.load(path, allow_pickle=False)
        if not isinstance(loaded, np.lib.npyio.NpzFile):
            return loaded
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError as error:
        raise ReportError(f"{path}: no such file; give the path of the {what}") from error
    except OSError as error:
        reason = error.strerror or "it is damaged"
        raise ReportError(f"{path}: cannot read the {what}: {reason}") from error
    except (ValueError, EOFError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
        raise ReportError(f"{path}: not a file that NumPy can read; give the {what}") from error


def _check_record(where: str, rows: Array) -> None:
    _check_fields(where, rows, RECORD_DTYPE, _OPTIONAL_RECORD_FIELDS)
    backwards = np.flatnonzero(np.diff(rows["timestamp"]) < 0)
    if len(backwards):
        raise ReportError(
            f"{where}: timestamp goes backwards at row {backwards[0] + 1}; sort the rows by time"
        )


def _check_fields(where: str, rows: Array, wanted: np.dtype[Any], optional: Sequence[str]) -> None:
    if rows.ndim != 1 or rows.dtype.names is None:
        raise ReportError(
            f"{where}: an array of {rows.dtype} with {rows.ndim} dimensions; give a "
            "one-dimensional structured array"
        )
    names = [name for name in wanted.names or () if name not in optional]
    missing = [name for name in names if name not in rows.dtype.names]
    if missing:
        raise ReportError(
            f"{where}: field {', '.join(missing)} is missing; the rows have "
            f"{', '.join(rows.dtype.names)}"
        )
    for name in wanted.names or ():
        if name not in rows.dtype.names:
            continue
        kinds = "iuf" if wanted[name].kind == "f" else "iub"
        if rows.dtype[name].kind not in kinds:
            raise ReportError(
                f"{where}: field {name} is {rows.dtype[name]}; it must hold "
                + ("numbers" if wanted[name].kind == "f" else "whole numbers")
            )
