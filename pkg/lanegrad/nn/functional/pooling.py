"""Pooling of images and its gradient rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ... import _core
from ..._tensor import Tensor
from .._arguments import Pair, pair

__all__ = ["adaptive_avg_pool2d", "avg_pool2d", "max_pool2d"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Size = int | None | tuple[int | None, int | None]


def max_pool2d(
    input: ArrayLike | Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The maximum of each window.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Pixels between two windows; `kernel_size` if not given.
    padding : int or pair of int
        Rows and columns that count as minus infinity on each side, at most half a window.
    dilation : int or pair of int
        Pixels between two pixels of a window.
    ceil_mode : bool
        Let the last windows hang over the lower and right edges, instead of leaving pixels out.
    return_indices : bool
        Also give the place of each maximum: of the first one if there are several.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW), with OH and OW as in `conv2d`; with `ceil_mode`, the division is
        rounded up, and a window that would begin below or right of the input is left out.
    indices : Tensor of int64
        If `return_indices`: ``y * W + x`` of each maximum, of the same shape.

    Raises
    ------
    ValueError
        The window does not fit, or an option is out of range.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.max_pool2d([[[1.0, 2.0], [3.0, 4.0]]], 2)
    tensor([[[4.]]])
    >>> F.max_pool2d([[[1.0, 2.0], [3.0, 4.0]]], 2, return_indices=True)
    (tensor([[[4.]]]), tensor([[[3]]]))
    """
    return _core.max_pooling(
        input, kernel_size, stride, padding, dilation, bool(ceil_mode), bool(return_indices)
    )


def avg_pool2d(
    input: ArrayLike | Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """The mean of each window.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    kernel_size : int or pair of int
        Height and width of the window.
    stride : int or pair of int, optional
        Pixels between two windows; `kernel_size` if not given.
    padding : int or pair of int
        Rows and columns of zeros on each side, at most half a window.
    ceil_mode : bool
        Let the last windows hang over the lower and right edges, instead of leaving pixels out.
    count_include_pad : bool
        Count the zeros of the padding as pixels. What hangs over it never counts.
    divisor_override : int, optional
        Divide the sum of each window by this, however many pixels it has.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW), as in `max_pool2d`.

    Raises
    ------
    ValueError
        The window does not fit, or an option is out of range.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.avg_pool2d([[[1.0, 2.0], [3.0, 6.0]]], 2)
    tensor([[[3.]]])
    """
    kernel = pair(kernel_size, "kernel_size")
    options = (
        kernel,
        _core.stride_option(stride, kernel),
        pair(padding, "padding"),
        bool(ceil_mode),
        bool(count_include_pad),
        divisor_override,
    )
    return _core.average_pooling(input, _core.avg_pool2d, _core.avg_pool2d_backward, options)


def adaptive_avg_pool2d(input: ArrayLike | Tensor, output_size: Size) -> Tensor:
    """The means of as many windows as are wanted, which together cover the input.

    Window i of n along an axis of H pixels has those from ``i * H // n`` up to, without it,
    ``ceil((i + 1) * H / n)``.

    Parameters
    ----------
    input : Tensor or array_like
        Images, (N, C, H, W) or (C, H, W).
    output_size : int, None, or pair of these
        Height and width of the result; None leaves the input's.

    Returns
    -------
    Tensor
        (N, C, OH, OW) or (C, OH, OW).

    Raises
    ------
    ValueError
        A size is negative, or the images have no pixels.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.adaptive_avg_pool2d([[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]], (1, 2))
    tensor([[[3., 4.]]])
    """
    size = pair(output_size, "output_size", optional=True)
    return _core.average_pooling(
        input, _core.adaptive_avg_pool2d, _core.adaptive_avg_pool2d_backward, (size,)
    )
