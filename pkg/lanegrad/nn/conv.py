"""Convolution layers."""

from __future__ import annotations

from typing import Any

from .. import _core
from .._tensor import Tensor
from . import functional as F
from ._arguments import Pair, pair
from ._convolution import Convolution
from .functional.conv import sides

__all__ = ["Conv2d"]


class Conv2d(Convolution):
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
    device, dtype : optional
        "cpu" and float32, which is all there is.

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
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        kernel, steps = pair(kernel_size, "kernel_size"), pair(stride, "stride")
        taps = pair(dilation, "dilation")
        around = padding if isinstance(padding, str) else pair(padding, "padding")
        sides(around, kernel, steps, taps)  # refuses what does not fit
        sizes = {"kernel_size": kernel, "stride": steps, "padding": around, "dilation": taps}
        super().__init__(
            in_channels, out_channels, sizes, groups, bias, padding_mode, device, dtype
        )

    def forward(self, input: Any) -> Tensor:
        if self.padding_mode == "zeros" and type(self.padding) is type(self.stride) is tuple:
            options = self.stride, self.padding, self.dilation, self.groups
            return _core.convolution(input, self.weight, self.bias, options)
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Tensor:
        """The convolution with another weight and bias, as some programs ask for."""
        around = self.padding
        if self.padding_mode != "zeros":
            top, left, *rest = sides(self.padding, self.kernel_size, self.stride, self.dilation)
            bottom, right = rest or (top, left)
            input = F.pad(input, (left, right, top, bottom), self.padding_mode)
            around = 0
        return F.conv2d(input, weight, bias, self.stride, around, self.dilation, self.groups)
