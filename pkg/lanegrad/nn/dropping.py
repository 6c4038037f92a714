"""Dropout as layers, which drop in training mode alone."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["Dropout", "Dropout2d"]


class _Dropout(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(
                f"p, the probability to be dropped, must be between 0 and 1, found {p}"
            )
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Sets elements to zero at random, and multiplies the others by ``1 / (1 - p)``.

    Parameters
    ----------
    p : float
        The probability of an element to become zero.
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

    Raises
    ------
    ValueError
        `p` is not between 0 and 1.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> layer = nn.Dropout(0.25)
    >>> layer(lanegrad.ones(4, 4)).shape
    (4, 4)
    >>> layer.eval()([1.0, 2.0])
    tensor([1., 2.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.dropout(input, self.p, self.training)


class Dropout2d(_Dropout):
    """As `Dropout`, of whole channels of (N, C, H, W) or (N, C, L).

    Parameters
    ----------
    p : float
        The probability of a channel to become zero.
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

    Raises
    ------
    ValueError
        `p` is not between 0 and 1.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Dropout2d()(lanegrad.ones(2, 3, 4, 4)).shape
    (2, 3, 4, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.dropout2d(input, self.p, self.training)
