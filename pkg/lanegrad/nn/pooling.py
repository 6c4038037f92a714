"""Pooling layers."""

from __future__ import annotations

from typing import Any

from .. import _core
from .._tensor import Tensor
from . import functional as F
from ._arguments import Pair
from .module import Module

__all__ = ["AdaptiveAvgPool2d", "AvgPool2d", "MaxPool2d"]


class MaxPool2d(Module):
    """The maximum of each window of images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    kernel_size, stride, padding, dilation, return_indices, ceil_mode
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
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.dilation = padding, dilation
        self.return_indices, self.ceil_mode = return_indices, ceil_mode

    def forward(self, input: Any) -> Any:
        return _core.max_pooling(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            bool(self.ceil_mode),
            bool(self.return_indices),
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, "
            f"dilation={self.dilation}, ceil_mode={self.ceil_mode}"
        )


class AvgPool2d(Module):
    """The mean of each window of images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        As in `lanegrad.nn.functional.avg_pool2d`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.AvgPool2d(2)(lanegrad.zeros(4, 6, 28, 28)).shape
    (4, 6, 14, 14)
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding, self.ceil_mode = padding, ceil_mode
        self.count_include_pad, self.divisor_override = count_include_pad, divisor_override

    def forward(self, input: Any) -> Tensor:
        return F.avg_pool2d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
            self.divisor_override,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool2d(Module):
    """The means of as many windows as are wanted, which together cover images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    output_size
        As in `lanegrad.nn.functional.adaptive_avg_pool2d`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.AdaptiveAvgPool2d(1)(lanegrad.zeros(4, 64, 8, 8)).shape
    (4, 64, 1, 1)
    """

    def __init__(self, output_size: int | tuple[int | None, int | None] | None) -> None:
        super().__init__()
        self.output_size = output_size

    def forward(self, input: Any) -> Tensor:
        return F.adaptive_avg_pool2d(input, self.output_size)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"
