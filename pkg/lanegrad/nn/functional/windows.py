"""Windows of images as columns, and their sum back into images."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from ... import _core
from ..._core import Array, ShapeError, record
from ..._tensor import Tensor, array_of
from ..._tensor.convert import FLOAT
from .._arguments import Pair, floats, of_any_dtype, pair
from .padding import pad

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


def _windows(shape: tuple[int, ...], options: Pairs) -> tuple[Any, ...]:
    """The arguments of the view of padded images (N, C, H, W) as (N, C, KH, KW, rows, columns)."""
    _, kernel, (down, right), _, (y, x) = options
    images, channels, height, width = shape
    steps = channels * height * width, height * width, down * width, right, y * width, x
    return (images, channels, *kernel, *_steps(options)), steps, 0


def _padded(shape: tuple[int, ...], options: Pairs) -> tuple[int, ...]:
    up, left = options[3]
    return *shape[:2], shape[2] + 2 * up, shape[3] + 2 * left


def _columns(images: Array, options: Pairs) -> Array:
    """(N, C, H, W) as (N, C * KH * KW, places)."""
    around = 0, 0, *options[3]
    shown = _core.plain_of(images)
    if any(around):
        shown = _core.pad(shown, around, around, "constant")
    taps = _core.strided(shown, *_windows(shown.shape, options)).copy()
    n, channels, *kernel, rows, columns = taps.shape
    return taps.reshape((n, channels * prod(kernel), rows * columns))


def _summed(columns: Array, options: Pairs) -> Array:
    """(N, C * KH * KW, places) as (N, C, H, W): each pixel the sum of what windows have there."""
    size, kernel, _, (up, left), _ = options
    shape = columns.shape[0], columns.shape[1] // prod(kernel), *size
    padded = _padded(shape, options)
    arguments = _windows(padded, options)
    taps = _core.plain_of(columns).reshape(arguments[0])
    total = _core.view_gradient(taps, padded, _core.strided, arguments)
    middle = slice(up, up + size[0]), slice(left, left + size[1])
    return _core.ready(_core.part_of(total, (Ellipsis, *middle)))


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
        (N, C, H, W) or (C, H, W): floats, or a tensor of any dtype.
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
    x = of_any_dtype(input, "input")
    if x.ndim == 3:
        y = unfold(x.reshape(1, *x.shape), kernel_size, dilation, padding, stride)
        return y.reshape(*y.shape[1:])
    if x.ndim != 4:
        raise ShapeError(f"unfold takes (N, C, H, W) or (C, H, W), found shape {x.shape}")
    size = x.shape[2], x.shape[3]
    options = _checked(size, kernel_size, dilation, padding, stride)
    up, left = options[3]
    if x.dtype != FLOAT and (up or left):  # the kernel that pads knows floats alone
        return unfold(pad(x, (left, left, up, up)), kernel_size, dilation, 0, stride)
    return record(_columns(array_of(x), options), _summed, (options,), x)


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
    return record(_summed(array_of(x), options), _columns, (options,), x)
