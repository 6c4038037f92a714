"""Elements at an index: views for whole numbers, slices, None and Ellipsis, copies for others.

An index is two in turn: of those parts, which show a part of the memory, and of arrays of whole numbers,
which take elements of what is shown. A mask is the indices of its elements that are true.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index as as_number
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, adopt, record
from .broadcasting import summed_to
from .in_place import copy_
from .inside import array_of, as_tensor, become, plain_array
from .parts import part_of
from .promotion import fitting

if TYPE_CHECKING:
    from .tensor import Tensor

Parts = tuple[Any, ...]
MOST_IN_SEQUENCE = 32  # parts that a list, instead of a tuple, may have


def get(input: Tensor, index: Any) -> Tensor:
    """The elements at an index: of the same memory for whole numbers, slices, None and Ellipsis."""
    shown, taken = _split(input, index)
    if taken is None:
        return shown
    value = adopt(np.array(array_of(shown).array()[taken], order="C"))
    return record(value, _take_gradient, (shown.shape, taken), shown)


def put(input: Tensor, index: Any, value: Any) -> None:
    """Write to the elements at an index."""
    shown, taken = _split(input, index)
    value = fitting(value, shown.dtype, "value")
    if taken is None:
        if _is_there(shown, value):
            _core.check_changeable(shown)
        else:
            copy_(shown, _without_leading_ones(as_tensor(value)))
        return
    values = _without_leading_ones(as_tensor(value))
    if values.numel() != 1 and isinstance(value, BaseTensor) and value.dtype != shown.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {shown.dtype} for the "
            f"destination and {value.dtype} for the source: convert it with .to(x.dtype)"
        )
    changed = np.array(plain_array(shown).array())
    try:
        changed[taken] = array_of(values).array()
    except ValueError as error:
        raise ShapeError(f"values of shape {values.shape} do not fit there: {error}") from None
    saved = taken, values.shape
    become(shown, record(adopt(changed), _put_gradient, saved, shown, values))


def _is_there(shown: Tensor, value: Any) -> bool:
    """Whether a value is there by now, as what ``x[i] += 1`` puts."""
    return (
        isinstance(value, BaseTensor)
        and array_of(shown).shows(array_of(value))
        and shown.requires_grad == value.requires_grad
    )


def _without_leading_ones(values: Tensor) -> Tensor:
    shape: tuple[int, ...] = values.shape
    while shape and shape[0] == 1:
        shape = shape[1:]
    return values if shape == values.shape else values.reshape(shape)


def _split(input: Tensor, index: Any) -> tuple[Tensor, Parts | None]:
    """The part of a tensor that an index shows, and what it takes of that: by axis, or None."""
    parts = list(map(_part, index if _is_several(index) else (index,)))
    basic: list[Any] = []
    taken: list[Any] = []
    axis, missing = 0, input.ndim - sum(map(_axes_of, parts))
    for part in parts:
        if isinstance(part, np.ndarray):
            _check_mask(part, input.shape, axis)
            arrays = _indices(part)
            basic += [slice(None) if part.ndim else None] * len(arrays)
            taken += arrays
        elif part is not Ellipsis or Ellipsis not in basic:
            basic.append(part)
            if part is None or isinstance(part, slice):
                taken.append(slice(None))
            elif part is Ellipsis:
                taken += [slice(None)] * missing
        axis += missing if part is Ellipsis else _axes_of(part)
    if all(isinstance(part, slice) for part in taken):
        return part_of(input, tuple(basic)), None
    whole = missing >= 0 and all(part in (slice(None), Ellipsis) for part in basic)
    return input if whole else part_of(input, tuple(basic)), tuple(taken)


def _is_several(index: Any) -> bool:
    """Whether an index is of several axes: a tuple, or a short list of more than numbers."""
    if isinstance(index, tuple):
        return True
    if not isinstance(index, Sequence) or isinstance(index, str) or len(index) >= MOST_IN_SEQUENCE:
        return False
    kinds = BaseTensor, Sequence, np.ndarray, slice
    return any(part is None or part is Ellipsis or isinstance(part, kinds) for part in index)


def _part(part: Any) -> Any:
    """A part of an index as a whole number, slice, None, Ellipsis, or NumPy's array."""
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        return slice(
            *(None if at is None else as_number(at) for at in (part.start, part.stop, part.step))
        )
    if isinstance(part, bool | np.bool_):
        return np.array(part)
    if isinstance(part, BaseTensor | np.ndarray | list | tuple | range):
        array = _as_array(part)
        return array if array.ndim or array.dtype == bool else int(array)
    if isinstance(part, str):
        raise TypeError(
            f"an index is of numbers, slices, tensors, None and Ellipsis, found {part!r}"
        )
    try:
        return as_number(part)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and tensors of whole numbers or booleans "
            f"are valid indices (got {type(part).__name__})"
        ) from None


def _as_array(part: Any) -> np.ndarray:
    if isinstance(part, BaseTensor):
        array = np.array(array_of(part).array())
    elif isinstance(part, np.ndarray):
        array = np.array(part, order="C")
    else:
        array = np.array([_part(_number_of(p)) for p in part])
        array = array if array.size else array.astype(np.int64)
    if array.dtype == np.uint8:
        warnings.warn(
            "indexing with dtype uint8 is as with a mask; use a tensor of bool instead",
            stacklevel=5,
        )
        array = array.astype(bool)
    if array.dtype.kind not in "iub":
        raise IndexError(
            f"tensors used as indices must be of whole numbers or booleans, found {array.dtype}"
        )
    return array


def _number_of(part: Any) -> Any:
    """The number of a tensor in a list, if it has one element."""
    return (
        array_of(part).item() if isinstance(part, BaseTensor) and array_of(part).size == 1 else part
    )


def _axes_of(part: Any) -> int:
    """How many axes a part of an index is for."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, np.ndarray) and part.dtype == bool else 1


def _check_mask(part: np.ndarray, shape: tuple[int, ...], axis: int) -> None:
    if part.dtype == bool and shape[axis : axis + part.ndim] != part.shape:
        raise IndexError(
            f"The shape of the mask {list(part.shape)} does not match the shape of the indexed tensor "
            f"{list(shape)} from axis {axis} on"
        )


def _indices(part: np.ndarray) -> tuple[np.ndarray, ...]:
    """Arrays of whole numbers that take what an array does, one an axis; of a single bool, of a new axis."""
    if part.dtype != bool:
        return (part,)
    return part.nonzero() if part.ndim else (np.zeros(int(part), np.int64),)


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
