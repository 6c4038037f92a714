"""The middle and the most frequent elements: medians, quantiles and modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import Array, BaseTensor, adopt, record
from .axes import axis_of
from .convert import FLOAT
from .extremes import chosen, must_have
from .inside import array_of, as_tensor
from .movement import moved, numpy_names, values_of
from .reduction import reduced, wide
from .results import ValuesIndices
from .sorting import order

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["median", "mode", "nanmedian", "nanquantile", "quantile"]


def _middle(a: np.ndarray, axis: int, skip_nans: bool) -> Any:
    """The place in sorted rows of the lower middle element; of NaN, if one is there and not skipped."""
    nans = np.isnan(a).sum(axis, keepdims=True)
    there = a.shape[axis] - nans
    place = np.maximum(there - 1, 0) // 2
    return place if skip_nans else np.where(nans > 0, there, place)


def _median(name: str, input: Any, dim: int | None, keepdim: bool) -> Any:
    x, skip = as_tensor(input), name == "nanmedian"
    axis = axis_of(0 if dim is None else dim, x.ndim)
    if x.dtype == np.bool_:
        raise NotImplementedError(f"{name} of booleans: convert with .long() first")
    if dim is None:
        return _median_of_all(x, skip)
    must_have(name, x, (axis,), True, IndexError)
    place = _middle(np.atleast_1d(values_of(x)), axis, skip)
    at = np.take_along_axis(np.atleast_1d(order(x, axis)), place, axis)
    return chosen(name, x, at, axis, keepdim)


def _median_of_all(x: Tensor, skip: bool) -> Tensor:
    """Equals share the gradient."""
    a = values_of(x).reshape(-1)
    if not a.size:
        value = np.array(np.nan if x.dtype == FLOAT else np.iinfo(x.dtype).min, x.dtype)
    else:
        value = np.sort(a)[_middle(a, 0, skip)]
    axes = tuple(range(x.ndim))
    return reduced(x, axes, False, value, _median_gradient, array_of(x), np.array(value))


def _median_gradient(g: np.ndarray, a: np.ndarray, value: np.ndarray) -> Any:
    there = (a == value.reshape(())) | (np.isnan(a) & np.isnan(value.reshape(())))
    return there * (g / np.count_nonzero(there))


def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle element, the lower one of two; along an axis ``(values, indices)``.

    A NaN makes the result NaN, which `nanmedian` does not look at.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.median(lanegrad.tensor([4.0, 1.0, 3.0, 2.0]))
    tensor(2.)
    """
    return _median("median", input, dim, keepdim)


def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle one of the elements that are not NaN; along an axis ``(values, indices)``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.nanmedian(lanegrad.tensor([4.0, float("nan"), 3.0]))
    tensor(3.)
    """
    return _median("nanmedian", input, dim, keepdim)


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """The most frequent elements along an axis, the least of equally frequent ones, and where they are.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.mode(lanegrad.tensor([1, 2, 2, 1, 2])).values
    tensor(2)
    """
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    must_have("mode", x, (axis,), True, IndexError)
    lines = np.moveaxis(np.atleast_1d(order(x, axis)), axis, 0)
    rows = np.take_along_axis(np.moveaxis(np.atleast_1d(values_of(x)), axis, 0), lines, 0)
    # The length of the run of equals that ends at each place; the first longest run is that of the least.
    starts = np.ones(rows.shape, np.bool_)
    starts[1:] = rows[1:] != rows[:-1]
    places = np.arange(len(rows)).reshape(-1, *[1] * (rows.ndim - 1))
    runs = places - np.maximum.accumulate(np.where(starts, places, 0), 0)
    at = np.take_along_axis(lines, runs.argmax(0, keepdims=True), 0)
    return chosen("mode", x, np.moveaxis(at, 0, axis), axis, keepdim)


ROUNDINGS: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.rint}


def _quantile(
    name: str, input: Any, q: Any, dim: int | None, keepdim: bool, interpolation: str
) -> Tensor:
    x = as_tensor(input)
    fractions = values_of(as_tensor(q)) if isinstance(q, BaseTensor | np.ndarray) else np.float64(q)
    if x.dtype != FLOAT:
        raise RuntimeError(f"{name}() input tensor must be either float or double dtype")
    if x.numel() == 0:
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if fractions.ndim > 1:
        raise RuntimeError(f"{name}() q must be a scalar or 1D tensor")
    if not ((fractions >= 0) & (fractions <= 1)).all():
        raise RuntimeError(f"{name}() q must be in the range [0, 1] but got {q}")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    axis = axis_of(0 if dim is None else dim, x.ndim)
    kept = [1] * x.ndim if dim is None else [1 if i == axis else n for i, n in enumerate(x.shape)]
    shown = kept if keepdim else [] if dim is None else [n for i, n in enumerate(kept) if i != axis]
    rows = x.reshape(-1) if dim is None or not x.ndim else x
    axis = 0 if dim is None else axis

    a = values_of(rows)
    nans = np.isnan(a).sum(axis, keepdims=True)
    last = np.maximum(a.shape[axis] - 1 - nans, 0)
    steps = fractions.astype(np.float64).reshape(-1, *[1] * a.ndim)
    rank = steps * last
    if name == "quantile":  # a NaN, which is sorted behind all others, makes the result NaN
        rank = np.where(nans > 0, a.shape[axis] - 1, rank)
    rank = ROUNDINGS.get(interpolation, np.asarray)(rank)
    below, above = np.floor(rank).astype(np.int64), np.ceil(rank).astype(np.int64)
    share = np.full(rank.shape, 0.5) if interpolation == "midpoint" else rank - below
    sorted_rows = order(rows, axis)[None]
    ends = [
        moved(rows, _of_many(np.take_along_axis(sorted_rows, at, axis + 1), axis))
        for at in (below, above)
    ]
    if interpolation in ROUNDINGS:
        value = ends[0]
    else:
        width = last if interpolation == "linear" else np.zeros_like(last)
        value = _between(ends[0], ends[1], share, q, width)
    return value.reshape((*fractions.shape, *shown))


def _between(low: Tensor, high: Tensor, share: np.ndarray, q: Any, width: np.ndarray) -> Tensor:
    """What lies between two, reckoned from the nearer one: there may be infinities.

    `width` is how fast the share grows with `q`, which may be a tensor.
    """
    a, b = wide(values_of(low)), wide(values_of(high))
    with np.errstate(invalid="ignore"):
        value = np.where(share < 0.5, a + share * (b - a), b - (1 - share) * (b - a))
        slope = (b - a) * width
    rank: Any = q if isinstance(q, BaseTensor) else None
    saved = share, slope, np.shape(q)
    return record(adopt(value), _between_gradient, saved, low, high, rank)


def _between_gradient(
    g: Array, need: tuple[bool, ...], share: np.ndarray, slope: np.ndarray, shape: tuple[int, ...]
) -> tuple[Array | None, ...]:
    up = wide(g.array())
    gq = (up * slope).reshape(len(up), -1).sum(1).reshape(shape) if need[2] else None
    return adopt(up * (1 - share)), adopt(up * share), None if gq is None else adopt(gq)


def _of_many(at: np.ndarray, axis: int) -> Any:
    """For `moved`: the elements at several sets of indices along an axis, one behind the other."""
    return lambda a: np.take_along_axis(a[None], at, axis + 1)


def quantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """The elements below which the share `q` lies, of all or along an axis.

    Parameters
    ----------
    input : Tensor or array_like
        Floats. A NaN makes the result NaN, which `nanquantile` does not look at.
    q : float or Tensor
        From 0 to 1; several in a tensor of one axis, which becomes the result's first.
    dim : int, optional
    keepdim : bool
        Whether the axis stays, with length 1.
    interpolation : {"linear", "lower", "higher", "midpoint", "nearest"}
        What is taken between two elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.quantile(lanegrad.tensor([1.0, 2.0, 4.0, 8.0]), 0.5)
    tensor(3.)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation)


def nanquantile(
    input: Any,
    q: Any,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
) -> Tensor:
    """`quantile` of the elements that are not NaN.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.nanquantile(lanegrad.tensor([1.0, float("nan"), 3.0]), 0.5)
    tensor(2.)
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation)


numpy_names(globals())
