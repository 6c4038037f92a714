"""Transposed convolution: what takes a convolution's output back to the size of its input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ... import _core
from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import Pair, floats, pair
from ._movement import as_rows, as_signals, single
from .padding import pad

__all__ = ["conv_transpose1d", "conv_transpose2d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def conv_transpose2d(
    input: ArrayLike | Tensor,
    weight: ArrayLike | Tensor,
    bias: ArrayLike | Tensor | None = None,
    stride: Pair = 1,
    padding: Pair = 0,
    output_padding: Pair = 0,
    groups: int = 1,
    dilation: Pair = 1,
) -> Tensor:
    """Transposed two-dimensional convolution: the input gradient of a convolution with this weight.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    weight : Tensor or array_like
        (C, O / groups, KH, KW).
    bias : Tensor or array_like, optional
        (O,).
    stride, padding, dilation : int or pair of int
        Of that convolution.
    output_padding : int or pair of int
        Rows below and columns to the right that the result has more, less than stride or dilation.
    groups : int

    Returns
    -------
    Tensor
        (N, O, OH, OW) or (O, OH, OW), where
        OH = (H - 1) stride - 2 padding + dilation (KH - 1) + output_padding + 1, and OW alike.

    Raises
    ------
    RuntimeError
        Shapes do not fit one another, or `output_padding` is too large.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.conv_transpose2d(lanegrad.ones(1, 6, 4, 4), lanegrad.ones(6, 3, 2, 2), stride=2).shape
    (1, 3, 8, 8)
    """
    x, w = floats(input, "input"), floats(weight, "weight")
    if x.ndim == 3:
        images = x.reshape(1, *x.shape)
        y = conv_transpose2d(images, w, bias, stride, padding, output_padding, groups, dilation)
        return y.reshape(*y.shape[1:])
    if x.ndim != 4 or w.ndim != 4 or x.shape[1] != w.shape[0]:
        raise ShapeError(
            f"input and weight must be (N, C, H, W) and (C, O / groups, KH, KW), found shapes "
            f"{x.shape} and {w.shape}"
        )
    steps, around = pair(stride, "stride"), pair(padding, "padding")
    more, taps = pair(output_padding, "output_padding"), pair(dilation, "dilation")
    if any(m < 0 or m >= max(s, d) for m, s, d in zip(more, steps, taps, strict=True)):
        raise ShapeError(
            f"output_padding must be less than stride {steps} or dilation {taps}, found {more}"
        )
    if any(m >= s for m, s in zip(more, steps, strict=True)):  # as much as further rows of zeros
        rows, columns = more[0] // steps[0], more[1] // steps[1]
        x, more = pad(x, (0, columns, 0, rows)), (more[0] % steps[0], more[1] % steps[1])
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, s, p, d, k, m in zip(
            x.shape[2:], steps, around, taps, w.shape[2:], more, strict=True
        )
    )
    if min(size) < 1:
        raise ShapeError(f"the result would be of {size[0]} x {size[1]} pixels: less padding fits")
    return _core.transposed_convolution(x, w, bias, size, (steps, around, taps, groups))


def conv_transpose1d(
    input: ArrayLike | Tensor,
    weight: ArrayLike | Tensor,
    bias: ArrayLike | Tensor | None = None,
    stride: int | tuple[int] = 1,
    padding: int | tuple[int] = 0,
    output_padding: int | tuple[int] = 0,
    groups: int = 1,
    dilation: int | tuple[int] = 1,
) -> Tensor:
    """As `conv_transpose2d`, of signals (N, C, L) or (C, L) with a weight (C, O / groups, K).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.conv_transpose1d([[1.0, 2.0]], [[[1.0, 10.0]]], stride=2)
    tensor([[ 1., 10.,  2., 20.]])
    """
    w = floats(weight, "weight")
    if w.ndim != 3:
        raise ShapeError(f"the weight must be (C, O / groups, K), found shape {w.shape}")
    y = conv_transpose2d(
        as_rows(floats(input, "input"), "conv_transpose1d"),
        w.reshape(*w.shape[:2], 1, w.shape[2]),
        bias,
        (1, single(stride, "stride")),
        (0, single(padding, "padding")),
        (0, single(output_padding, "output_padding")),
        groups,
        (1, single(dilation, "dilation")),
    )
    return as_signals(y)
