"""Models of one's own: functions that the simulation calls where an own order is concerned.

A model is written as plain Python functions that Numba can compile, as Numba ``@cfunc`` objects, or
as ``ctypes`` functions. A replay must give the same result every time: a function may depend on its
arguments alone, and a queue model on what it keeps in ``state``.
"""

from __future__ import annotations

import ctypes
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

QUEUE_STATE_SIZE = 8
"""Numbers that a queue model may keep for each order."""

queued_order_dtype = np.dtype(
    [
        ("order_id", "<u8"),
        ("side", "<i8"),
        ("price_tick", "<i8"),
        ("leaves_qty", "<f8"),
        ("exch_ts", "<i8"),
        ("best_bid_tick", "<i8"),
        ("best_ask_tick", "<i8"),
        ("tick_size", "<f8"),
        ("lot_size", "<f8"),
    ],
    align=True,
)
"""An own order at rest: ``side`` is 1 or -1, ``exch_ts`` the time of the event, the best ticks are
those of the exchange's book with the event in it."""

# Result, then arguments, as the native side calls: i int64, f float64, s state, o queued order.
# A result of "-" is a status there: other than 0 ends the simulation.
_SHAPES = {
    "new_order": "-sof",
    "trade": "-sof",
    "depth": "-soff",
    "filled": "fso",
    "entry": "iii",
    "response": "ii",
    "fee": "fiifff",
}
_FAILED = np.iinfo(np.int64).min


def signature(name: str) -> Any:
    """The Numba signature of ``name`` for ``@cfunc``: one of ``new_order``, ``trade``, ``depth``,
    ``filled``, ``entry``, ``response`` and ``fee``."""
    result, *arguments = _SHAPES[name]
    kinds = _numba_types()
    return kinds[result](*(kinds[argument] for argument in arguments))


def ctypes_prototype(name: str) -> Any:
    """The ``ctypes.CFUNCTYPE`` of ``name``; see :func:`signature`. Functions without a result there
    return 0 here, or anything else to end the simulation."""
    kinds = {
        "-": ctypes.c_int64,
        "i": ctypes.c_int64,
        "f": ctypes.c_double,
        "s": ctypes.POINTER(ctypes.c_double),
        "o": ctypes.c_void_p,
    }
    return ctypes.CFUNCTYPE(*(kinds[kind] for kind in _SHAPES[name]))


def _numba_types() -> dict[str, Any]:
    from numba import from_dtype, types

    return {
        "-": types.none,
        "i": types.int64,
        "f": types.float64,
        "s": types.CPointer(types.float64),
        "o": types.CPointer(from_dtype(queued_order_dtype)),
    }


class NativeFunction:
    """What the native side calls, and what must live as long."""

    def __init__(self, name: str, function: Any, place: str) -> None:
        self._function, self.address = _made(name, function, place)


def _made(name: str, function: Any, place: str) -> tuple[Any, int]:
    if isinstance(function, ctypes._CFuncPtr):
        _check_ctypes(name, function, place)
        address = ctypes.cast(function, ctypes.c_void_p).value
        if not address:
            raise TypeError(f"{place}: the ctypes function is null")
        return function, address
    if not callable(function) and not hasattr(function, "_pyfunc"):
        raise TypeError(f"{place}: expected a function, not {type(function).__name__}")
    compiled = _compiled(name, function, place)
    return compiled, compiled.address


def _check_ctypes(name: str, function: Any, place: str) -> None:
    wanted = ctypes_prototype(name)

    def normal(kind: Any) -> Any:
        pointer = kind is ctypes.c_void_p or (
            isinstance(kind, type) and issubclass(kind, ctypes._Pointer)
        )
        return "pointer" if pointer else kind

    def shape(result: Any, arguments: Any) -> list[Any]:
        return [normal(result), *(normal(argument) for argument in arguments or ())]

    found = shape(function.restype, function.argtypes)
    if found != shape(wanted._restype_, wanted._argtypes_):
        raise TypeError(
            f"{place}: the ctypes function is not of the type ctypes_prototype({name!r}) of "
            "ringside.models"
        )


def _compiled(name: str, function: Any, place: str) -> Any:
    import numba
    from numba.core.ccallback import CFunc

    wanted = signature(name)
    raw = isinstance(function, CFunc)
    if raw:
        found = function._sig
        if (found.return_type, found.args) != (wanted.return_type, wanted.args):
            raise TypeError(f"{place}: the signature {found} is not {wanted}")
        function = function._pyfunc
    function = getattr(function, "py_func", function)
    try:
        inspect.signature(function).bind(*wanted.args)
    except TypeError as error:
        raise TypeError(
            f"{place}: {error}; it is called with {len(wanted.args)} arguments"
        ) from None
    result, *_ = _SHAPES[name]
    native = wanted if result != "-" else numba.types.int64(*wanted.args)
    try:
        return numba.cfunc(native)(_guarded(name, numba.njit(function), raw))
    except Exception as error:  # Numba lets some of its own through
        raise TypeError(f"{place}: Numba cannot compile it: {error}") from error


def _guarded(name: str, inner: Any, raw: bool) -> Callable[..., Any]:
    """``inner`` as the native side calls it: an exception becomes a result that ends the run."""
    if _SHAPES[name][1] == "s":
        return _guarded_queue(name, inner if raw else _with_arrays(name, inner))

    def entry(kind, req_ts):
        try:
            result = int(inner(kind, req_ts))
        except Exception:
            result = _FAILED
        return result

    def response(exch_ts):
        try:
            result = int(inner(exch_ts))
        except Exception:
            result = _FAILED
        return result

    def fee(maker, side, price, qty, amount):
        try:
            result = float(inner(maker, side, price, qty, amount))
        except Exception:
            result = np.nan
        return result

    return {"entry": entry, "response": response, "fee": fee}[name]


def _with_arrays(name: str, inner: Any) -> Any:
    """``inner`` with an array and a record, called with pointers."""
    from numba import carray, njit

    size = QUEUE_STATE_SIZE

    def qty(state, order, qty):
        inner(carray(state, size), carray(order, 1)[0], qty)

    def depth(state, order, before, after):
        inner(carray(state, size), carray(order, 1)[0], before, after)

    def filled(state, order):
        return inner(carray(state, size), carray(order, 1)[0])

    return njit({"new_order": qty, "trade": qty, "depth": depth, "filled": filled}[name])


def _guarded_queue(name: str, inner: Any) -> Callable[..., Any]:
    def qty(state, order, qty):
        failed = 0
        try:
            inner(state, order, qty)
        except Exception:
            failed = 1
        return failed

    def depth(state, order, before, after):
        failed = 0
        try:
            inner(state, order, before, after)
        except Exception:
            failed = 1
        return failed

    def filled(state, order):
        try:
            result = float(inner(state, order))
        except Exception:
            result = np.nan
        return result

    return {"new_order": qty, "trade": qty, "depth": depth, "filled": filled}[name]
