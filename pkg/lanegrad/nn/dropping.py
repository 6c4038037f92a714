"""Dropout as layers, which drop in training mode alone."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .module import Module

__all__ = [
    "AlphaDropout",
    "Dropout",
    "Dropout1d",
    "Dropout2d",
    "Dropout3d",
    "FeatureAlphaDropout",
]


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
        Whether a tensor that it is given becomes the result.

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
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """As `Dropout`, of whole channels of (N, C, H, W).

    Parameters
    ----------
    p : float
        The probability of a channel to become zero.
    inplace : bool
        Whether a tensor that it is given becomes the result.

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
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """As `Dropout`, of whole channels of (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Dropout1d()(lanegrad.ones(2, 3, 4)).shape
    (2, 3, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """As `Dropout`, of whole channels of (N, C, D, H, W) or (C, D, H, W).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Dropout3d()(lanegrad.ones(2, 3, 4, 4, 4)).shape
    (2, 3, 4, 4, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout that keeps mean 0 and variance 1 of what `SELU` gives: `nn.functional.alpha_dropout`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.AlphaDropout()(lanegrad.ones(2, 3)).shape
    (2, 3)
    """

    def forward(self, input: Any) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """As `AlphaDropout`, of whole channels of (N, C, ...).

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.FeatureAlphaDropout()(lanegrad.ones(2, 3, 4)).shape
    (2, 3, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
