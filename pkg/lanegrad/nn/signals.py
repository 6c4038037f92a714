"""Convolution of signals as a layer."""

from __future__ import annotations

from typing import Any

from .._tensor import Tensor
from . import functional as F
from ._convolution import Convolution
from .functional._movement import single
from .functional.conv import sides

__all__ = ["Conv1d"]


class Conv1d(Convolution):
    """Convolution of signals (N, C, L) or (C, L).

    Parameters and attributes are those of `Conv2d`, with one number where that has two.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.Conv1d(3, 6, 5)(lanegrad.zeros(4, 3, 32)).shape
    (4, 6, 28)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] = 1,
        padding: int | tuple[int] | str = 0,
        dilation: int | tuple[int] = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        kernel, steps = single(kernel_size, "kernel_size"), single(stride, "stride")
        taps = single(dilation, "dilation")
        around: Any = padding if isinstance(padding, str) else (single(padding, "padding"),)
        if isinstance(around, str):  # refuses what does not fit
            sides(around, (1, kernel), (1, 1) if steps == 1 else (steps, steps), (1, taps))
        sizes = {
            "kernel_size": (kernel,),
            "stride": (steps,),
            "padding": around,
            "dilation": (taps,),
        }
        super().__init__(
            in_channels, out_channels, sizes, groups, bias, padding_mode, device, dtype
        )

    def forward(self, input: Any) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def _conv_forward(self, input: Any, weight: Any, bias: Any) -> Tensor:
        around = self.padding
        if self.padding_mode != "zeros":
            given = around if isinstance(around, str) else (0, *around)
            two = (1, *self.kernel_size), (1, *self.stride), (1, *self.dilation)
            _, left, *rest = sides(given, *two)
            input = F.pad(input, (left, rest[1] if rest else left), self.padding_mode)
            around = 0
        return F.conv1d(input, weight, bias, self.stride, around, self.dilation, self.groups)
