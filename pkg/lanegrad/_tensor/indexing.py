"""Elements at an index: views for whole numbers, slices, None and Ellipsis, copies for others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import _core
from .._core import Array, adopt
from .inside import array_or_same

Parts = tuple[Any, ...]
Op = tuple[
    Array, Callable[..., Any], tuple[Any, ...]
]  # a value, its gradient function and what that takes


def as_numpy(operand: Any) -> Any:
    return operand.array() if isinstance(operand, Array) else operand


def parts_of(index: Any) -> Parts:
    """The parts of an index; tensors as NumPy's arrays."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(as_numpy(array_or_same(part)) for part in parts)


def _is_basic(parts: Parts) -> bool:
    """Whether an index shows a part of the memory."""
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice)
        or (isinstance(part, int | np.integer) and not isinstance(part, bool))
        for part in parts
    )


def take(x: Array, parts: Parts) -> Op:
    """The elements at an index, of the same memory if it is a basic one."""
    if _is_basic(parts):
        return x.basic_index(parts), _core.index_gradient, (x.shape, parts)
    parts = tuple(np.array(part) if isinstance(part, np.ndarray) else part for part in parts)
    return adopt(np.array(x.array()[parts], order="C")), _take_gradient, (x.shape, parts)


def _take_gradient(g: Array, shape: tuple[int, ...], parts: Parts) -> Array:
    gx = np.zeros(shape, np.float32)
    np.add.at(gx, parts, g.array())  # an element may have been taken several times
    return adopt(gx)


def put(x: Array, parts: Parts, values: Any) -> None:
    """Writes to the elements at an index."""
    if _is_basic(parts):
        part = x.basic_index(parts)
        shown = np.broadcast_to(np.asarray(as_numpy(values)), part.shape)
        part.write(adopt(shown.astype(x.dtype)))
    else:
        array = np.array(x.array())
        array[parts] = as_numpy(values)
        x.write(adopt(array))
