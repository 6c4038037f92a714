"""Running sums, products and extremes along an axis, and differences of neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, adopt, record
from .axes import axis_of
from .conversion import converted
from .convert import FLOAT
from .inside import array_of, as_tensor
from .joining import cat
from .movement import numpy_names
from .reduction import INTEGER, summand, wide
from .results import ValuesIndices, values_indices

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "diff", "logcumsumexp"]


def _scanned(x: Tensor, dim: int, scan: Callable[[Tensor, int], Tensor]) -> Tensor:
    """A scan along an axis, which takes floats and int64: of other integers and of a single number too."""
    axis = axis_of(dim, x.ndim)
    if not x.ndim:
        return x.clone()
    y = scan(x if x.dtype == FLOAT else converted(x, INTEGER), axis)
    return y if y.dtype == x.dtype else converted(y, x.dtype)


def _sums_behind(g: Array, axis: int) -> Array:
    """The sums from each element to the last."""
    return _core.scan(g, axis, False, True)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """The sums of the elements up to each one along an axis; those of integers are int64.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cumsum([1.0, 2.0, 3.0], 0)
    tensor([1., 3., 6.])
    """

    def scan(x: Tensor, axis: int) -> Tensor:
        return record(_core.scan(array_of(x), axis, False, False), _sums_behind, (axis,), x)

    return _scanned(summand(input, dtype), dim, scan)


def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Tensor:
    """The products of the elements up to each one along an axis; those of integers are int64.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cumprod([1.0, 2.0, 3.0], 0)
    tensor([1., 2., 6.])
    """

    def scan(x: Tensor, axis: int) -> Tensor:
        a = array_of(x)
        return record(_core.scan(a, axis, True, False), _core.cumprod_gradient, (a, axis), x)

    return _scanned(summand(input, dtype), dim, scan)


def logcumsumexp(input: Any, dim: int) -> Tensor:
    """The logarithms of the sums of exponentials up to each element along an axis, without overflow.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logcumsumexp([0.0, 0.0], 0)
    tensor([0.0000, 0.6931])
    """
    x = converted(as_tensor(input), FLOAT)
    axis = axis_of(dim, x.ndim)
    sums = np.logaddexp.accumulate(_from_axis(array_of(x), axis), 0)
    saved = axis, array_of(x), sums
    return record(_to_axis(sums, axis, x.shape), _logcumsumexp_gradient, saved, x)


def _from_axis(x: Array, axis: int) -> np.ndarray:
    return wide(np.moveaxis(np.atleast_1d(x.array()), axis, 0))


def _to_axis(a: np.ndarray, axis: int, shape: tuple[int, ...]) -> Array:
    return _core.copied(np.moveaxis(a, 0, axis).reshape(shape))


def _logcumsumexp_gradient(g: Array, axis: int, x: Array, sums: np.ndarray) -> Array:
    up, a = _from_axis(g, axis), _from_axis(x, axis)
    total = np.zeros_like(up)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        behind: Any = 0  # the sum of g exp(sums[j] - sums) from j on
        for j in reversed(range(len(a))):  # no difference is above 0: nothing overflows
            behind = up[j] + (behind * np.exp(sums[j] - sums[j + 1]) if j + 1 < len(a) else 0)
            total[j] = behind * np.exp(a[j] - sums[j])
    return _to_axis(total, axis, x.shape)


def _running(name: str, input: Any, dim: int) -> ValuesIndices:
    """The extremes up to each element; among equals the index of the last one, and NaNs are extreme."""
    x = as_tensor(input)
    places = adopt(np.zeros((), np.int64))  # of a single number

    def scan(x: Tensor, axis: int) -> Tensor:
        nonlocal places
        values, places = _core.scan_extremes(array_of(x), axis, name == "cummin")
        return record(values, _core.gather_gradient, (places, x.shape, axis), x)

    return values_indices(name, _scanned(x, dim, scan), record(places))


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
        return x.clone()
    ends = [None if end is None else as_tensor(end) for end in (prepend, append)]
    if any(end is not None for end in ends):
        x = cat([t for t in (ends[0], x, ends[1]) if t is not None], axis)
    before = (slice(None),) * axis
    for _ in range(min(n, x.shape[axis])):
        later, earlier = x[(*before, slice(1, None))], x[(*before, slice(None, -1))]
        x = later != earlier if x.dtype == np.bool_ else later - earlier
    return x


numpy_names(globals())
