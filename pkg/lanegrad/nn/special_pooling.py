"""Pooling layers of images that have no kernel of their own, and unpooling."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from ._arguments import Pair
from .module import Module

__all__ = ["AdaptiveMaxPool2d", "FractionalMaxPool2d", "LPPool2d", "MaxUnpool2d"]


class AdaptiveMaxPool2d(Module):
    """The maxima of as many windows as are wanted, which together cover images.

    Parameters
    ----------
    output_size, return_indices
        As in `lanegrad.nn.functional.adaptive_max_pool2d`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.AdaptiveMaxPool2d((5, None))(lanegrad.zeros(4, 64, 8, 9)).shape
    (4, 64, 5, 9)
    """

    def __init__(self, output_size: Any, return_indices: bool = False) -> None:
        super().__init__()
        self.output_size, self.return_indices = output_size, return_indices

    def forward(self, input: Any) -> Any:
        return F.adaptive_max_pool2d(input, self.output_size, self.return_indices)

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class FractionalMaxPool2d(Module):
    """The maxima of windows that stand at random.

    Parameters
    ----------
    kernel_size, output_size, output_ratio, return_indices
        As in `lanegrad.nn.functional.fractional_max_pool2d`.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.FractionalMaxPool2d(2, output_ratio=0.6)(lanegrad.zeros(1, 2, 9, 9)).shape
    (1, 2, 5, 5)
    """

    def __init__(
        self,
        kernel_size: Pair,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> None:
        super().__init__()
        if (output_size is None) == (output_ratio is None):
            raise ValueError("give either output_size or output_ratio")
        ratios = output_ratio if isinstance(output_ratio, tuple | list) else (output_ratio,)
        if output_ratio is not None and not all(0 < ratio < 1 for ratio in ratios):
            raise ValueError(f"output_ratio must be between 0 and 1, found {output_ratio}")
        self.kernel_size, self.return_indices = kernel_size, return_indices
        self.output_size, self.output_ratio = output_size, output_ratio
        self._random_samples = _random_samples

    def forward(self, input: Any) -> Any:
        return F.fractional_max_pool2d(
            input,
            self.kernel_size,
            self.output_size,
            self.output_ratio,
            self.return_indices,
            self._random_samples,
        )


class LPPool2d(Module):
    """The p-norm of each window of images.

    Parameters
    ----------
    norm_type, kernel_size, stride, ceil_mode
        As in `lanegrad.nn.functional.lp_pool2d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.LPPool2d(2, 2)([[[3.0, 0.0], [0.0, 4.0]]])
    tensor([[[5.]]])
    """

    def __init__(
        self,
        norm_type: float,
        kernel_size: Any,
        stride: Any = None,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.norm_type, self.kernel_size = norm_type, kernel_size
        self.stride, self.ceil_mode = stride, ceil_mode

    def forward(self, input: Any) -> Tensor:
        return F.lp_pool2d(input, self.norm_type, self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxUnpool2d(Module):
    """Images of zeros, with the maxima that `MaxPool2d` gave where it found them.

    Parameters
    ----------
    kernel_size, stride, padding
        Those of `MaxPool2d`.

    Examples
    --------
    >>> from lanegrad import nn
    >>> nn.MaxUnpool2d(2)([[[4.0]]], [[[3]]])
    tensor([[[0., 0.],
             [0., 4.]]])
    """

    _axes = 2

    def __init__(self, kernel_size: Any, stride: Any = None, padding: Any = 0) -> None:
        super().__init__()
        stride = kernel_size if stride is None else stride
        self.kernel_size, self.stride = self._each(kernel_size), self._each(stride)
        self.padding = self._each(padding)

    def _each(self, value: Any) -> Any:
        return (value,) * self._axes if isinstance(value, int) else value

    def forward(self, input: Any, indices: Any, output_size: Any = None) -> Tensor:
        return F.max_unpool2d(
            input, indices, self.kernel_size, self.stride, self.padding, output_size
        )

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"
