"""Transposed convolution layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .._core import ShapeError
from .._tensor import Tensor, as_tensor
from . import functional as F
from ._arguments import Pair, pair
from ._convolution import Convolution
from .functional._movement import single

__all__ = ["ConvTranspose1d", "ConvTranspose2d"]


class _Transposed(Convolution):
    """What the layers below have in common."""

    _transposed = True

    def _more(self, input: Tensor, output_size: Sequence[int] | None) -> Any:
        """The output padding that gives a result of a wanted size."""
        if output_size is None:
            return self.output_padding
        axes = len(self.kernel_size)
        wanted = tuple(output_size)[-axes:]
        least = tuple(
            (n - 1) * s - 2 * p + d * (k - 1) + 1
            for n, s, p, d, k in zip(
                input.shape[-axes:], self.stride, self.padding, self.dilation, self.kernel_size,
                strict=True,
            )
        )  # fmt: skip
        more = tuple(w - n for w, n in zip(wanted, least, strict=True))
        if any(m < 0 or m >= s for m, s in zip(more, self.stride, strict=True)):
            most = tuple(n + s - 1 for n, s in zip(least, self.stride, strict=True))
            raise ShapeError(f"output_size must be between {least} and {most}, found {wanted}")
        return more


class ConvTranspose2d(_Transposed):
    """Transposed convolution of images (N, C, H, W) or (C, H, W).

    Parameters
    ----------
    in_channels, out_channels : int
    kernel_size, stride, padding, output_padding, groups, dilation
        As in `lanegrad.nn.functional.conv_transpose2d`.
    bias : bool
        Whether to add a trained number to each output channel.
    padding_mode : "zeros"
    device, dtype : optional
        "cpu" and float32, which is all there is.

    Attributes
    ----------
    weight : Parameter, (in_channels, out_channels / groups, KH, KW)
    bias : Parameter, (out_channels,), or None

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.ConvTranspose2d(6, 3, 2, stride=2)(lanegrad.zeros(4, 6, 8, 8)).shape
    (4, 3, 16, 16)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair = 0,
        output_padding: Pair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Pair = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        sizes = {
            "kernel_size": pair(kernel_size, "kernel_size"),
            "stride": pair(stride, "stride"),
            "padding": pair(padding, "padding"),
            "dilation": pair(dilation, "dilation"),
            "output_padding": pair(output_padding, "output_padding"),
        }
        super().__init__(
            in_channels, out_channels, sizes, groups, bias, padding_mode, device, dtype
        )

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Tensor:
        x = as_tensor(input)
        more = self._more(x, output_size)
        return F.conv_transpose2d(
            x, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )


class ConvTranspose1d(_Transposed):
    """As `ConvTranspose2d`, of signals (N, C, L) or (C, L), with one number where that has two.

    Examples
    --------
    >>> import lanegrad
    >>> from lanegrad import nn
    >>> nn.ConvTranspose1d(6, 3, 2, stride=2)(lanegrad.zeros(4, 6, 8)).shape
    (4, 3, 16)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int],
        stride: int | tuple[int] = 1,
        padding: int | tuple[int] = 0,
        output_padding: int | tuple[int] = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: int | tuple[int] = 1,
        padding_mode: str = "zeros",
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        sizes = {
            "kernel_size": (single(kernel_size, "kernel_size"),),
            "stride": (single(stride, "stride"),),
            "padding": (single(padding, "padding"),),
            "dilation": (single(dilation, "dilation"),),
            "output_padding": (single(output_padding, "output_padding"),),
        }
        super().__init__(
            in_channels, out_channels, sizes, groups, bias, padding_mode, device, dtype
        )

    def forward(self, input: Any, output_size: Sequence[int] | None = None) -> Tensor:
        x = as_tensor(input)
        more = self._more(x, output_size)
        return F.conv_transpose1d(
            x, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation
        )
