"""Convolution layers."""

from __future__ import annotations

from typing import Any

from .. import _core
from .._tensor import Tensor
from . import functional as F
from ._arguments import Pair, pair
from ._parameters import weight_and_bias
from .functional.conv import sides
from .module import Module

__all__ = ["Conv2d"]


class Conv2d(Module):
    """Two-dimensional convolution of images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, dilation, groups
        As in `lanegrad.nn.functional.conv2d`.
    bias : bool
        Whether to add a trained number to each output channel.
    padding_mode : "zeros", "reflect", "replicate" or "circular"
        What `padding` consists of: zeros, or what `lanegrad.nn.functional.pad` makes of the image.

    Raises
    ------
    ValueError
        `groups` does not divide the channels, `padding` or `padding_mode` has no such name, or
        padding="same" meets a stride.

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
        padding_mode: str = "zeros",
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"groups must divide in_channels={in_channels} and out_channels={out_channels}, "
                f"found {groups}"
            )
        if padding_mode not in ("zeros", "reflect", "replicate", "circular"):
            raise ValueError(
                'padding_mode must be "zeros", "reflect", "replicate" or "circular", '
                f'found "{padding_mode}"'
            )
        self.in_channels, self.out_channels, self.groups = in_channels, out_channels, groups
        self.kernel_size = pair(kernel_size, "kernel_size")
        self.stride, self.dilation = pair(stride, "stride"), pair(dilation, "dilation")
        self.padding = padding if isinstance(padding, str) else pair(padding, "padding")
        self.padding_mode = padding_mode
        self._sides = sides(self.padding, self.kernel_size, self.stride, self.dilation)
        shape = (out_channels, in_channels // groups, *self.kernel_size)
        self.weight, self.bias = weight_and_bias(shape, bias)

    def forward(self, input: Any) -> Tensor:
        around: Any = self.padding
        if self.padding_mode != "zeros":
            top, left, *rest = self._sides
            bottom, right = rest or (top, left)
            input = F.pad(input, (left, right, top, bottom), self.padding_mode)
            around = 0, 0
        elif isinstance(around, str):
            around = self._sides
        options = self.stride, around, self.dilation, self.groups
        return _core.convolution(input, self.weight, self.bias, options)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}"
        text += f", stride={self.stride}"
        if self.padding != (0, 0):
            text += f", padding={self.padding}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text if self.padding_mode == "zeros" else f"{text}, padding_mode={self.padding_mode}"
