"""Running sums, products and extremes along an axis, and differences of neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, record
from .axes import axis_of
from .conversion import converted
from .convert import FLOAT
from .inside import array_of, as_tensor
from .joining import cat
from .movement import along, moved, numpy_names, values_of
from .reduction import summand, wide
from .results import ValuesIndices, values_indices

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "diff", "logcumsumexp"]


def _scanned(
    x: Tensor, dim: int, scan: Callable[[np.ndarray], Any], gradient: Any, *saved: Any
) -> Tensor:
    """The tensor of a scan along an axis, which `scan` takes along the first one."""
    axis = axis_of(dim, x.ndim)
    value = scan(_from_axis(values_of(x), axis))
    return record(_to_axis(value, axis, x.shape), _scan_gradient, (gradient, axis, *saved), x)


def _from_axis(a: np.ndarray, axis: int) -> np.ndarray:
    return wide(np.moveaxis(np.atleast_1d(a), axis, 0))


def _to_axis(a: np.ndarray, axis: int, shape: tuple[int, ...]) -> Array:
    return _core.copied(np.moveaxis(a, 0, axis).reshape(shape))


def _scan_gradient(
    g: Array, gradient: Callable[..., np.ndarray], axis: int, *saved: Array
) -> Array:
    arrays = (_from_axis(thing.array(), axis) for thing in (g, *saved))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return _to_axis(gradient(*arrays), axis, g.shape)


def _sums_behind(g: np.ndarray) -> np.ndarray:
    """The sums from each element to the last."""
    return np.cumsum(g[::-1], 0)[::-1]


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """The sums of the elements up to each one along an axis; those of integers are int64.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cumsum([1.0, 2.0, 3.0], 0)
    tensor([1., 3., 6.])
    """
    x = summand(input, dtype)
    return _scanned(x, dim, lambda a: np.cumsum(a, 0, a.dtype), _sums_behind)


def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """The products of the elements up to each one along an axis; those of integers are int64.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cumprod([1.0, 2.0, 3.0], 0)
    tensor([1., 2., 6.])
    """
    x = summand(input, dtype)
    with np.errstate(over="ignore", invalid="ignore"):
        return _scanned(x, dim, lambda a: np.cumprod(a, 0, a.dtype), _cumprod_gradient, array_of(x))


def _cumprod_gradient(g: np.ndarray, a: np.ndarray) -> np.ndarray:
    """With the first zero left out of the products, the sum behind it is its slope; others see no further."""
    zero = a == 0
    first = zero & (np.cumsum(zero, 0) == 1)
    whole = _sums_behind(g * np.cumprod(a, 0)) / np.where(zero, 1, a)
    without = _sums_behind(g * np.cumprod(np.where(first, 1, a), 0))
    return np.where(first, without, np.where(zero, 0, whole))


def logcumsumexp(input: Any, dim: int) -> Tensor:
    """The logarithms of the sums of exponentials up to each element along an axis, without overflow.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logcumsumexp([0.0, 0.0], 0)
    tensor([0.0000, 0.6931])
    """
    x = converted(as_tensor(input), FLOAT)
    return _scanned(
        x, dim, lambda a: np.logaddexp.accumulate(a, 0), _logcumsumexp_gradient, array_of(x)
    )


def _logcumsumexp_gradient(g: np.ndarray, a: np.ndarray) -> np.ndarray:
    sums = np.logaddexp.accumulate(a, 0)
    total = np.zeros_like(g)
    for j in range(len(a)):  # exp(a - sums) cannot overflow, its two factors could
        total[: j + 1] += g[j] * np.exp(a[: j + 1] - sums[j])
    return total


def _running(name: str, input: Any, dim: int) -> ValuesIndices:
    """The extremes up to each element; among equals the index of the last one, and NaNs are extreme."""
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    a = np.moveaxis(np.atleast_1d(values_of(x)), axis, 0)
    ufunc = np.maximum if name == "cummax" else np.minimum
    with np.errstate(invalid="ignore"):
        extreme = ufunc.accumulate(a, 0)
    new = (a == extreme) | (np.isnan(a) if a.dtype == FLOAT else False)
    places = np.arange(len(a)).reshape(-1, *[1] * (a.ndim - 1))
    at = np.maximum.accumulate(np.where(new, places, 0), 0)
    at = np.moveaxis(at, 0, axis).reshape(x.shape)
    return values_indices(name, moved(x, along(at, axis)), record(_core.copied(at)))


def cummax(input: Any, dim: int) -> ValuesIndices:
    """The largest elements up to each one along an axis, and where they are.

    Examples
    --------
    >>> import lanegrad
    >>> values, indices = lanegrad.cummax([1.0, 3.0, 2.0], 0)
    >>> values, indices
    (tensor([1., 3., 3.]), tensor([0, 1, 1]))
    """
    return _running("cummax", input, dim)


def cummin(input: Any, dim: int) -> ValuesIndices:
    """The least elements up to each one along an axis, and where they are.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cummin([2.0, 1.0, 3.0], 0).values
    tensor([2., 1., 1.])
    """
    return _running("cummin", input, dim)


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Tensor:
    """The differences of neighbours along an axis, taken `n` times; of booleans, whether they differ.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.diff([1.0, 4.0, 9.0])
    tensor([3., 5.])
    """
    x = as_tensor(input)
    if not x.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    axis = axis_of(dim, x.ndim)
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    if n == 0:
        return x
    ends = [None if end is None else as_tensor(end) for end in (prepend, append)]
    if any(end is not None for end in ends):
        x = cat([t for t in (ends[0], x, ends[1]) if t is not None], axis)
    before = (slice(None),) * axis
    for _ in range(min(n, x.shape[axis])):
        later, earlier = x[(*before, slice(1, None))], x[(*before, slice(None, -1))]
        x = later != earlier if x.dtype == np.bool_ else later - earlier
    return x


numpy_names(globals())
