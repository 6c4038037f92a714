"""Windows of images as columns, and back, as layers."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from ._arguments import Pair
from .module import Module

__all__ = ["Fold", "Unfold"]


class Unfold(Module):
    """The windows of images (N, C, H, W) or (C, H, W) as columns.

    Parameters
    ----------
    kernel_size, dilation, padding, stride
        As in `lanegrad.nn.functional.unfold`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Unfold(3)(lanegrad.zeros(4, 3, 8, 8)).shape
    (4, 27, 36)
    """

    def __init__(
        self, kernel_size: Pair, dilation: Pair = 1, padding: Pair = 0, stride: Pair = 1
    ) -> None:
        super().__init__()
        self.kernel_size, self.dilation = kernel_size, dilation
        self.padding, self.stride = padding, stride

    def forward(self, input: Any) -> Tensor:
        return F.unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, "
            f"stride={self.stride}"
        )


class Fold(Module):
    """Images whose pixels are the sums of what windows, given as columns, have there.

    Parameters
    ----------
    output_size, kernel_size, dilation, padding, stride
        As in `lanegrad.nn.functional.fold`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Fold(8, 3)(lanegrad.zeros(4, 27, 36)).shape
    (4, 3, 8, 8)
    """

    def __init__(
        self,
        output_size: Pair,
        kernel_size: Pair,
        dilation: Pair = 1,
        padding: Pair = 0,
        stride: Pair = 1,
    ) -> None:
        super().__init__()
        self.output_size, self.kernel_size = output_size, kernel_size
        self.dilation, self.padding, self.stride = dilation, padding, stride

    def forward(self, input: Any) -> Tensor:
        options = self.kernel_size, self.dilation, self.padding, self.stride
        return F.fold(input, self.output_size, *options)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, "
            f"dilation={self.dilation}, padding={self.padding}, stride={self.stride}"
        )
