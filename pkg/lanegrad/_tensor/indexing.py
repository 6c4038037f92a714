"""Elements at an index: views for whole numbers, slices, None and Ellipsis, copies for others."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, adopt, record
from .broadcasting import summed_to
from .in_place import copy_
from .inside import array_of, as_tensor, become, plain_array
from .parts import part_of

if TYPE_CHECKING:
    from .tensor import Tensor

Parts = tuple[Any, ...]


def get(input: Tensor, index: Any) -> Tensor:
    """The elements at an index: of the same memory for whole numbers, slices, None and Ellipsis."""
    parts = _parts_of(index)
    if _is_basic(parts):
        return part_of(input, parts)
    shape = plain_array(input).shape
    value = adopt(np.array(array_of(input).array()[parts], order="C"))
    return record(value, _take_gradient, (shape, parts), input)


def put(input: Tensor, index: Any, value: Any) -> None:
    """Write to the elements at an index."""
    parts = _parts_of(index)
    if _is_basic(parts):
        shown = part_of(input, parts)
        if not (isinstance(value, BaseTensor) and array_of(shown).shows(array_of(value))):
            copy_(shown, value)
        return
    values = as_tensor(value)
    changed = np.array(plain_array(input).array())
    try:
        changed[parts] = array_of(values).array()
    except ValueError as error:
        raise ShapeError(f"values of shape {values.shape} do not fit there: {error}") from None
    saved = parts, values.shape
    become(input, record(adopt(changed), _put_gradient, saved, _core.original(input), values))


def _parts_of(index: Any) -> Parts:
    """The parts of an index: tensors as NumPy's arrays, those of one whole number as that."""
    parts = index if isinstance(index, tuple) else (index,)
    return tuple(_part(part) for part in parts)


def _part(part: Any) -> Any:
    if isinstance(part, BaseTensor):
        array = np.array(array_of(part).array())
        if array.dtype == np.uint8:
            warnings.warn(
                "indexing with dtype uint8 is as with a mask; use a tensor of bool instead",
                stacklevel=4,
            )
            array = array.astype(bool)
        if array.dtype.kind == "f":
            raise IndexError("tensors used as indices must be integers or booleans, found float32")
        return array if array.ndim or array.dtype == bool else int(array)
    if isinstance(part, list | np.ndarray):
        return np.array([_part(p) for p in part] if isinstance(part, list) else part, order="C")
    if isinstance(part, slice):
        return slice(
            *(None if at is None else _number(at) for at in (part.start, part.stop, part.step))
        )
    return part


def _number(at: Any) -> Any:
    return array_of(at).item() if isinstance(at, BaseTensor) else at


def _is_basic(parts: Parts) -> bool:
    """Whether an index shows a part of the memory."""
    return all(
        part is None
        or part is Ellipsis
        or isinstance(part, slice)
        or (isinstance(part, int | np.integer) and not isinstance(part, bool))
        for part in parts
    )


def _take_gradient(g: Array, shape: tuple[int, ...], parts: Parts) -> Array:
    gx = np.zeros(shape, np.float32)
    np.add.at(gx, parts, g.array())  # an element may have been taken several times
    return adopt(gx)


def _put_gradient(
    g: Array, need: tuple[bool, bool], parts: Parts, shape: tuple[int, ...]
) -> tuple[Array | None, Array | None]:
    """Of what was there before, and of the values that were put, which may have been broadcast."""
    up = g.array()
    before = values = None
    if need[0]:
        kept = np.array(up)
        kept[parts] = 0
        before = adopt(kept)
    if need[1]:
        values = summed_to(up[parts], shape)
    return before, values
