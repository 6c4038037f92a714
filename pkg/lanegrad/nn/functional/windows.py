"""Windows of images as columns, and their sum back into images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..._core import Array, ShapeError, adopt, record
from ..._tensor import Tensor, array_of
from .._arguments import Pair, floats, pair

__all__ = ["fold", "unfold"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Pairs = tuple[tuple[int, int], ...]
"""The size of the images, then kernel size, dilation, padding and stride."""


def _steps(options: Pairs) -> tuple[int, int]:
    """How many places the window has."""
    rows, columns = (
        (n + 2 * p - d * (k - 1) - 1) // s + 1 for n, k, d, p, s in zip(*options, strict=True)
    )
    return rows, columns


def _taps(padded: np.ndarray, options: Pairs) -> list[np.ndarray]:
    """For each element of the window, the pixels that it meets, as views of padded images."""
    (rows, columns), (_, kernel, dilation, _, stride) = _steps(options), options
    taps = []
    for i in range(kernel[0]):
        for j in range(kernel[1]):
            top, left = i * dilation[0], j * dilation[1]
            taps.append(
                padded[
                    ...,
                    top : top + stride[0] * (rows - 1) + 1 : stride[0],
                    left : left + stride[1] * (columns - 1) + 1 : stride[1],
                ]
            )
    return taps


def _columns(images: np.ndarray, options: Pairs) -> np.ndarray:
    """(N, C, H, W) as (N, C * KH * KW, places)."""
    up, left = options[3]
    padded = np.pad(images, ((0, 0), (0, 0), (up, up), (left, left)))
    taps = np.stack(_taps(padded, options), 2)
    places = taps.shape[3] * taps.shape[4]
    return taps.reshape(images.shape[0], images.shape[1] * taps.shape[2], places)


def _summed(columns: np.ndarray, options: Pairs) -> np.ndarray:
    """(N, C * KH * KW, places) as (N, C, H, W): each pixel the sum of what windows have there."""
    (height, width), (kh, kw), _, (up, left), _ = options
    images, channels = columns.shape[0], columns.shape[1] // (kh * kw)
    padded = np.zeros((images, channels, height + 2 * up, width + 2 * left), np.float32)
    parts = columns.reshape(images, channels, kh * kw, *_steps(options))
    for i, tap in enumerate(_taps(padded, options)):
        tap += parts[:, :, i]
    return np.ascontiguousarray(padded[..., up : up + height, left : left + width])


def _unfold_gradient(g: Array, options: Pairs) -> Array:
    return adopt(_summed(g.array(), options))


def _fold_gradient(g: Array, options: Pairs) -> Array:
    return adopt(_columns(g.array(), options))


def _checked(size: tuple[int, int], *given: Pair) -> Pairs:
    names = "kernel_size", "dilation", "padding", "stride"
    options = (size, *(pair(value, name) for value, name in zip(given, names, strict=True)))
    if min(*options[1], *options[2], *options[4]) < 1 or min(options[3]) < 0:
        raise ShapeError("kernel_size, dilation and stride are positive, and padding not negative")
    if min(_steps(options)) < 1:
        raise ShapeError(f"windows of {options[1]} do not fit images of {size} pixels")
    return options


def unfold(
    input: ArrayLike | Tensor,
    kernel_size: Pair,
    dilation: Pair = 1,
    padding: Pair = 0,
    stride: Pair = 1,
) -> Tensor:
    """The windows of images as columns.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, H, W) or (C, H, W).
    kernel_size, dilation, padding, stride : int or pair of int
        As for `conv2d`.

    Returns
    -------
    Tensor
        (N, C KH KW, places) or (C KH KW, places).

    Raises
    ------
    RuntimeError
        The window does not fit.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.unfold(lanegrad.zeros(4, 3, 8, 8), 3).shape
    (4, 27, 36)
    """
    x = floats(input, "input")
    if x.ndim == 3:
        y = unfold(x.reshape(1, *x.shape), kernel_size, dilation, padding, stride)
        return y.reshape(*y.shape[1:])
    if x.ndim != 4:
        raise ShapeError(f"unfold takes (N, C, H, W) or (C, H, W), found shape {x.shape}")
    size = x.shape[2], x.shape[3]
    options = _checked(size, kernel_size, dilation, padding, stride)
    columns = _columns(array_of(x).array(), options)
    return record(adopt(columns), _unfold_gradient, (options,), x)


def fold(
    input: ArrayLike | Tensor,
    output_size: Pair,
    kernel_size: Pair,
    dilation: Pair = 1,
    padding: Pair = 0,
    stride: Pair = 1,
) -> Tensor:
    """Images whose pixels are the sums of what windows, given as columns, have there.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C KH KW, places) or (C KH KW, places), as `unfold` gives them.
    output_size : int or pair of int
        Height and width of the images.
    kernel_size, dilation, padding, stride : int or pair of int
        As for `conv2d`.

    Returns
    -------
    Tensor
        (N, C, H, W) or (C, H, W).

    Raises
    ------
    RuntimeError
        The number of rows or of places does not fit.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.fold(F.unfold(lanegrad.ones(1, 1, 3, 3), 2), 3, 2)
    tensor([[[[1., 2., 1.],
              [2., 4., 2.],
              [1., 2., 1.]]]])
    """
    x = floats(input, "input")
    if x.ndim == 2:
        y = fold(x.reshape(1, *x.shape), output_size, kernel_size, dilation, padding, stride)
        return y.reshape(*y.shape[1:])
    options = _checked(pair(output_size, "output_size"), kernel_size, dilation, padding, stride)
    (rows, columns), (kh, kw) = _steps(options), options[1]
    if x.ndim != 3 or x.shape[1] % (kh * kw) or x.shape[2] != rows * columns:
        raise ShapeError(
            f"fold takes (N, C * {kh * kw}, {rows * columns}) for these windows, "
            f"found shape {x.shape}"
        )
    return record(adopt(_summed(array_of(x).array(), options)), _fold_gradient, (options,), x)
