"""The middle and the most frequent elements: medians, quantiles and modes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, adopt, record
from .axes import axis_of
from .convert import FLOAT
from .extremes import must_have
from .inside import array_of, as_tensor
from .movement import numpy_names, values_of
from .places import gathered
from .reduction import wide
from .results import ValuesIndices
from .sorting import picked

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["median", "mode", "nanmedian", "nanquantile", "quantile"]


def _median(name: str, input: Any, dim: int | None, keepdim: bool) -> Any:
    x = as_tensor(input)
    axis = axis_of(0 if dim is None else dim, x.ndim)
    if x.dtype == np.bool_:
        raise NotImplementedError(f"{name} of booleans: convert with .long() first")
    if dim is None:
        return _median_of_all(name, x)
    must_have(name, x, (axis,), True, IndexError)
    return picked(name, x, axis, pick=name, keepdim=keepdim)


def _median_of_all(name: str, x: Tensor) -> Tensor:
    """Equals share the gradient."""
    if not x.numel():
        value = np.array(np.nan if x.dtype == FLOAT else np.iinfo(x.dtype).min, x.dtype)
        return record(adopt(value), _median_gradient, (array_of(x), adopt(value)), x)
    found = array_of(picked(name, x.detach().reshape(-1), 0, pick=name, keepdim=False).values)
    return record(found, _median_gradient, (array_of(x), found), x)


def _median_gradient(g: Array, x: Array, value: Array) -> Array:
    a, found = record(x), record(value)
    there = ((a == found) | ((a != a) & (found != found))).float()
    return array_of(there * (record(g) / there.sum()))


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
    return picked("mode", x, axis, pick="mode", keepdim=keepdim)


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
    in_order = picked("sort", rows, axis, rows.shape[axis] if rows.ndim else 1).values
    ends = [_at_ranks(in_order, rank, axis) for rank in (below, above)]
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


def _at_ranks(x: Tensor, ranks: np.ndarray, axis: int) -> Tensor:
    """Elements along an axis at several sets of ranks, which have that axis, one set behind the other."""
    at = np.moveaxis(ranks.squeeze(axis + 1), 0, axis)
    return gathered(x, _core.copied(at), axis).movedim(axis, 0).unsqueeze(axis + 1)


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
