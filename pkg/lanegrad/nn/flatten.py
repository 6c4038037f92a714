"""Layers that change the shape alone."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor, as_tensor
from .module import Module

__all__ = ["Flatten"]


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
