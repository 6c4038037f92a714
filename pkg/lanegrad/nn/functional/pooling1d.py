"""Pooling of signals: that of images of height 1."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..._tensor import Tensor, as_tensor
from .._arguments import floats
from ._movement import as_rows, as_signals, single
from .pooling import adaptive_avg_pool2d, avg_pool2d, max_pool2d
from .special_pooling import adaptive_max_pool2d, lp_pool2d, max_unpool2d

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_max_pool1d",
    "avg_pool1d",
    "lp_pool1d",
    "max_pool1d",
    "max_unpool1d",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Single = int | tuple[int, ...]


def _signals(found: Any) -> Any:
    return tuple(as_signals(x) for x in found) if isinstance(found, tuple) else as_signals(found)


def _steps(stride: Single | None) -> tuple[int, int] | None:
    return None if stride is None or stride == () else (1, single(stride, "stride"))


def max_pool1d(
    input: ArrayLike | Tensor,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    dilation: Single = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """As `max_pool2d`, of signals (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.max_pool1d([[1.0, 3.0, 2.0, 0.0]], 2)
    tensor([[3., 2.]])
    """
    x = as_rows(floats(input, "input"), "max_pool1d")
    kernel, around = (1, single(kernel_size, "kernel_size")), (0, single(padding, "padding"))
    taps = 1, single(dilation, "dilation")
    return _signals(max_pool2d(x, kernel, _steps(stride), around, taps, ceil_mode, return_indices))


def avg_pool1d(
    input: ArrayLike | Tensor,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """As `avg_pool2d`, of signals (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.avg_pool1d([[1.0, 3.0, 2.0, 0.0]], 2)
    tensor([[2., 1.]])
    """
    x = as_rows(floats(input, "input"), "avg_pool1d")
    kernel, around = (1, single(kernel_size, "kernel_size")), (0, single(padding, "padding"))
    return as_signals(avg_pool2d(x, kernel, _steps(stride), around, ceil_mode, count_include_pad))


def adaptive_avg_pool1d(input: ArrayLike | Tensor, output_size: Any) -> Tensor:
    """As `adaptive_avg_pool2d`, of signals (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.adaptive_avg_pool1d([[1.0, 3.0, 2.0, 0.0]], 1)
    tensor([[1.5000]])
    """
    x = as_rows(floats(input, "input"), "adaptive_avg_pool1d")
    return as_signals(adaptive_avg_pool2d(x, (1, single(output_size, "output_size"))))


def adaptive_max_pool1d(
    input: ArrayLike | Tensor, output_size: Any, return_indices: bool = False
) -> Any:
    """As `adaptive_max_pool2d`, of signals (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.adaptive_max_pool1d([[1.0, 3.0, 2.0, 0.0]], 1)
    tensor([[3.]])
    """
    x = as_rows(floats(input, "input"), "adaptive_max_pool1d")
    size = 1, single(output_size, "output_size")
    return _signals(adaptive_max_pool2d(x, size, return_indices))


def lp_pool1d(
    input: ArrayLike | Tensor,
    norm_type: float,
    kernel_size: Single,
    stride: Single | None = None,
    ceil_mode: bool = False,
) -> Tensor:
    """As `lp_pool2d`, of signals (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.lp_pool1d([[3.0, 4.0, 0.0, 1.0]], 2, 2)
    tensor([[5., 1.]])
    """
    x = as_rows(floats(input, "input"), "lp_pool1d")
    kernel = 1, single(kernel_size, "kernel_size")
    return as_signals(lp_pool2d(x, norm_type, kernel, _steps(stride), ceil_mode))


def max_unpool1d(
    input: ArrayLike | Tensor,
    indices: ArrayLike | Tensor,
    kernel_size: Single,
    stride: Single | None = None,
    padding: Single = 0,
    output_size: Any = None,
) -> Tensor:
    """As `max_unpool2d`, of signals (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.max_unpool1d([[3.0, 2.0]], [[1, 2]], 2)
    tensor([[0., 3., 2., 0.]])
    """
    x, places = as_rows(floats(input, "input"), "max_unpool1d"), as_tensor(indices)
    kernel, around = (1, single(kernel_size, "kernel_size")), (0, single(padding, "padding"))
    size = None if output_size is None else (1, tuple(output_size)[-1])
    places = as_rows(places, "max_unpool1d")
    return as_signals(max_unpool2d(x, places, kernel, _steps(stride), around, size))
