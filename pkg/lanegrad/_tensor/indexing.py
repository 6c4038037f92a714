"""Elements at an index: views for whole numbers, slices, None and Ellipsis, copies for others.

An index is two in turn: of those parts, which show a part of the memory, and of arrays of whole numbers,
which take elements of what is shown. A mask is the indices of its elements that are true.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from operator import index as as_number
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, adopt
from .conversion import converted
from .in_place import copy_
from .inside import array_of, as_tensor, become, plain_array
from .parts import part_of
from .places import checked, placed, taken
from .promotion import fitting
from .views import permuted

if TYPE_CHECKING:
    from .tensor import Tensor

Parts = tuple[Any, ...]
MOST_IN_SEQUENCE = 32  # parts that a list, instead of a tuple, may have


def get(input: Tensor, index: Any) -> Tensor:
    """The elements at an index: of the same memory for whole numbers, slices, None and Ellipsis."""
    shown, places = _split(input, index)
    return shown if places is None else places.taken(shown)


def put(input: Tensor, index: Any, value: Any) -> None:
    """Write to the elements at an index."""
    shown, places = _split(input, index)
    value = fitting(value, shown.dtype, "value")
    if places is None:
        if _is_there(shown, value):
            _core.check_changeable(shown)
        else:
            copy_(shown, _without_leading_ones(as_tensor(value)))
        return
    values = _without_leading_ones(as_tensor(value))
    if values.dtype != shown.dtype:
        if values.numel() != 1 and isinstance(value, BaseTensor):
            raise RuntimeError(
                f"Index put requires the source and destination dtypes match, got {shown.dtype} for the "
                f"destination and {value.dtype} for the source: convert it with .to(x.dtype)"
            )
        values = converted(values, shown.dtype)
    become(shown, places.replaced("index_put", shown, values, "put"))


def replaced(input: Tensor, index: tuple[Tensor, ...], values: Tensor, accumulate: bool) -> Tensor:
    """A new tensor with values written, or added, at an index of tensors."""
    _, places = _split(input, tuple(t if t.ndim else t.reshape(1) for t in index))
    assert places is not None
    return places.replaced("index_put", input, values, "sum" if accumulate else "put")


class Places(NamedTuple):
    """The elements that arrays of whole numbers take: slices at one index of several axes."""

    numbers: Array
    axis: int
    axes: int
    order: Parts | None  # that axes are brought into first
    back: Parts | None  # the reverse

    def taken(self, x: Tensor) -> Tensor:
        """Those of `x`."""
        x = permuted(x, self.order) if self.order else x
        return taken(x, self.numbers, self.axis, self.axes)

    def replaced(self, name: str, x: Tensor, values: Tensor, op: str) -> Tensor:
        """`x` with values, which are broadcast, in their place or reduced with them."""
        x = permuted(x, self.order) if self.order else x
        y = placed(name, x, self.numbers, values, self.axis, self.axes, op)
        return permuted(y, self.back) if self.back else y


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


def _split(input: Tensor, index: Any) -> tuple[Tensor, Places | None]:
    """The part of a tensor that an index shows, and what it takes of that."""
    parts = list(map(_part, index if _is_several(index) else (index,)))
    if not any(isinstance(part, Array) for part in parts):
        return part_of(input, tuple(parts)), None
    several = sum(isinstance(part, Array) for part in parts) > 1
    basic: list[Any] = []
    arrays: list[Array | None] = []  # for each axis of what is shown
    masked = 0  # axes of a single mask
    axis, missing = 0, input.ndim - sum(map(_axes_of, parts))
    for part in parts:
        if isinstance(part, Array):
            _check_mask(part, input.shape, axis)
            if part.dtype == bool and part.ndim and not several:
                masked = part.ndim
                indices = [_core.places_of(part), *[None] * (masked - 1)]
            else:
                indices = _indices(part)
            basic += [slice(None) if part.ndim else None] * len(indices)
            arrays += indices
        elif part is not Ellipsis or Ellipsis not in basic:
            basic.append(part)
            if part is None or isinstance(part, slice):
                arrays.append(None)
            elif part is Ellipsis:
                arrays += [None] * missing
        axis += missing if part is Ellipsis else _axes_of(part)
    whole = missing >= 0 and all(part in (slice(None), Ellipsis) for part in basic)
    shown = input if whole else part_of(input, tuple(basic))
    return shown, _places(shown, arrays, masked)


def _places(shown: Tensor, arrays: list[Array | None], masked: int) -> Places:
    at = [axis for axis, array in enumerate(arrays) if array is not None]
    given = [array for array in arrays if array is not None]
    if masked:
        return Places(given[0], at[0], masked, None, None)
    sizes = [shown.shape[axis] for axis in at]
    outside = "index {index} is out of bounds for an axis of size {size}"
    given = [
        checked(array, size, True, IndexError, outside)
        for array, size in zip(given, sizes, strict=True)
    ]
    if len(given) == 1:
        return Places(given[0], at[0], 1, None, None)
    try:
        shape = np.broadcast_shapes(*(array.shape for array in given))
    except ValueError:
        shapes = ", ".join(str(array.shape) for array in given)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    index = _core.flat_index([_core.expanded(array, shape) for array in given], sizes)
    if at == list(range(at[0], at[0] + len(at))):
        return Places(index, at[0], len(at), None, None)
    order = (*at, *(axis for axis in range(shown.ndim) if axis not in at))
    return Places(index, 0, len(at), order, tuple(map(order.index, range(len(order)))))


def _is_several(index: Any) -> bool:
    """Whether an index is of several axes: a tuple, or a short list of more than numbers."""
    if isinstance(index, tuple):
        return True
    if not isinstance(index, Sequence) or isinstance(index, str) or len(index) >= MOST_IN_SEQUENCE:
        return False
    kinds = BaseTensor, Sequence, np.ndarray, slice
    return any(part is None or part is Ellipsis or isinstance(part, kinds) for part in index)


def _part(part: Any) -> Any:
    """A part of an index as a whole number, slice, None, Ellipsis, or array."""
    if part is None or part is Ellipsis:
        return part
    if isinstance(part, slice):
        return slice(
            *(None if at is None else as_number(at) for at in (part.start, part.stop, part.step))
        )
    if isinstance(part, bool | np.bool_):
        return _core.copied(part)
    if isinstance(part, BaseTensor | np.ndarray | list | tuple | range):
        array = _as_array(part)
        return array if array.ndim or array.dtype == bool else int(array.item())
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


def _as_array(part: Any) -> Array:
    if isinstance(part, BaseTensor):
        array = plain_array(part)
    elif isinstance(part, np.ndarray):
        array = _core.copied(part)
    else:
        values = np.array([_listed(p) for p in part])
        array = adopt(values if values.size else values.astype(np.int64))
    if array.dtype == np.uint8:
        warnings.warn(
            "indexing with dtype uint8 is as with a mask; use a tensor of bool instead",
            stacklevel=5,
        )
        array = adopt(array.array().astype(bool))
    if array.dtype.kind not in "iub":
        raise IndexError(
            f"tensors used as indices must be of whole numbers or booleans, found {array.dtype}"
        )
    return array


def _listed(part: Any) -> Any:
    """A part of a list as a whole number or NumPy's array."""
    found = _part(_number_of(part))
    return found.array() if isinstance(found, Array) else found


def _number_of(part: Any) -> Any:
    """The number of a tensor in a list, if it has one element."""
    return (
        array_of(part).item() if isinstance(part, BaseTensor) and array_of(part).size == 1 else part
    )


def _axes_of(part: Any) -> int:
    """How many axes a part of an index is for."""
    if part is None or part is Ellipsis:
        return 0
    return part.ndim if isinstance(part, Array) and part.dtype == bool else 1


def _check_mask(part: Array, shape: tuple[int, ...], axis: int) -> None:
    if part.dtype == bool and shape[axis : axis + part.ndim] != part.shape:
        raise IndexError(
            f"The shape of the mask {list(part.shape)} does not match the shape of the indexed tensor "
            f"{list(shape)} from axis {axis} on"
        )


def _indices(part: Array) -> list[Array | None]:
    """Arrays of whole numbers that take what an array does, one an axis; of a single bool, of a new axis."""
    if part.dtype != bool:
        return [part]
    where = part.array()
    return [
        _core.copied(at)
        for at in (where.nonzero() if part.ndim else [np.zeros(int(where), np.int64)])
    ]
