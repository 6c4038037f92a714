"""Pooling that has no kernel of its own: adaptive and fractional maxima, p-norms, and unpooling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import _core
from ..._core import ShapeError, adopt, record, stride_option
from ..._tensor import Tensor, array_of, as_tensor
from ..._tensor.creation import zeros
from ...random import generator
from .._arguments import Pair, floats, pair
from .pooling import Size, avg_pool2d

__all__ = ["adaptive_max_pool2d", "fractional_max_pool2d", "lp_pool2d", "max_unpool2d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Ranges = Sequence[tuple[int, int]]


def adaptive_max_pool2d(
    input: ArrayLike | Tensor, output_size: Size, return_indices: bool = False
) -> Any:
    """The maxima of as many windows as are wanted, which together cover the input.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    output_size : int, None, or pair of these
        Height and width of the result; None leaves the input's. Windows are those of
        `adaptive_avg_pool2d`.
    return_indices : bool
        Also give the place of each maximum.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW).
    indices : Tensor of int64
        If `return_indices`: ``y * W + x`` of each maximum, of the same shape.

    Raises
    ------
    RuntimeError
        The images have no pixels, or `input` has another number of axes.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.adaptive_max_pool2d([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], (1, 2))
    tensor([[[5., 6.]]])
    """
    x = _images(input, "adaptive_max_pool2d")
    size = pair(output_size, "output_size", optional=True)
    if min(0 if n is None else n for n in size) < 0 or not all(x.shape[-2:]):
        raise ShapeError(f"cannot pool images of {x.shape[-2:]} pixels to {size}")
    return _core.adaptive_max_pooling(x, size, bool(return_indices))


def _images(input: ArrayLike | Tensor, name: str) -> Tensor:
    x = floats(input, "input")
    if x.ndim not in (3, 4):
        raise ShapeError(f"{name} takes (N, C, H, W) or (C, H, W), found shape {x.shape}")
    return x


def _maxima(
    x: Tensor,
    windows: Callable[[int, int], tuple[Ranges, Ranges]],
    size: Sequence[int],
    return_indices: bool,
) -> Any:
    """The maxima of windows, ranges of rows and of columns that each plane has of its own."""
    values = array_of(x).array().reshape(prod(x.shape[:-3]), *x.shape[-3:])
    height, width = x.shape[-2:]
    at = np.empty((*values.shape[:2], *size), np.int64)
    for plane in np.ndindex(*values.shape[:2]):
        rows, columns = windows(*plane)
        for i, (top, bottom) in enumerate(rows):
            for j, (left, right) in enumerate(columns):
                part = values[*plane, top:bottom, left:right]
                y, xx = divmod(int(part.argmax()), right - left)  # a NaN counts as the largest
                at[*plane, i, j] = (top + y) * width + left + xx
    index = at.reshape(*x.shape[:-2], prod(size))
    flat = x.reshape(*x.shape[:-2], height * width)
    places = record(adopt(index))
    result = flat.gather(-1, places).reshape(*x.shape[:-2], *size)
    return (result, places.reshape(result.shape)) if return_indices else result


def fractional_max_pool2d(
    input: ArrayLike | Tensor,
    kernel_size: Pair,
    output_size: Any = None,
    output_ratio: Any = None,
    return_indices: bool = False,
    _random_samples: Any = None,
) -> Any:
    """The maxima of windows that stand at random, of each channel its own (Graham, 2014).

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    kernel_size : int or pair of int
        Height and width of the windows.
    output_size : int or pair of int, optional
        Height and width of the result.
    output_ratio : float or pair of float, optional
        Or what part of the input's they are.
    return_indices : bool
        Also give the place of each maximum, ``y * W + x``.

    Returns
    -------
    Tensor, or pair of them
        (N, C, OH, OW) or (C, OH, OW).

    Raises
    ------
    ValueError
        Neither `output_size` nor `output_ratio` is given.
    RuntimeError
        The windows do not fit.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.fractional_max_pool2d(lanegrad.zeros(1, 2, 9, 9), 2, output_ratio=0.6).shape
    (1, 2, 5, 5)
    """
    x = _images(input, "fractional_max_pool2d")
    sizes, kernel = x.shape[-2:], pair(kernel_size, "kernel_size")
    if output_size is None:
        if output_ratio is None:
            raise ValueError("fractional_max_pool2d needs an output_size or an output_ratio")
        ratios = output_ratio if isinstance(output_ratio, tuple | list) else (output_ratio,) * 2
        wanted = tuple(int(n * r) for n, r in zip(sizes, ratios, strict=True))
    else:
        wanted = pair(output_size, "output_size")
    if any(w < 1 or w + k - 1 > n for w, k, n in zip(wanted, kernel, sizes, strict=True)):
        raise ShapeError(f"{wanted} windows of {kernel} do not fit images of {sizes} pixels")
    shape = prod(x.shape[:-3]), x.shape[-3], 2
    draws: Any = generator().random(shape, np.float32)
    if _random_samples is not None:
        draws = np.asarray(as_tensor(_random_samples).detach()).reshape(shape)

    def windows(image: int, channel: int) -> tuple[Ranges, Ranges]:
        u, v = draws[image, channel]
        return _starts(v, sizes[0], wanted[0], kernel[0]), _starts(
            u, sizes[1], wanted[1], kernel[1]
        )

    return _maxima(x, windows, wanted, return_indices)


def _starts(draw: Any, size: int, wanted: int, kernel: int) -> Ranges:
    """Where windows stand, from a draw between 0 and 1; the last one at the end."""
    starts = [size - kernel]
    if wanted > 1:
        alpha = np.float32(size - kernel) / np.float32(wanted - 1)
        first = int(draw * alpha)
        starts = [int((i + draw) * alpha) - first for i in range(wanted - 1)] + starts
    return [(start, start + kernel) for start in starts]


def lp_pool2d(
    input: ArrayLike | Tensor,
    norm_type: float,
    kernel_size: Pair,
    stride: Pair | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """The p-norm of each window: the p-th root of the sum of the p-th powers.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    norm_type : float
        p.
    kernel_size, stride, ceil_mode
        As for `avg_pool2d`.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.lp_pool2d([[[3.0, 0.0], [0.0, 4.0]]], 2, 2)
    tensor([[[5.]]])
    """
    x = floats(input, "input")
    powers = x if norm_type == 1 else x ** float(norm_type)
    means = avg_pool2d(powers, kernel_size, stride, 0, ceil_mode)
    sums: Tensor = means * prod(pair(kernel_size, "kernel_size"))
    # The same value, but a gradient of zero where it is zero, where the root has none.
    sums = sums.relu() - (-sums).relu()
    return sums if norm_type == 1 else sums ** float(1 / norm_type)


def max_unpool2d(
    input: ArrayLike | Tensor,
    indices: ArrayLike | Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Images of zeros, with the maxima that `max_pool2d` gave where it found them.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, H, W) or (C, H, W).
    indices : Tensor of int64
        ``y * W + x`` of each, as `max_pool2d` gives them.
    kernel_size, stride, padding
        Those of `max_pool2d`.
    output_size : sequence of int, optional
        The shape of the result, or its height and width; (H - 1) stride - 2 padding + kernel if not
        given.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW).

    Raises
    ------
    RuntimeError
        Shapes do not fit, or an index is outside of the result.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.max_unpool2d([[[4.0]]], [[[3]]], 2)
    tensor([[[0., 0.],
             [0., 4.]]])
    """
    x, places = _images(input, "max_unpool2d"), as_tensor(indices)
    if places.shape != x.shape:
        raise ShapeError(f"indices must have the shape of input, {x.shape}, found {places.shape}")
    kernel, around = pair(kernel_size, "kernel_size"), pair(padding, "padding")
    steps = stride_option(stride, kernel)
    size = [
        (n - 1) * s - 2 * p + k
        for n, s, p, k in zip(x.shape[-2:], steps, around, kernel, strict=True)
    ]
    if output_size is not None:
        wanted = [int(n) for n in output_size][-2:]
        if any(abs(w - n) >= s for w, n, s in zip(wanted, size, steps, strict=True)):
            raise ValueError(f"output_size must be less than {steps} from {size}, found {wanted}")
        size = wanted
    height, width = size
    at, pixels = places.reshape(*x.shape[:-2], prod(x.shape[-2:])), height * width
    if at.numel() and bool(((at < 0) | (at >= pixels)).any()):
        raise RuntimeError(f"an index is outside of the result, of {height} x {width} pixels")
    flat = x.reshape(at.shape)
    return zeros(*x.shape[:-2], pixels).scatter(-1, at, flat).reshape(*x.shape[:-2], height, width)
