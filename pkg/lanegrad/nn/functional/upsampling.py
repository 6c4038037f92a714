"""Images of another size, and images read at the places of a grid."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

from ... import _core
from ..._core import ShapeError
from ..._tensor import Tensor, as_tensor
from .._arguments import floats
from ._movement import as_rows, as_signals
from .pooling import adaptive_avg_pool2d

__all__ = [
    "affine_grid",
    "grid_sample",
    "interpolate",
    "upsample",
    "upsample_bilinear",
    "upsample_nearest",
]

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
KERNELS = {"nearest": "nearest", "nearest-exact": "nearest", "bicubic": "cubic"}  # else "linear"
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
    return _core.resampling(
        x,
        tuple(
            (
                axis,
                wanted[axis - 2],
                KERNELS.get(mode, "linear"),
                _step(x.shape[axis], wanted[axis - 2], scales[axis - 2], bool(align_corners)),
                mode != "nearest" and not align_corners,
            )
            for axis in reversed(range(2, x.ndim))
        ),
    )


def _step(size: int, wanted: int, scale: float | None, align_corners: bool) -> float:
    """How far apart elements of the result are read; `scale` is what was asked for, if so."""
    f32 = np.float32
    if align_corners:
        return float(f32(size - 1) / f32(wanted - 1)) if wanted > 1 else 0.0
    return float(f32(1 / scale) if scale else f32(size) / f32(wanted))


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


def _corners(name: str, align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(
            f"{name} takes align_corners=False if nothing is said: it was True before PyTorch 1.3",
            stacklevel=3,
        )
    return bool(align_corners)


def affine_grid(
    theta: ArrayLike | Tensor, size: Sequence[int], align_corners: bool | None = None
) -> Tensor:
    """Grids for `grid_sample` that turn, scale and move pictures.

    Parameters
    ----------
    theta : Tensor or array_like
        Matrices, (N, 2, 3), that make places in the input, x and y, of places in the result, x, y and 1.
    size : sequence of int
        The shape that the pictures are to have, (N, C, H, W).
    align_corners : bool, optional
        Whether -1 and 1 are the middles of the outermost pixels, instead of their edges. Not giving it
        warns, and is False.

    Returns
    -------
    Tensor
        (N, H, W, 2).

    Raises
    ------
    ValueError
        Something has another shape.
    ShapeError
        There is another number of matrices than of pictures.
    NotImplementedError
        Volumes: there are pictures alone.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.affine_grid([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]], (1, 1, 1, 2), align_corners=True)
    tensor([[[[-1.,  0.],
              [ 1.,  0.]]]])
    """
    matrices, shape = as_tensor(theta), tuple(int(n) for n in size)
    if matrices.dtype != np.float32:
        raise ValueError(f"Expected theta to have floating point type, but got {matrices.dtype}")
    if len(shape) != 4:
        raise NotImplementedError(
            f"affine_grid takes a size (N, C, H, W), found {shape}: volumes are left out on purpose"
        )
    if matrices.shape[1:] != (2, 3) or matrices.ndim != 3:
        raise ValueError(f"affine_grid takes theta of shape (N, 2, 3), found {matrices.shape}")
    if min(shape) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {shape}")
    if matrices.shape[0] != shape[0]:
        raise ShapeError(f"affine_grid: {matrices.shape[0]} matrices for {shape[0]} pictures")
    corners = _corners("affine_grid", align_corners)
    rows, columns = (
        np.linspace(-1, 1, n) * (1 if corners else (n - 1) / n) if n > 1 else np.zeros(1)
        for n in shape[2:]
    )
    y, x = np.meshgrid(rows, columns, indexing="ij")
    places = np.stack([x, y, np.ones_like(x)], -1).reshape(1, -1, 3).astype(np.float32)
    grid = as_tensor(places) @ matrices.transpose(1, 2)
    return grid.reshape(shape[0], *shape[2:], 2)


def grid_sample(
    input: ArrayLike | Tensor,
    grid: ArrayLike | Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Pictures read at the places of a grid, as in spatial transformers [1]_.

    Parameters
    ----------
    input : Tensor or array_like
        (N, C, H, W).
    grid : Tensor or array_like
        (N, OH, OW, 2): for each pixel of the result its place x and y in the input, from -1 at the left and
        upper end to 1.
    mode : {"bilinear", "nearest", "bicubic"}
        What is read between pixels.
    padding_mode : {"zeros", "border", "reflection"}
        What is read outside.
    align_corners : bool, optional
        Whether -1 and 1 are the middles of the outermost pixels, instead of their edges. Not giving it
        warns, and is False.

    Returns
    -------
    Tensor
        (N, C, OH, OW).

    Raises
    ------
    ValueError
        There is no such mode.
    ShapeError
        Input and grid do not fit.
    NotImplementedError
        Volumes: there are pictures alone.

    References
    ----------
    .. [1] M. Jaderberg, K. Simonyan, A. Zisserman, K. Kavukcuoglu, "Spatial Transformer Networks", 2015.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.grid_sample([[[[1.0, 3.0]]]], [[[[-1.0, 0.0], [0.0, 0.0]]]], align_corners=True)
    tensor([[[[1., 2.]]]])
    """
    x, places = floats(input, "input"), floats(grid, "grid")
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(f"mode is bilinear, nearest or bicubic, found {mode!r}")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(f"padding_mode is zeros, border or reflection, found {padding_mode!r}")
    if x.ndim == 5:
        raise NotImplementedError("grid_sample of volumes is left out: pictures have two axes")
    if x.ndim != 4 or places.ndim != 4 or places.shape[3] != 2 or places.shape[0] != x.shape[0]:
        raise ShapeError(
            f"grid_sample takes an input (N, C, H, W) and a grid (N, OH, OW, 2), found {x.shape} and "
            f"{places.shape}"
        )
    if not all(x.shape[2:]):
        raise ShapeError(f"grid_sample takes pictures that are not empty, found {x.shape}")
    options = mode, padding_mode, _corners("grid_sample", align_corners)
    return _core.grid_sampling(x, places, options)
