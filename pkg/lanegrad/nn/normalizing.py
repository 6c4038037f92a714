"""The softmax and its relatives as layers."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._core import ShapeError
from .._tensor import Tensor
from . import functional as F
from ._options import OptionsModule
from .module import Module

__all__ = ["LogSoftmax", "Softmax", "Softmax2d", "Softmin"]


class Softmax(OptionsModule):
    """Exponentials, divided by their sum along axis `dim`: `nn.functional.softmax`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softmax(dim=0)([0.0, 0.0])
    tensor([0.5000, 0.5000])
    """

    _function = F.softmax
    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)

    def forward(self, input: Any) -> Tensor:
        return F.softmax(input, self.dim, _stacklevel=4)


class LogSoftmax(OptionsModule):
    """Logarithm of the softmax along axis `dim`: `nn.functional.log_softmax`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LogSoftmax(dim=0)([0.0, 0.0])
    tensor([-0.6931, -0.6931])
    """

    _function = F.log_softmax
    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)

    def forward(self, input: Any) -> Tensor:
        return F.log_softmax(input, self.dim, _stacklevel=4)


class Softmin(OptionsModule):
    """`Softmax` of minus the input: `nn.functional.softmin`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softmin(dim=0)([0.0, 1.0])
    tensor([0.7311, 0.2689])
    """

    _function = F.softmin
    dim: int | None

    def __init__(self, dim: int | None = None) -> None:
        super().__init__(dim=dim)

    def forward(self, input: Any) -> Tensor:
        return F.softmin(input, self.dim, _stacklevel=4)


class Softmax2d(Module):
    """`Softmax` over the channels of each pixel, of (N, C, H, W) or (C, H, W).

    Raises
    ------
    ValueError
        The input has another number of axes.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softmax2d()([[[0.0]], [[0.0]]]).flatten()
    tensor([0.5000, 0.5000])
    """

    def forward(self, input: Any) -> Tensor:
        axes = len(np.shape(input))
        if axes not in (3, 4):
            raise ShapeError(f"Softmax2d takes (N, C, H, W) or (C, H, W), found {axes} axes")
        return F.softmax(input, -3)
