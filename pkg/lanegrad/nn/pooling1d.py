"""Pooling layers of signals (N, C, L) or (C, L)."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from .functional.pooling1d import Single
from .module import Module
from .pooling import AdaptiveAvgPool2d, MaxPool2d
from .special_pooling import AdaptiveMaxPool2d, LPPool2d, MaxUnpool2d

__all__ = [
    "AdaptiveAvgPool1d",
    "AdaptiveMaxPool1d",
    "AvgPool1d",
    "LPPool1d",
    "MaxPool1d",
    "MaxUnpool1d",
]


class MaxPool1d(MaxPool2d):
    """The maximum of each window.

    Parameters are those of `MaxPool2d`, each one number.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MaxPool1d(2)([[1.0, 3.0, 2.0, 0.0]])
    tensor([[3., 2.]])
    """

    def forward(self, input: Any) -> Any:
        return F.max_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.ceil_mode,
            self.return_indices,
        )


class AvgPool1d(Module):
    """The mean of each window.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad
        As in `lanegrad.nn.functional.avg_pool1d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.AvgPool1d(2)([[1.0, 3.0, 2.0, 0.0]])
    tensor([[2., 1.]])
    """

    def __init__(
        self,
        kernel_size: Single,
        stride: Single | None = None,
        padding: Single = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        super().__init__()
        self.kernel_size = (kernel_size,) if isinstance(kernel_size, int) else kernel_size
        stride = self.kernel_size if stride is None else stride
        self.stride = (stride,) if isinstance(stride, int) else stride
        self.padding = (padding,) if isinstance(padding, int) else padding
        self.ceil_mode, self.count_include_pad = ceil_mode, count_include_pad

    def forward(self, input: Any) -> Tensor:
        return F.avg_pool1d(
            input,
            self.kernel_size,
            self.stride,
            self.padding,
            self.ceil_mode,
            self.count_include_pad,
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AdaptiveAvgPool1d(AdaptiveAvgPool2d):
    """The means of as many windows as are wanted, which together cover the signal.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.AdaptiveAvgPool1d(1)([[1.0, 3.0, 2.0, 0.0]])
    tensor([[1.5000]])
    """

    def forward(self, input: Any) -> Tensor:
        return F.adaptive_avg_pool1d(input, self.output_size)


class AdaptiveMaxPool1d(AdaptiveMaxPool2d):
    """The maxima of as many windows as are wanted, which together cover the signal.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.AdaptiveMaxPool1d(1)([[1.0, 3.0, 2.0, 0.0]])
    tensor([[3.]])
    """

    def forward(self, input: Any) -> Any:
        return F.adaptive_max_pool1d(input, self.output_size, self.return_indices)


class LPPool1d(LPPool2d):
    """The p-norm of each window.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LPPool1d(2, 2)([[3.0, 4.0, 0.0, 1.0]])
    tensor([[5., 1.]])
    """

    def forward(self, input: Any) -> Tensor:
        return F.lp_pool1d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)


class MaxUnpool1d(MaxUnpool2d):
    """Signals of zeros, with the maxima that `MaxPool1d` gave where it found them.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MaxUnpool1d(2)([[3.0, 2.0]], [[1, 2]])
    tensor([[0., 3., 2., 0.]])
    """

    _axes = 1

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Tensor:
        return F.max_unpool1d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )
