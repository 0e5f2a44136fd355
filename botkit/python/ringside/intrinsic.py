"""Pointers in functions compiled by Numba."""

from __future__ import annotations

from typing import Any

from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

__all__ = ("address_as_void_pointer", "is_null_ptr", "ptr_from_val", "val_from_ptr")


@intrinsic
def ptr_from_val(_typing: Any, value: Any) -> Any:
    """A pointer to a copy of the value on the stack."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.alloca_once_value(builder, arguments[0])

    return types.CPointer(value)(value), codegen


@intrinsic
def val_from_ptr(_typing: Any, pointer: Any) -> Any:
    """The value that a pointer points to."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(arguments[0])

    return pointer.dtype(pointer), codegen


@intrinsic
def address_as_void_pointer(_typing: Any, address: Any) -> Any:
    """The untyped pointer that an integer stands for."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(address), codegen


@intrinsic
def is_null_ptr(_typing: Any, pointer: Any) -> Any:
    """Whether a pointer points nowhere."""

    def codegen(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return cgutils.is_null(builder, arguments[0])

    return types.boolean(pointer), codegen
