"""Combinations of the elements of several tensors: grids, products and choices."""

from __future__ import annotations

from itertools import combinations as choices
from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import adopt, record
from .inside import as_tensor
from .joining import stack
from .selecting import index_select
from .views import expand

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["cartesian_prod", "combinations", "meshgrid"]


def _several(name: str, tensors: tuple[Any, ...]) -> list[Tensor]:
    """Tensors of one axis at most, and one dtype; given one by one or as one list."""
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], list | tuple) else tensors
    parts = [as_tensor(t) for t in given]
    if not parts:
        raise ValueError(f"{name} expects a non-empty list of tensors")
    for t in parts:
        if t.ndim > 1:
            raise RuntimeError(f"{name}: Expected scalar or 1D tensors but got shape {t.shape}")
        if t.dtype != parts[0].dtype:
            raise RuntimeError(f"{name} expects all tensors to have the same dtype")
    return parts


def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Tensor, ...]:
    """The coordinates of a grid, from those along each of its axes.

    Parameters
    ----------
    *tensors : Tensor
        Of one axis, or single numbers.
    indexing : {"ij", "xy"}, optional
        Whether the first tensor goes along the first axis, which is the default, or along the second.

    Returns
    -------
    tuple of Tensor
        One for each tensor, all of the grid's shape.

    Examples
    --------
    >>> import lanegrad
    >>> rows, columns = lanegrad.meshgrid(lanegrad.arange(2), lanegrad.arange(3), indexing="ij")
    >>> columns
    tensor([[0, 1, 2],
            [0, 1, 2]])
    """
    parts = _several("meshgrid", tensors)
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(
            f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}'
        )
    axes = list(range(len(parts)))
    if indexing == "xy" and len(parts) > 1:
        axes[:2] = 1, 0
    shape = tuple(parts[axis].numel() for axis in axes)
    return tuple(_spread(t, axes.index(i), shape) for i, t in enumerate(parts))


def _spread(x: Tensor, axis: int, shape: tuple[int, ...]) -> Tensor:
    """A tensor of one axis repeated along all others of a shape."""
    return expand(x.reshape([-1 if i == axis else 1 for i in range(len(shape))]), shape)


def cartesian_prod(*tensors: Any) -> Tensor:
    """All combinations of one element of each tensor, one a row.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cartesian_prod(lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4])).tolist()
    [[1, 3], [1, 4], [2, 3], [2, 4]]
    """
    parts = _several("cartesian_prod", tensors)
    if len(parts) == 1:
        return parts[0]
    return stack([grid.reshape(-1) for grid in meshgrid(*parts)], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All choices of `r` elements in their order, one a row.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.combinations(lanegrad.tensor([1, 2, 3])).tolist()
    [[1, 2], [1, 3], [2, 3]]
    """
    x = as_tensor(input)
    if x.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {x.shape}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    if r == 0:
        return x[:0]
    choose = combinations_with_replacement if with_replacement else choices
    rows = list(choose(range(x.numel()), r))
    at = np.array(rows, np.int64).reshape(len(rows), r)
    return index_select(x, 0, record(adopt(at.reshape(-1)))).reshape(at.shape)
