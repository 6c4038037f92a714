"""Dropout of channels of signals and volumes, and dropout after SELU, as layers."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .dropping import _Dropout

__all__ = ["AlphaDropout", "Dropout1d", "Dropout3d", "FeatureAlphaDropout"]


class Dropout1d(_Dropout):
    """As `Dropout`, of whole channels of (N, C, L) or (C, L).

    Parameters are those of `Dropout`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Dropout1d()(lanegrad.ones(2, 3, 8)).shape
    (2, 3, 8)
    """

    def forward(self, input: Any) -> Tensor:
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """As `Dropout`, of whole channels of (N, C, D, H, W) or (C, D, H, W).

    Parameters are those of `Dropout`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Dropout3d()(lanegrad.ones(2, 3, 2, 4, 4)).shape
    (2, 3, 2, 4, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout after SELU: elements become its lowest value, and mean 0 and variance 1 stay.

    Parameters are those of `Dropout`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.AlphaDropout()(lanegrad.ones(4, 4)).shape
    (4, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """As `AlphaDropout`, of whole channels of (N, C, ...).

    Parameters are those of `Dropout`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.FeatureAlphaDropout()(lanegrad.ones(2, 3, 4, 4)).shape
    (2, 3, 4, 4)
    """

    def forward(self, input: Any) -> Tensor:
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
