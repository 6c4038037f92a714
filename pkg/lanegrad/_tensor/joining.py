"""Tensors joined along an axis, and blocks of a matrix."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, record
from .axes import axis_of
from .conversion import converted
from .convert import FLOAT
from .inside import array_of, as_tensor
from .movement import numpy_names
from .views import unsqueeze

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "block_diag",
    "cat",
    "column_stack",
    "concat",
    "concatenate",
    "dstack",
    "hstack",
    "row_stack",
    "stack",
    "vstack",
]


def cat(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Tensors joined along an axis; `concat` and `concatenate` are the same function.

    Images that are in lanes stay so, unless they are joined along the batch.

    Parameters
    ----------
    tensors : sequence of Tensor or array_like
        Of the same shape but along `dim`; or of shape (0,), which adds nothing but its dtype, as in PyTorch.
    dim : int

    Returns
    -------
    Tensor
        Of the dtype that all of theirs go into.

    Raises
    ------
    ValueError
        There are no tensors.
    RuntimeError
        Their shapes do not fit.
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cat([[1.0, 2.0], [3.0]])
    tensor([1., 2., 3.])
    >>> lanegrad.cat([lanegrad.zeros(4, 3, 8, 8), lanegrad.zeros(4, 5, 8, 8)], dim=1).shape
    (4, 8, 8, 8)
    """
    parts = [as_tensor(t) for t in tensors]
    if not parts:
        raise ValueError("cat needs at least one tensor: expected a non-empty list of Tensors")
    if any(t.ndim == 0 for t in parts):
        raise ShapeError("a tensor of a single number, without an axis, cannot be joined")
    shape = next((t.shape for t in parts if t.shape != (0,)), (0,))
    axis = axis_of(dim, len(shape))
    none = *shape[:axis], 0, *shape[axis + 1 :]
    parts = [t.reshape(none) if t.shape == (0,) else t for t in parts]
    dtype = (
        FLOAT if any(t.dtype == FLOAT for t in parts) else np.result_type(*(t.dtype for t in parts))
    )
    parts = [converted(t, dtype) for t in parts]
    arrays = [array_of(t) for t in parts]
    forms = tuple([x.in_lanes for x in arrays])
    lanes = False
    if any(forms):
        # Batches of as many images, of which some are in lanes, stay so.
        lanes = axis != 0 and all(t.ndim == 4 and len(t) == len(parts[0]) for t in parts)
        form = _core.lanes_of if lanes else _core.plain_of
        arrays = [form(x) for x in arrays]
    saved = tuple([t.shape[axis] for t in parts]), axis, lanes, forms
    # Of a single tensor the tape asks for the one gradient that there is.
    gradient = _core.cat_gradient if len(parts) > 1 else _core.cat_one_gradient
    return record(_core.cat(arrays, axis), gradient, saved, *parts)


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0) -> Tensor:
    """Tensors of one shape side by side along a new axis.

    Parameters
    ----------
    tensors : sequence of Tensor or array_like
    dim : int
        Where the new axis comes.

    Raises
    ------
    RuntimeError
        There are no tensors, or their shapes differ.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.stack([lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4])], 1)
    tensor([[1, 3],
            [2, 4]])
    """
    parts = [as_tensor(t) for t in tensors]
    if not parts:
        raise RuntimeError("stack expects a non-empty TensorList")
    shape = parts[0].shape
    axis = axis_of(dim, len(shape) + 1)
    for i, t in enumerate(parts):
        if t.shape != shape:
            raise ShapeError(
                f"stack expects each tensor to be equal size, but got {list(shape)} at entry 0 and "
                f"{list(t.shape)} at entry {i}"
            )
    if len({t.dtype for t in parts}) > 1:
        return cat([unsqueeze(t, axis) for t in parts], axis)
    longer = (*(slice(None),) * axis, None)
    value = _core.cat([_core.part_of(array_of(t), longer) for t in parts], axis)
    return record(
        value, _stack_gradient if len(parts) > 1 else _stack_one_gradient, (axis,), *parts
    )


def _stack_gradient(g: Array, need: tuple[bool, ...], axis: int) -> tuple[Array | None, ...]:
    before = (slice(None),) * axis
    return tuple(
        _core.part_of(g, (*before, i)) if wanted else None for i, wanted in enumerate(need)
    )


def _stack_one_gradient(g: Array, axis: int) -> Array:
    return _core.part_of(g, (*(slice(None),) * axis, 0))


def _at_least(ndim: int, t: Any) -> Tensor:
    """With axes of length 1 behind, or before for a vector that is to be a row."""
    x = as_tensor(t)
    shape = (1,) * (min(ndim, 2) - x.ndim) + x.shape
    return x.reshape(*shape, *(1,) * (ndim - len(shape)))


def _joined(
    name: str, tensors: Sequence[Any], prepare: Callable[[Any], Tensor], dim: int | None
) -> Tensor:
    parts = [prepare(t) for t in tensors]
    if not parts:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return cat(parts, min(parts[0].ndim - 1, 1) if dim is None else dim)


def hstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along the second axis, or the only one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.hstack([lanegrad.tensor([1]), lanegrad.tensor([2, 3])])
    tensor([1, 2, 3])
    """
    return _joined("hstack", tensors, lambda t: _at_least(1, t), None)


def vstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along the first axis, vectors as rows; `row_stack` is the same function.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.vstack([lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return _joined("vstack", tensors, lambda t: _at_least(2, t), 0)


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along the third axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.dstack([lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4])]).shape
    (1, 2, 2)
    """
    return _joined("dstack", tensors, lambda t: _at_least(3, t), 2)


def column_stack(tensors: Sequence[Any]) -> Tensor:
    """Tensors joined along the second axis, vectors as columns.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.column_stack([lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """

    def columns(t: Any) -> Tensor:
        x = as_tensor(t)
        return x.reshape(-1, 1) if x.ndim < 2 else x

    return _joined("column_stack", tensors, columns, 1)


def block_diag(*tensors: Any) -> Tensor:
    """A matrix that has matrices one after the other along its diagonal, and zeros elsewhere.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.block_diag(lanegrad.tensor([[1, 2]]), lanegrad.tensor([[3]]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
    for t in map(as_tensor, given):
        if t.ndim > 2:
            raise RuntimeError(
                f"block_diag takes tensors of two axes at most, found shape {t.shape}"
            )
    blocks = [_at_least(2, t) for t in given] or [record(_core.full((1, 0), 0.0))]
    width = sum(block.shape[1] for block in blocks)
    rows, start = [], 0
    for block in blocks:
        end = start + block.shape[1]
        sides = (
            record(_core.copied(np.zeros((len(block), n), block.dtype)))
            for n in (start, width - end)
        )
        left, right = sides
        rows.append(cat([left, block, right], 1))
        start = end
    return cat(rows, 0)


numpy_names(globals())
