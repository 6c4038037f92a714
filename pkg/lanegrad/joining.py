"""Tensors joined along an axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _core
from ._convert import FLOAT
from .lanes import Lanes, as_lanes
from .tensor import Tensor, as_tensor, record

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def cat(tensors: Sequence[ArrayLike | Tensor], dim: int = 0) -> Tensor:
    """Tensors joined along an axis; `concat` and `concatenate` are the same function.

    Images that are in lanes stay so, unless they are joined along the batch.

    Parameters
    ----------
    tensors : sequence of Tensor or array_like
        Of the same shape but along `dim`. Tensors of shape (0,) are left out, as in PyTorch.
    dim : int

    Returns
    -------
    Tensor

    Raises
    ------
    ValueError
        There are no tensors, or their shapes do not fit.
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
        raise ValueError("cat needs at least one tensor")
    if any(t.ndim == 0 for t in parts):
        raise ValueError("a tensor of a single number, without an axis, cannot be joined")
    parts = [t for t in parts if t.shape != (0,)] or parts[:1]
    axis = range(parts[0].ndim)[dim]
    if all(t.dtype != FLOAT for t in parts):
        return record(np.concatenate([t._plain() for t in parts], axis))
    parts = [t.float() for t in parts]
    edges = [t._edge for t in parts]
    images = any(type(t._value) is Lanes for t in parts) and axis != 0
    if images and all(t.ndim == 4 and len(t) == len(parts[0]) for t in parts):
        return _cat_lanes(parts, axis, edges)
    arrays = [t._plain() for t in parts]
    sizes = [a.shape[axis] for a in arrays]

    def rule(g: Any) -> tuple[Any, ...]:
        return _wanted(_core.split(g, sizes, axis), edges)

    return record(_core.cat(arrays, axis), rule, *edges)


def _cat_lanes(parts: list[Tensor], axis: int, edges: list[Any]) -> Tensor:
    """Batches of as many images, which are or come into lanes, joined along another axis."""
    values: list[Any] = [t._value for t in parts]
    batch = len(parts[0])
    arrays = [as_lanes(v).data for v in values]
    sizes = [a.shape[axis] for a in arrays]
    in_lanes = [type(v) is Lanes for v in values]

    def rule(g: Any) -> tuple[Any, ...]:
        pieces = [Lanes(a, batch) for a in _core.split(as_lanes(g).data, sizes, axis)]
        gradients = [p if kept else p.unpack() for p, kept in zip(pieces, in_lanes, strict=True)]
        return _wanted(gradients, edges)

    return record(Lanes(_core.cat(arrays, axis), batch), rule, *edges)


def _wanted(gradients: list[Any], edges: list[Any]) -> tuple[Any, ...]:
    return tuple(g if e is not None else None for g, e in zip(gradients, edges, strict=True))


concat = concatenate = cat
