"""Convolution of signals: that of images of height 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from ._movement import as_rows, as_signals, single
from .conv import conv2d

__all__ = ["conv1d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def conv1d(
    input: ArrayLike | Tensor,
    weight: ArrayLike | Tensor,
    bias: ArrayLike | Tensor | None = None,
    stride: int | tuple[int] = 1,
    padding: int | tuple[int] | str = 0,
    dilation: int | tuple[int] = 1,
    groups: int = 1,
) -> Tensor:
    """Convolution of signals (N, C, L) or (C, L).

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, L) or (C, L).
    weight : Tensor or array_like
        (O, C / groups, K).
    bias : Tensor or array_like, optional
        (O,).
    stride, padding, dilation, groups
        As for `conv2d`, each one number.

    Returns
    -------
    Tensor
        (N, O, OL) or (O, OL).

    Raises
    ------
    RuntimeError
        Shapes do not fit one another.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.conv1d([[1.0, 2.0, 3.0]], [[[1.0, -1.0]]])
    tensor([[-1., -1.]])
    """
    w = floats(weight, "weight")
    if w.ndim != 3:
        raise ShapeError(f"the weight of conv1d must be (O, C / groups, K), found shape {w.shape}")
    around = padding if isinstance(padding, str) else (0, single(padding, "padding"))
    images = as_rows(floats(input, "input"), "conv1d")
    steps, taps = (1, single(stride, "stride")), (1, single(dilation, "dilation"))
    kernel = w.reshape(*w.shape[:2], 1, w.shape[2])
    return as_signals(conv2d(images, kernel, bias, steps, around, taps, groups))
