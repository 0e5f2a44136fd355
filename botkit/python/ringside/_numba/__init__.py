"""Sessions, depth, orders, state and recorders in functions compiled by Numba.

Each object is one or two addresses, passed by value; its methods are calls of the native library
by name, so that compiled code can be cached and used by later processes. Orders, which strategies
look at by the dozen in each step, are read in place: `layout.py`. Imported when Numba first meets
one of the objects.
"""

from . import model, on_market, on_orders, on_recorder, on_session  # noqa: F401 - they register methods

depth = model.depth
order = model.order
orders = model.orders
recorder = model.recorder
roi_depth = model.roi_depth
roi_session = model.roi_session
session = model.session
state_values = model.state_values
