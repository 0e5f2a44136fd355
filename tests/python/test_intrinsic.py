"""Pointers in compiled functions."""

from __future__ import annotations

import numpy as np
import pytest

numba = pytest.importorskip("numba", reason="Numba is not installed")

from ringside.intrinsic import (  # noqa: E402 - needs Numba
    address_as_void_pointer,
    is_null_ptr,
    ptr_from_val,
    val_from_ptr,
)


def test_a_value_comes_back_from_its_pointer():
    @numba.njit
    def there_and_back(x):
        return val_from_ptr(ptr_from_val(x))

    assert there_and_back(2.5) == 2.5
    assert there_and_back(2**62 + 1) == 2**62 + 1


def test_an_address_becomes_an_array():
    @numba.njit
    def total(address, count):
        pointer = address_as_void_pointer(address)
        if is_null_ptr(pointer):
            return -1.0
        return numba.carray(pointer, count, np.float64).sum()

    numbers = np.arange(5.0)
    assert total(numbers.ctypes.data, 5) == 10.0
    assert total(0, 5) == -1.0
