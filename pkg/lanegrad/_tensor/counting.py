"""Which elements there are, and how often: unique elements, counts and histograms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import adopt, record
from .axes import axis_of
from .convert import FLOAT, countable
from .inside import as_tensor
from .movement import numpy_names, values_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["bincount", "histc", "unique", "unique_consecutive"]


def _results(arrays: list[np.ndarray], wanted: tuple[bool, bool, bool]) -> Any:
    """A tensor, or a tuple of those that are wanted."""
    tensors = [record(_core.copied(a)) for a, w in zip(arrays, wanted, strict=True) if w]
    return tensors[0] if len(tensors) == 1 else tuple(tensors)


def _axis(dim: int | None, x: Tensor) -> int | None:
    if dim is not None and not x.ndim:
        raise IndexError(f"Dimension specified as {dim} but tensor has no dimensions")
    return None if dim is None else axis_of(dim, x.ndim)


def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The elements, or slices along an axis, each once and in order.

    Parameters
    ----------
    input : Tensor or array_like
    sorted : bool
        Accepted for PyTorch's sake: they are always in order.
    return_inverse : bool
        Whether to give also where each element is in the result.
    return_counts : bool
        Whether to give also how often each of the result's is there.
    dim : int, optional

    Returns
    -------
    Tensor or tuple of Tensor

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.unique(lanegrad.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    x = as_tensor(input)
    axis = _axis(dim, x)
    a = values_of(x)
    found, inverse, counts = np.unique(
        a, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    inverse = inverse.reshape(a.shape if axis is None else (-1,))
    return _results([found, inverse, counts], (True, return_inverse, return_counts))


def unique_consecutive(
    input: Any,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The elements, or slices along an axis, without those that equal the one before them.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.unique_consecutive(lanegrad.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    x = as_tensor(input)
    a, axis = values_of(x), _axis(dim, x)
    rows = a.reshape(-1) if axis is None else np.moveaxis(a, axis, 0)
    new = np.ones(len(rows), np.bool_)
    new[1:] = (rows[1:] != rows[:-1]).any(tuple(range(1, rows.ndim)))
    found = rows[new] if axis is None else np.moveaxis(rows[new], 0, axis)
    inverse = (np.cumsum(new) - 1).reshape(a.shape if axis is None else (-1,))
    counts = np.diff(np.append(np.flatnonzero(new), len(rows)))
    return _results([found, inverse, counts], (True, return_inverse, return_counts))


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Tensor:
    """How often each of the numbers 0, 1, 2 ... is there; or the sum of the weights of where it is.

    Parameters
    ----------
    input : Tensor or array_like
        Integers of one axis, none negative.
    weights : Tensor or array_like, optional
        Of the shape of `input`.
    minlength : int
        How many numbers are counted at least.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.bincount(lanegrad.tensor([1, 1, 3]))
    tensor([0, 2, 0, 1])
    """
    a = values_of(as_tensor(input))
    if a.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount counts integers, found {a.dtype}")
    if a.ndim != 1 or (a.size and a.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError(f"minlength should be >= 0, found {minlength}")
    countable(max(minlength, int(a.max(initial=0)) + 1))
    if weights is None:
        return record(adopt(np.bincount(a, minlength=minlength).astype(np.int64)))
    shares = values_of(as_tensor(weights))
    if shares.shape != a.shape:
        raise _core.ShapeError(
            f"weights should be 1-d and have the same length as input: {shares.shape} for {a.shape}"
        )
    return record(adopt(np.bincount(a, shares, minlength)))


def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of equally wide intervals, as floats.

    Parameters
    ----------
    input : Tensor or array_like
        Floats.
    bins : int
    min, max : float
        Elements beyond are not counted. If both are equal, they are those of the elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.histc(lanegrad.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    a = values_of(as_tensor(input))
    if a.dtype != FLOAT:
        raise NotImplementedError(f"histc counts floats, found {a.dtype}: convert with .float()")
    if bins <= 0:
        raise RuntimeError("bins must be > 0")
    low, high = float(min), float(max)
    if low == high and a.size:
        low, high = float(a.min()), float(a.max())
    if low == high:
        low, high = low - 1, high + 1
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError("max must be larger than min")
    inside = a[(a >= low) & (a <= high)].astype(np.float64)
    places = np.minimum(((inside - low) / (high - low) * bins).astype(np.int64), bins - 1)
    return record(adopt(np.bincount(places, minlength=bins).astype(FLOAT)))


numpy_names(globals())
