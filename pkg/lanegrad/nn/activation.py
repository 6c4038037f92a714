"""Activations as layers."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from .module import Module


class ReLU(Module):
    """max(input, 0), element by element.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReLU()([-1.0, 2.0])
    tensor([0., 2.])
    """

    def forward(self, input: Any) -> Tensor:
        return F.relu(input)


class Softmax(Module):
    """Exponentials, divided by their sum along axis `dim`.

    Parameters
    ----------
    dim : int

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Softmax(dim=0)([0.0, 0.0])
    tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Logarithm of the softmax along axis `dim`.

    Parameters
    ----------
    dim : int

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LogSoftmax(dim=0)([0.0, 0.0])
    tensor([-0.6931, -0.6931])
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Any) -> Tensor:
        return F.log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
