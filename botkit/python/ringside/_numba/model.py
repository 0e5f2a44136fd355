"""The types, how they lie in memory, and the way between them and Python objects."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import llvmlite.binding
import llvmlite.ir
from numba.core import cgutils, types
from numba.extending import (
    NativeValue,
    box,
    intrinsic,
    models,
    overload_attribute,
    register_model,
    unbox,
)

from .._native import SIGNATURES, library_path

llvmlite.binding.load_library_permanently(str(library_path()))

_NUMBA_TYPES = {"i": types.int64, "u": types.uint64, "f": types.float64, "p": types.uint64}


def native(name: str) -> types.ExternalFunction:
    """A function of the library, found by name when compiled code is loaded."""
    result, *arguments = (_NUMBA_TYPES[letter] for letter in SIGNATURES[name])
    return types.ExternalFunction(f"ringside_{name}", result(*arguments))


class Handle(types.Type):
    """An object of the library. Its name is the same in all processes, which caching needs."""

    def __init__(self, kind: str) -> None:
        super().__init__(name=f"ringside.{kind}")


class SessionType(Handle):
    pass


class AssetView(Handle):
    """Something that a session shows of one asset."""


class DepthType(AssetView):
    pass


class OrdersType(AssetView):
    pass


class StateValuesType(AssetView):
    pass


class OrderType(Handle):
    pass


class ValuesType(Handle):
    pass


class RecorderType(Handle):
    pass


session = SessionType("HashMapMarketDepthBacktest")
roi_session = SessionType("ROIVectorMarketDepthBacktest")
depth = DepthType("HashMapMarketDepth")
roi_depth = DepthType("ROIVectorMarketDepth")
orders = OrdersType("OrderDict")
state_values = StateValuesType("StateValues")
order = OrderType("Order")
values = ValuesType("Values")
recorder = RecorderType("Recorder")

DEPTH_OF = {session: depth, roi_session: roi_depth}


def _model(members: list[tuple[str, types.Type]]) -> type[models.StructModel]:
    class Model(models.StructModel):
        def __init__(self, manager: Any, kind: types.Type) -> None:
            super().__init__(manager, kind, members)

    return Model


for _kind in (SessionType, DepthType, OrdersType, StateValuesType, RecorderType):
    register_model(_kind)(_model([("address", types.uint64)]))
register_model(OrderType)(_model([("asset", types.uint64), ("address", types.uint64)]))
# The walk's place and end lie in an array, because methods get a copy of the object.
register_model(ValuesType)(_model([("asset", types.uint64), ("places", types.int64[::1])]))


def member(name: str) -> Any:
    """An intrinsic that reads a member of an object."""

    @intrinsic
    def read(_context: Any, handle: Any) -> Any:
        def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            proxy = cgutils.create_struct_proxy(signature.args[0])
            return getattr(proxy(context, builder, value=arguments[0]), name)

        return types.uint64(handle), codegen

    return read


address = member("address")
asset_of = member("asset")


@intrinsic
def places_of(_context: Any, _values: Any) -> Any:
    """Address of a walk's places. No reference is taken to their array: the walk has one."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        walk = cgutils.create_struct_proxy(values)(context, builder, value=arguments[0])
        places = context.make_array(types.int64[::1])(context, builder, value=walk.places)
        return builder.ptrtoint(places.data, llvmlite.ir.IntType(64))

    return types.uint64(values), codegen


def maker(kind: types.Type, *members: tuple[str, types.Type]) -> Any:
    """An intrinsic that makes an object of its members."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        made = cgutils.create_struct_proxy(kind)(context, builder)
        for (name, member_type), value in zip(members, arguments, strict=True):
            setattr(made, name, value)
            if context.enable_nrt:
                context.nrt.incref(builder, member_type, value)
        return made._getvalue()

    if len(members) == 1:

        @intrinsic
        def make(_context: Any, _first: Any) -> Any:
            return kind(members[0][1]), codegen

    else:

        @intrinsic
        def make(_context: Any, _first: Any, _second: Any) -> Any:
            return kind(members[0][1], members[1][1]), codegen

    return make


make_depth = maker(depth, ("address", types.uint64))
make_roi_depth = maker(roi_depth, ("address", types.uint64))
make_orders = maker(orders, ("address", types.uint64))
make_state_values = maker(state_values, ("address", types.uint64))
make_order = maker(order, ("asset", types.uint64), ("address", types.uint64))
make_values = maker(values, ("asset", types.uint64), ("places", types.int64[::1]))


@intrinsic
def as_pointer(_context: Any, _address: Any) -> Any:
    """An address as what ``carray`` takes."""

    def codegen(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], cgutils.voidptr_t)

    return types.voidptr(types.uint64), codegen


def attribute(kind: type[Handle], name: str, function: str) -> None:
    """An attribute that is one call of the library."""
    call = native(function)
    if issubclass(kind, OrderType):

        def read(handle):
            return call(asset_of(handle), address(handle))

    else:

        def read(handle):
            return call(address(handle))

    overload_attribute(kind, name)(lambda handle: read)


def _failed(c: Any) -> Any:
    return cgutils.is_not_null(c.builder, c.pyapi.err_occurred())


def _unbox_address(kind: types.Type, source: Any, c: Any) -> NativeValue:
    made = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    name = "_asset" if isinstance(kind, AssetView) else "_ptr"
    number = c.pyapi.object_getattr_string(source, name)
    made.address = c.pyapi.long_as_ulonglong(number)
    c.pyapi.decref(number)
    return NativeValue(made._getvalue(), is_error=_failed(c))


for _kind in (SessionType, DepthType, OrdersType, StateValuesType, RecorderType):
    unbox(_kind)(_unbox_address)


@unbox(OrderType)
def _unbox_order(kind: types.Type, source: Any, c: Any) -> NativeValue:
    made = cgutils.create_struct_proxy(kind)(c.context, c.builder)
    for name in ("asset", "address"):
        number = c.pyapi.object_getattr_string(source, f"_{name}")
        setattr(made, name, c.pyapi.long_as_ulonglong(number))
        c.pyapi.decref(number)
    return NativeValue(made._getvalue(), is_error=_failed(c))


def _boxer(helper: str, *members: str) -> Callable[..., Any]:
    """Makes the Python object of a compiled one by a function of ``ringside.binding``."""

    def to_python(kind: types.Type, value: Any, c: Any) -> Any:
        proxy = cgutils.create_struct_proxy(kind)(c.context, c.builder, value=value)
        name = c.context.insert_const_string(c.builder.module, "ringside.binding")
        module = c.pyapi.import_module(name)
        function = c.pyapi.object_getattr_string(module, helper)
        numbers = [c.pyapi.long_from_ulonglong(getattr(proxy, name)) for name in members]
        made = c.pyapi.call_function_objargs(function, numbers)
        for reference in (*numbers, function, module):
            c.pyapi.decref(reference)
        return made

    return to_python


box(SessionType)(_boxer("_session_at", "address"))
box(DepthType)(_boxer("_depth_at", "address"))
box(OrdersType)(_boxer("_orders_at", "address"))
box(StateValuesType)(_boxer("_state_values_at", "address"))
box(OrderType)(_boxer("_order_at", "asset", "address"))
