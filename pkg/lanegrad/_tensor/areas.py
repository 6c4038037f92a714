"""Areas below curves, slopes of them, and powers: what is computed from values at places."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import floor
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor, ShapeError, cast_copy
from .axes import axes_of, axis_of
from .conversion import converted
from .convert import FLOAT, countable
from .creation import INTEGER, leaf, ones_like
from .inside import as_tensor
from .joining import cat, stack
from .options import Options, checked
from .ranges import _numbers
from .scan import cumsum, diff
from .views import expand

if TYPE_CHECKING:
    from typing import Unpack

    from .tensor import Tensor

__all__ = ["cumulative_trapezoid", "gradient", "range", "trapezoid", "trapz", "vander"]


def _along(x: Tensor, axis: int, start: int | None, stop: int | None) -> Tensor:
    return x[(*(slice(None),) * axis, slice(start, stop))]


def _areas(name: str, y: Any, x: Any, dx: Any, dim: int) -> tuple[Tensor, int]:
    """The areas between neighbours along an axis, and that axis."""
    heights = as_tensor(y)
    if x is not None and dx is not None:
        raise TypeError(f"{name} takes either x or dx")
    places = None if x is None else as_tensor(x)
    if np.bool_ in (heights.dtype, None if places is None else places.dtype):
        raise RuntimeError(f"{name}: received a bool input, but bool is not supported")
    axis = axis_of(dim, heights.ndim)
    both = _along(heights, axis, None, -1) + _along(heights, axis, 1, None)
    if places is None:
        return both * ((1 if dx is None else dx) / 2), axis
    if places.ndim == 1:
        if places.shape[0] != heights.shape[axis]:
            raise ShapeError(
                f"{name}: There must be one `x` value for each sample point, found {places.shape[0]} for "
                f"{heights.shape[axis]}"
            )
        places = places.reshape([-1 if i == axis else 1 for i in np.arange(heights.ndim)])
    else:
        places = places.reshape((*(1,) * (heights.ndim - places.ndim), *places.shape))
    return both * diff(places, dim=axis) / 2, axis


def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The area below the lines that connect values along an axis; `trapz` is the same function.

    Parameters
    ----------
    y : Tensor or array_like
        The values.
    x : Tensor or array_like, optional
        Where they are: along the axis, or of the shape of `y`.
    dx : number, optional
        The distance of neighbours instead, 1 if not given.
    dim : int

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.trapezoid([1.0, 5.0, 10.0]), lanegrad.trapezoid([1.0, 5.0, 10.0], [1.0, 3.0, 6.0])
    (tensor(10.5000), tensor(28.5000))
    """
    areas, axis = _areas("trapezoid", y, x, dx, dim)
    return areas.sum(axis)


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """As `trapezoid`, from the first value up to each of the others.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cumulative_trapezoid([1.0, 5.0, 10.0])
    tensor([ 3.0000, 10.5000])
    """
    areas, axis = _areas("cumulative_trapezoid", y, x, dx, dim)
    return cumsum(areas, axis)


def gradient(
    input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1
) -> tuple[Tensor, ...]:
    """Slopes along axes, estimated from each value's neighbours.

    Parameters
    ----------
    input : Tensor or array_like
        The values.
    spacing : number, or sequence of numbers or of Tensor
        The distance of neighbours: one for all axes, or one for each; or the places themselves along each.
    dim : int or sequence of int, optional
        All axes by default.
    edge_order : {1, 2}
        How many neighbours the slope at either end is taken from.

    Returns
    -------
    tuple of Tensor
        For each axis one of the shape of `input`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.gradient([1.0, 2.0, 4.0, 8.0])
    (tensor([1.0000, 1.5000, 3.0000, 4.0000]),)
    """
    x = as_tensor(input)
    if edge_order not in (1, 2):
        raise RuntimeError(
            f"torch.gradient only supports edge_order=1 and edge_order=2, found {edge_order}"
        )
    axes = axes_of(dim, x.ndim)
    spacing = 1 if spacing is None else spacing
    given = spacing if isinstance(spacing, Sequence) else [spacing] * len(axes)
    if len(given) != len(axes):
        raise RuntimeError(
            f"torch.gradient expected spacing to be unspecified, a scalar or a list of length {len(axes)}, "
            f"found a list of length {len(given)}"
        )
    for axis in axes:
        if x.shape[axis] <= edge_order:
            raise RuntimeError(
                "torch.gradient expected each dimension size to be at least edge_order+1, found "
                f"{x.shape[axis]}"
            )
    return tuple(
        _slopes(converted(x, FLOAT), axis, step, edge_order)
        for axis, step in zip(axes, given, strict=True)
    )


def _slopes(x: Tensor, axis: int, spacing: Any, edge_order: int) -> Tensor:
    n = x.shape[axis]
    shape = [-1 if i == axis else 1 for i in np.arange(x.ndim)]
    if isinstance(spacing, BaseTensor) and spacing.ndim:
        if spacing.shape != (n,):
            raise ShapeError(
                f"torch.gradient expected {n} places along dimension {axis}, found shape {spacing.shape}"
            )
        steps = diff(converted(as_tensor(spacing), FLOAT)).reshape(shape)
    else:
        steps = expand(converted(as_tensor(spacing), FLOAT), n - 1).reshape(shape)
    slopes = diff(x, dim=axis) / steps  # between neighbours
    before, after = _along(steps, axis, None, -1), _along(steps, axis, 1, None)
    first, second = _along(slopes, axis, None, -1), _along(slopes, axis, 1, None)
    inner = (first * after + second * before) / (before + after)
    ends = [_along(slopes, axis, None, 1), _along(slopes, axis, -1, None)]
    if edge_order == 2:  # the lines through the slopes on either side of a value, up to the ends
        bend = (second - first) / (before + after)
        ends[0] = ends[0] - _along(bend * before, axis, None, 1)
        ends[1] = ends[1] + _along(bend * after, axis, -1, None)
    return cat([ends[0], inner, ends[1]], axis)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """The powers of the elements of `x`, a row for each, from high ones to 0.

    Parameters
    ----------
    x : Tensor or array_like
        Of one axis.
    N : int, optional
        The number of powers: by default that of the elements.
    increasing : bool
        From 0 to high ones instead.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.vander(lanegrad.tensor([2, 3]), 3)
    tensor([[4, 2, 1],
            [9, 3, 1]])
    """
    base = as_tensor(x)
    if base.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = base.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    base = converted(base, FLOAT if base.dtype == FLOAT else INTEGER)
    if not count:
        return base.new_empty(base.shape[0], 0)
    powers = [ones_like(base)]
    while len(powers) < count:
        powers.append(powers[-1] * base)
    return stack(powers if increasing else powers[::-1], 1)


def range(start: Any = 0, end: Any = None, step: Any = 1, **options: Unpack[Options]) -> Tensor:
    """The numbers from `start` up to `end`, which may be among them; deprecated: use `arange`.

    Parameters
    ----------
    start, end, step : number
    dtype : dtype, optional
        By default float32.

    Examples
    --------
    >>> import warnings
    >>> import lanegrad
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore")
    ...     lanegrad.range(1, 3)
    tensor([1., 2., 3.])
    """
    warnings.warn(
        "lanegrad.range is deprecated, as torch.range is: use arange, whose end is left out",
        stacklevel=2,
    )
    if end is None:
        raise TypeError("range() takes a start and an end")
    first, last, by = _numbers(start, end, step)
    if by == 0:
        raise RuntimeError("step must be nonzero")
    if not all(np.isfinite([first, last])):
        raise RuntimeError(f"unsupported range: {first} -> {last}")
    if (last - first) * by < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    dtype = checked("range", options)[0] or FLOAT
    count = floor((last - first) / by) + 1
    return leaf("range", cast_copy(first + np.arange(countable(count)) * by, dtype), options)
