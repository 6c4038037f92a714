"""Activations that have kernels, as layers."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["GELU", "LeakyReLU", "ReLU", "SiLU", "Sigmoid", "Tanh"]


class ReLU(Module):
    """max(input, 0), element by element.

    Parameters
    ----------
    inplace : bool
        Whether a tensor that it is given becomes the result.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.ReLU()([-1.0, 2.0])
    tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class LeakyReLU(Module):
    """input where it is positive, else input times `negative_slope`.

    Parameters
    ----------
    negative_slope : float
    inplace : bool
        Whether a tensor that it is given becomes the result.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LeakyReLU(0.5)([-1.0, 2.0])
    tensor([-0.5000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class GELU(Module):
    """input times the normal distribution function of input.

    Parameters
    ----------
    approximate : {"none", "tanh"}
        As for `nn.functional.gelu`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.GELU()([-1.0, 2.0])
    tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Any) -> Tensor:
        return F.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class Sigmoid(Module):
    """1 / (1 + exp(-input)), element by element.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Sigmoid()([-1.0, 0.0])
    tensor([0.2689, 0.5000])
    """

    def forward(self, input: Any) -> Tensor:
        return F.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent, element by element.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.Tanh()([-1.0, 0.5])
    tensor([-0.7616,  0.4621])
    """

    def forward(self, input: Any) -> Tensor:
        return F.tanh(input)


class SiLU(Module):
    """input / (1 + exp(-input)), element by element; also called swish.

    Parameters
    ----------
    inplace : bool
        Whether a tensor that it is given becomes the result.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.SiLU()([-1.0, 2.0])
    tensor([-0.2689,  1.7616])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Any) -> Tensor:
        return F.silu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""
