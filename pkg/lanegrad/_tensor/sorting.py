"""Sorting along an axis, and what sorted elements tell: the k-th, the middle one, quantiles, places."""

from __future__ import annotations

from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import adopt, record
from .axes import axis_of
from .conversion import converted
from .convert import FLOAT
from .inside import array_of, as_tensor
from .movement import numpy_names, values_of
from .places import OPS
from .reduction import INTEGER
from .results import ValuesIndices, values_indices

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "argsort",
    "bucketize",
    "kthvalue",
    "msort",
    "searchsorted",
    "sort",
    "topk",
]


def picked(
    name: str,
    x: Tensor,
    axis: int,
    count: int = 1,
    descending: bool = False,
    pick: str = "first",
    keepdim: bool = True,
) -> ValuesIndices:
    """The first few elements in order along an axis, or what else is picked of them, and where they are.

    Equals stay in their order, and NaN is the largest.
    """
    lines = x if x.ndim else x.reshape(1)
    lines = lines if x.dtype == FLOAT else converted(lines, INTEGER)
    values, at = _core.sort(array_of(lines), axis, count, descending, _core.SORT_PICKS[pick], True)
    assert values is not None
    found = record(values, _core.gather_gradient, (at, lines.shape, axis, OPS["put"]), lines)
    found = found if x.dtype == found.dtype else converted(found, x.dtype)
    shape = (*found.shape[:axis], *found.shape[axis + 1 :]) if not keepdim else found.shape
    shape = shape if x.ndim else ()
    return values_indices(name, found.reshape(shape), record(at.reshape(shape)))


def sort(
    input: Any, dim: int = -1, descending: bool = False, stable: bool = False
) -> ValuesIndices:
    """The elements in order along an axis, and where they were.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int
    descending : bool
        Whether the largest come first. NaN is larger than everything.
    stable : bool
        Accepted for PyTorch's sake: equals always stay in their order.

    Returns
    -------
    tuple
        A named tuple of values and indices.

    Examples
    --------
    >>> import lanegrad
    >>> values, indices = lanegrad.sort([3.0, 1.0, 2.0])
    >>> values, indices
    (tensor([1., 2., 3.]), tensor([1, 2, 0]))
    """
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    return picked("sort", x, axis, x.shape[axis] if x.ndim else 1, descending)


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """The indices that `sort` gives.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.argsort([3.0, 1.0, 2.0], descending=True)
    tensor([0, 2, 1])
    """
    x = as_tensor(input)
    axis, lines = axis_of(dim, x.ndim), x if x.ndim else x.reshape(1)
    lines = lines if x.dtype == FLOAT else converted(lines, INTEGER)
    first = _core.SORT_PICKS["first"]
    at = _core.sort(array_of(lines), axis, lines.shape[axis], descending, first, False)[1]
    return record(at if x.ndim else at.reshape(()))


def msort(input: Any) -> Tensor:
    """The elements in order along the first axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.msort([[3.0, 1.0], [2.0, 4.0]])
    tensor([[2., 1.],
            [3., 4.]])
    """
    return sort(input, 0).values


def topk(
    input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True
) -> ValuesIndices:
    """The k largest, or least, elements along an axis, and where they are.

    Parameters
    ----------
    input : Tensor or array_like
    k : int
    dim : int
    largest : bool
    sorted : bool
        Accepted for PyTorch's sake: they are always in order, the most extreme first.

    Returns
    -------
    tuple
        A named tuple of values and indices.

    Raises
    ------
    RuntimeError
        There are fewer than `k` elements along the axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.topk([3.0, 1.0, 2.0], 2).indices
    tensor([0, 2])
    """
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    if x.dtype == np.bool_:
        raise RuntimeError("topk does not support bool dtypes: convert with .long() first")
    size = x.shape[axis] if x.ndim else 1
    if not 0 <= index(k) <= size:
        raise RuntimeError(f"selected index k out of range: k={k} of {size} along dim {axis}")
    return picked("topk", x, axis, index(k) if x.ndim else 1, largest)


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> ValuesIndices:
    """The k-th least element along an axis, counted from 1, and where it is.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.kthvalue(lanegrad.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    x = as_tensor(input)
    axis = axis_of(dim, x.ndim)
    size = x.shape[axis] if x.ndim else 1
    if not 1 <= index(k) <= size:
        raise RuntimeError(
            f"kthvalue(): selected number k out of range for dimension {axis}: k={k} of {size}"
        )
    return picked("kthvalue", x, axis, index(k), False, "kth", keepdim)


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Tensor:
    """Where elements would go into a sorted sequence, or each row's into the row of sequences.

    Parameters
    ----------
    sorted_sequence : Tensor or array_like
        One sequence, or (..., N) of them; unsorted if `sorter` gives the order.
    input : Tensor, array_like or number
        Any shape for a single sequence, else (..., M).
    out_int32 : bool
        Whether the result is int32 instead of int64.
    right : bool
        Whether they go behind equals rather than before them; ``side="right"`` says the same.
    side : {"left", "right"}, optional
    sorter : Tensor, optional
        What `argsort` gives of the sequence.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.searchsorted(lanegrad.tensor([1.0, 3.0, 5.0]), lanegrad.tensor([3.0, 6.0]))
    tensor([1, 3])
    """
    if side not in (None, "left", "right"):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}"
        )
    if side == "left" and right:
        raise RuntimeError("torch.searchsorted(): side and right can't be set to opposites")
    where: Any = "right" if right or side == "right" else "left"
    rows, wanted = values_of(as_tensor(sorted_sequence)), values_of(as_tensor(input))
    if rows.ndim == 0:
        raise RuntimeError("searchsorted needs a sequence of at least one axis")
    if sorter is not None:
        rows = np.take_along_axis(rows, values_of(as_tensor(sorter)), -1)
    dtype = np.int32 if out_int32 else np.int64
    if rows.ndim == 1:
        return record(adopt(np.asarray(np.searchsorted(rows, wanted, where), dtype)))
    if rows.shape[:-1] != wanted.shape[:-1]:
        raise _core.ShapeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions "
            f"of boundaries tensor and input value tensor must match, but we got {rows.shape} and "
            f"{wanted.shape}"
        )
    found = np.empty(wanted.shape, dtype)
    for i in np.ndindex(rows.shape[:-1]):
        found[i] = np.searchsorted(rows[i], wanted[i], where)
    return record(adopt(found))


def bucketize(
    input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False
) -> Tensor:
    """The index of the interval between boundaries that each element lies in: see `searchsorted`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.bucketize(lanegrad.tensor([0.0, 3.0]), lanegrad.tensor([1.0, 3.0]))
    tensor([0, 1])
    """
    if np.ndim(boundaries) != 1:
        raise RuntimeError(
            f"bucketize takes boundaries of one axis, found {np.ndim(boundaries)} axes"
        )
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


numpy_names(globals())
