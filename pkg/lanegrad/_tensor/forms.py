"""Another shape for a tensor itself, in place, of the same memory.

A view that was made before has to be made again, if a gradient is to go through it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .. import _core
from .._core import reshown
from .parts import strided
from .views import exchanged, permuting, squeezed, turned, unsqueezing

if TYPE_CHECKING:
    from .tensor import Tensor


def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Exchange two axes.

    Examples
    --------
    >>> import lanegrad
    >>> x = lanegrad.zeros(2, 3)
    >>> x.transpose_(0, 1) is x, x.shape
    (True, (3, 2))
    """
    return reshown(*permuting(input, exchanged(input.ndim, dim0, dim1)))


def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """As `transpose_`."""
    return transpose_(input, axis0, axis1)


def t_(input: Tensor) -> Tensor:
    """Exchange rows and columns of a matrix.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 3).t_().shape
    (3, 2)
    """
    return reshown(*permuting(input, turned(input.ndim)))


def squeeze_(input: Tensor, dim: Any = None, *more: int) -> Tensor:
    """Take away axes of a single element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(1, 2, 1).squeeze_(0).shape
    (2, 1)
    """
    shape = squeezed(input.shape, (dim, *more) if more else dim)
    return reshown(input, _core.reshaped, (shape,), _core.reshape_gradient, (input.shape,))


def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """Add an axis of one element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2).unsqueeze_(0).shape
    (1, 2)
    """
    return reshown(*unsqueezing(input, dim))


def as_strided_(input: Tensor, size: Any, stride: Any, storage_offset: int | None = None) -> Tensor:
    """Become what `as_strided` shows.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.arange(4).as_strided_((2,), (3,))
    tensor([0, 3])
    """
    return reshown(*strided(input, size, stride, storage_offset))
