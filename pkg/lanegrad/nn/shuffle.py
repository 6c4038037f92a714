"""Layers that move pixels to channels, channels to pixels, and channels among themselves."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .module import Module

__all__ = ["ChannelShuffle", "PixelShuffle", "PixelUnshuffle"]


class PixelShuffle(Module):
    """(..., C r r, H, W) as (..., C, H r, W r), where r is `upscale_factor`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.PixelShuffle(2)(lanegrad.zeros(4, 12, 8, 8)).shape
    (4, 3, 16, 16)
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Any) -> Tensor:
        return F.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., C, H r, W r) as (..., C r r, H, W), where r is `downscale_factor`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.PixelUnshuffle(2)(lanegrad.zeros(4, 3, 16, 16)).shape
    (4, 12, 8, 8)
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Any) -> Tensor:
        return F.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels of (N, C, ...) dealt out: the first of each group, then the second of each.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.ChannelShuffle(2)(lanegrad.zeros(4, 12, 8, 8)).shape
    (4, 12, 8, 8)
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Any) -> Tensor:
        return F.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
