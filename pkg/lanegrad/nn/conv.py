"""Convolution layers."""

from __future__ import annotations

from typing import Any

from ..tensor import Tensor
from . import functional as F
from ._arguments import Pair, pair
from ._parameters import weight_and_bias
from .module import Module


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
        if isinstance(padding, str) and padding not in ("valid", "same"):
            raise ValueError(f'padding must be whole numbers, "valid" or "same", found "{padding}"')
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.stride, self.dilation = pair(stride, "stride"), pair(dilation, "dilation")
        self.padding = padding if isinstance(padding, str) else pair(padding, "padding")
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(shape, bias)

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
