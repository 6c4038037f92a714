"""Images of another size."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING, Any

from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from ._movement import as_rows, as_signals
from ._resampling import resampled, taps_of
from .pooling import adaptive_avg_pool2d

__all__ = ["interpolate", "upsample", "upsample_bilinear", "upsample_nearest"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

# The number of axes of a tensor that each mode is for; None for any.
MODES = {
    "nearest": None,
    "nearest-exact": None,
    "area": None,
    "linear": 3,
    "bilinear": 4,
    "bicubic": 4,
    "trilinear": 5,
}
SMOOTH = ("linear", "bilinear", "bicubic", "trilinear")


def interpolate(
    input: ArrayLike | Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Images, signals or volumes of another size.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, H, W), (N, C, L) or (N, C, D, H, W).
    size : int or sequence of int, optional
        Height and width of the result, or its lengths of other axes.
    scale_factor : float or sequence of float, optional
        Or what theirs are multiplied by; the result is rounded down.
    mode : {"nearest", "nearest-exact", "area", "linear", "bilinear", "bicubic", "trilinear"}
        "linear" is for signals, "trilinear" for volumes. "nearest" is the pixel up and to the left,
        "nearest-exact" the nearest one, "area" the mean.
    align_corners : bool, optional
        Whether the outermost pixels of input and result have the same place, instead of the edges; false
        if not given, and for the last four modes alone.
    recompute_scale_factor : bool, optional
        Whether the scale is that of both sizes, rather than `scale_factor`.
    antialias : bool
        Left out: RuntimeError.

    Returns
    -------
    Tensor
        (N, C, OH, OW), (N, C, OL) or (N, C, OD, OH, OW).

    Raises
    ------
    ValueError
        Not exactly one of `size` and `scale_factor` is given, or options do not fit one another.
    NotImplementedError
        There is no such mode, or not for this number of axes.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.interpolate([[[[1.0, 2.0]]]], scale_factor=2)
    tensor([[[[1., 1., 2., 2.],
              [1., 1., 2., 2.]]]])
    >>> F.interpolate([[[[1.0, 2.0]]]], size=(1, 3), mode="bilinear", align_corners=True)
    tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """
    x = floats(input, "input")
    most = 4 if mode == "area" else 5
    if mode not in MODES or MODES[mode] not in (None, x.ndim) or not 3 <= x.ndim <= most:
        raise NotImplementedError(f'there is no mode "{mode}" for an input of shape {x.shape}')
    if align_corners is not None and mode not in SMOOTH:
        raise ValueError(f'align_corners has no meaning for mode="{mode}"')
    if antialias:
        raise RuntimeError(
            "antialias=True is left out: use avg_pool2d before making images smaller"
        )
    if (size is None) == (scale_factor is None):
        raise ValueError("give either size or scale_factor")
    axes = x.ndim - 2
    scales: list[Any] = [None] * axes
    if scale_factor is not None:
        scales = _each(scale_factor, axes, "scale_factor")
        wanted = [floor(float(n) * s) for n, s in zip(x.shape[2:], scales, strict=True)]
        if recompute_scale_factor:
            scales = [None] * axes
    elif recompute_scale_factor:
        raise ValueError("recompute_scale_factor needs a scale_factor")
    else:
        wanted = _each(size, axes, "size")
    if min(wanted, default=1) < 1 or not all(x.shape[2:]):
        raise ShapeError(f"cannot interpolate from {x.shape[2:]} to {tuple(wanted)} pixels")
    if mode == "area":
        if axes == 1:
            return as_signals(adaptive_avg_pool2d(as_rows(x, "interpolate"), (1, wanted[0])))
        return adaptive_avg_pool2d(x, (wanted[0], wanted[1]))
    for axis in reversed(range(2, x.ndim)):
        taps = taps_of(mode, x.shape[axis], wanted[axis - 2], scales[axis - 2], bool(align_corners))
        x = resampled(x, axis, taps)
    return x


def _each(value: Any, axes: int, name: str) -> list[Any]:
    """An option for each axis."""
    values = [value] * axes if isinstance(value, int | float) else list(value)
    if len(values) != axes:
        raise ValueError(f"{name} must be a number or {axes} of them, found {value}")
    return values


def upsample(
    input: ArrayLike | Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """As `interpolate`, which PyTorch wants to be used instead.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.upsample(lanegrad.zeros(1, 1, 2, 2), scale_factor=2).shape
    (1, 1, 4, 4)
    """
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: ArrayLike | Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Tensor:
    """As `interpolate` with mode="nearest", which PyTorch wants to be used instead.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.upsample_nearest(lanegrad.zeros(1, 1, 2, 2), scale_factor=2).shape
    (1, 1, 4, 4)
    """
    return interpolate(input, size, scale_factor)


def upsample_bilinear(
    input: ArrayLike | Tensor,
    size: int | Sequence[int] | None = None,
    scale_factor: float | Sequence[float] | None = None,
) -> Tensor:
    """As `interpolate` with mode="bilinear" and align_corners=True, which are to be used instead.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.upsample_bilinear(lanegrad.zeros(1, 1, 2, 2), scale_factor=2).shape
    (1, 1, 4, 4)
    """
    return interpolate(input, size, scale_factor, "bilinear", True)
