"""Layers that change the shape alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._core import ShapeError
from .._tensor import Tensor, as_tensor
from .module import Module

__all__ = ["Flatten", "Unflatten"]


class Flatten(Module):
    """The same elements with the axes from `start_dim` to `end_dim` made one.

    Parameters
    ----------
    start_dim, end_dim : int

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Flatten()(lanegrad.zeros(4, 16, 5, 5)).shape
    (4, 400)
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Any) -> Tensor:
        return as_tensor(input).flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """The same elements with one axis made several.

    Parameters
    ----------
    dim : int
    unflattened_size : sequence of int
        The lengths of the new axes, of which one may be -1.

    Raises
    ------
    RuntimeError
        The axis does not have as many elements, when the layer is called.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Unflatten(1, (16, 5, 5))(lanegrad.zeros(4, 400)).shape
    (4, 16, 5, 5)
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(unflattened_size, tuple | list):
            raise TypeError(
                f"unflattened_size is a tuple of whole numbers, found {unflattened_size!r}"
            )
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Any) -> Tensor:
        x = as_tensor(input)
        axis = range(x.ndim)[self.dim]
        wanted = (*x.shape[:axis], *self.unflattened_size, *x.shape[axis + 1 :])
        try:
            return x.reshape(*wanted)
        except ValueError:
            raise ShapeError(
                f"axis {axis} of a tensor of shape {x.shape} cannot become {self.unflattened_size}"
            ) from None

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
