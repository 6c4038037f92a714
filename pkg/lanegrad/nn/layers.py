"""Layers: modules that keep the parameters and options of a function of nn.functional."""

from __future__ import annotations

from math import sqrt
from typing import Any

from .. import _core
from ..tensor import Tensor, as_tensor
from . import functional as F
from . import init
from ._arguments import Pair, pair
from .module import Module, Parameter


def _parameters(shape: tuple[int, ...], bias: bool) -> tuple[Parameter, Parameter | None]:
    """Weight and bias, both from U(-bound, bound) with bound = 1 / sqrt(fan_in), as in PyTorch."""
    weight = Parameter(_core.empty(shape))
    init.kaiming_uniform_(weight, sqrt(5))
    if not bias:
        return weight, None
    bound = 1 / sqrt(init.fan_in(weight)) if weight.numel() else 0.0
    offset = Parameter(_core.empty(shape[:1]))
    init.uniform_(offset, -bound, bound)
    return weight, offset


class Conv2d(Module):
    """Two-dimensional convolution of images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation, groups
        As in `lanegrad.nn.functional.conv2d`.
    bias : bool
        Whether to add a trained number to each output channel.

    Attributes
    ----------
    weight : Parameter, (out_channels, in_channels / groups, KH, KW)
    bias : Parameter, (out_channels,), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> conv = nn.Conv2d(3, 6, 5)
    >>> conv
    Conv2d(3, 6, kernel_size=(5, 5), stride=(1, 1))
    >>> conv(lanegrad.zeros(4, 3, 32, 32)).shape
    (4, 6, 28, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide in_channels={in_channels} and out_channels={out_channels}, "
                f"found {groups}"
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.stride, self.dilation = pair(stride, "stride"), pair(dilation, "dilation")
        self.padding = padding if isinstance(padding, str) else pair(padding, "padding")
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight, self.bias = _parameters(shape, bias)

    def forward(self, input: Any) -> Tensor:
        return F.conv2d(
            input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups
        )

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        if self.padding != (0, 0):
            text += f", padding={self.padding}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        return text if self.bias is not None else text + ", bias=False"


class Linear(Module):
    """input @ weight.T + bias for inputs (..., in_features).

    Parameters
    ----------
    in_features, out_features : int
    bias : bool
        Whether to add a trained number to each output.

    Attributes
    ----------
    weight : Parameter, (out_features, in_features)
    bias : Parameter, (out_features,), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Linear(400, 120)(lanegrad.zeros(4, 400)).shape
    (4, 120)
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features, self.out_features = in_features, out_features
        self.weight, self.bias = _parameters((out_features, in_features), bias)

    def forward(self, input: Any) -> Tensor:
        return F.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        has_bias = self.bias is not None
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={has_bias}"


class MaxPool2d(Module):
    """The maximum of each window of images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    kernel_size, stride, padding, dilation
        As in `lanegrad.nn.functional.max_pool2d`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.MaxPool2d(2)(lanegrad.zeros(4, 6, 28, 28)).shape
    (4, 6, 14, 14)
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation

    def forward(self, input: Any) -> Tensor:
        return F.max_pool2d(input, self.kernel_size, self.stride, self.padding, self.dilation)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode=False"
        )


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
