"""Tensors from nothing, from data and from other tensors: the functions of the top level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import record
from ..random import generator
from .convert import FLOAT
from .inside import array_of, as_tensor
from .tensor import Tensor

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def tensor(data: ArrayLike, requires_grad: bool = False) -> Tensor:
    """A tensor of a copy of `data`; `Tensor` and `from_numpy` share its memory where they can.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensor([[1.0, 2.5], [3.0, 4.0]])
    tensor([[1.0000, 2.5000],
            [3.0000, 4.0000]])
    """
    if isinstance(data, Tensor):
        return _fresh(record(array_of(data).copy()), requires_grad)
    return _fresh(record(_core.copied(data)), requires_grad)


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares the memory of a C-contiguous array of float32, integers or booleans.

    Examples
    --------
    >>> import numpy as np
    >>> import lanegrad
    >>> counts = np.zeros(2, np.int64)
    >>> t = lanegrad.from_numpy(counts)
    >>> counts[0] = 5
    >>> t
    tensor([5, 0])
    """
    return Tensor(array)


def _fresh(tensor: Tensor, requires_grad: bool) -> Tensor:
    """A new tensor, which is a leaf."""
    if requires_grad:
        tensor.requires_grad = True
    return tensor


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(shape[0]) if len(shape) == 1 and not isinstance(shape[0], int) else shape


def zeros(*shape: Any, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3).shape
    (2, 3)
    """
    return _fresh(record(_core.full(_shape(shape), 0.0)), requires_grad)


def ones(*shape: Any, requires_grad: bool = False) -> Tensor:
    """A tensor of ones.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones(3)
    tensor([1., 1., 1.])
    """
    return _fresh(record(_core.full(_shape(shape), 1.0)), requires_grad)


def randn(*shape: Any, requires_grad: bool = False) -> Tensor:
    """A tensor of draws from the standard normal distribution.

    Examples
    --------
    >>> import lanegrad
    >>> _ = lanegrad.manual_seed(0)
    >>> lanegrad.randn(2, 3).shape
    (2, 3)
    """
    values = generator().standard_normal(_shape(shape), FLOAT)
    return _fresh(record(_core.adopt(values)), requires_grad)


def max(input: ArrayLike | Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The largest element; or, along an axis, ``(values, indices)`` of the largest ones.

    Examples
    --------
    >>> import lanegrad
    >>> values, indices = lanegrad.max([[1.0, 3.0], [5.0, 2.0]], 1)
    >>> values, indices
    (tensor([3., 5.]), tensor([1, 0]))
    """
    return as_tensor(input).max(dim, keepdim)


def argmax(input: ArrayLike | Tensor, dim: int | None = None, keepdim: bool = False) -> Tensor:
    """The index of the first largest element, along an axis or in the flattened input.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.argmax([[1.0, 3.0], [5.0, 2.0]], 1)
    tensor([1, 0])
    """
    return as_tensor(input).argmax(dim, keepdim)
