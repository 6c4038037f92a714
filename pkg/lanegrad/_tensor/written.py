"""Tensors with others written over a part of them: each function gives a new tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .._core import ShapeError
from .axes import axis_of
from .inside import as_tensor
from .movement import numpy_names
from .parts import as_strided, diagonal, part_of, select
from .scattering import REDUCTIONS, index_put, scatter_reduce
from .selecting import index_of
from .views import expand

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "as_strided_scatter", "diagonal_scatter", "index_reduce", "put", "select_scatter", "slice_scatter",
]  # fmt: skip


def _written(name: str, input: Any, src: Any, show: Any, *arguments: Any) -> Tensor:
    """A copy with a source written over the view that a function shows of it."""
    result, source = as_tensor(input).clone(), as_tensor(src)
    shown: Tensor = show(result, *arguments)
    if shown.shape != source.shape:
        raise ShapeError(
            f"{name}: expected src to have a size equal to {shown.shape}, the part that it is written to, "
            f"found {source.shape}"
        )
    shown.copy_(source)
    return result


def slice_scatter(
    input: Any,
    src: Any,
    dim: int = 0,
    start: int | None = None,
    end: int | None = None,
    step: int = 1,
) -> Tensor:
    """`input` with `src` written over ``input[start:end:step]`` of an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.slice_scatter(lanegrad.zeros(4), lanegrad.ones(2), start=1, end=3)
    tensor([0., 1., 1., 0.])
    """
    axis = axis_of(dim, as_tensor(input).ndim)
    part = (*(slice(None),) * axis, slice(start, end, step))
    return _written("slice_scatter", input, src, part_of, part)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Tensor:
    """`input` with `src` written over what has an index along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.select_scatter(lanegrad.zeros(2, 2), lanegrad.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    return _written("select_scatter", input, src, select, dim, index)


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """`input` with `src` written over a diagonal.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.diagonal_scatter(lanegrad.zeros(2, 2), lanegrad.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    return _written("diagonal_scatter", input, src, diagonal, offset, dim1, dim2)


def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Tensor:
    """`input` with `src` written over what `as_strided` shows of it.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.as_strided_scatter(lanegrad.zeros(4), lanegrad.ones(2), (2,), (2,), 1)
    tensor([0., 1., 0., 1.])
    """
    return _written("as_strided_scatter", input, src, as_strided, size, stride, storage_offset)


def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`input` with the slices of `source` at indices along an axis reduced with what is there.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int
    index : Tensor or array_like
        One axis of integers: where each slice of `source` goes.
    source : Tensor or array_like
        Of the shape of `input`, but along `dim` as long as `index`.
    reduce : {"prod", "mean", "amax", "amin"}
    include_self : bool
        Whether the elements of `input` are reduced with those of `source`, or give way to them.

    Examples
    --------
    >>> import lanegrad
    >>> x, index = lanegrad.ones(2), lanegrad.tensor([1, 1])
    >>> lanegrad.index_reduce(x, 0, index, lanegrad.tensor([2.0, 3.0]), "prod")
    tensor([1., 6.])
    """
    x, given, at = as_tensor(input), as_tensor(source), as_tensor(index)
    if reduce not in REDUCTIONS or reduce == "sum":
        raise RuntimeError(
            f"index_reduce(): Expected reduce to be one of prod, mean, amax or amin, found {reduce}"
        )
    if at.ndim > 1 or given.ndim != x.ndim:
        raise ShapeError(
            f"index_reduce(): index of shape {at.shape} and source of shape {given.shape} for shape {x.shape}"
        )
    axis = axis_of(dim, x.ndim)
    wanted = (*x.shape[:axis], at.numel(), *x.shape[axis + 1 :]) if x.ndim else ()
    if given.shape != wanted:
        raise ShapeError(f"index_reduce(): source has shape {given.shape} instead of {wanted}")
    index_of("index_reduce", at, x.shape[axis] if x.ndim else 1)
    line = at.reshape([-1 if i == axis else 1 for i in range(x.ndim)])
    return scatter_reduce(x, dim, expand(line, wanted), given, reduce, include_self=include_self)


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Tensor:
    """`input` with the elements of `source` written, or added, at indices of its elements in a row.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.put(lanegrad.zeros(2, 2), lanegrad.tensor([0, -1]), lanegrad.tensor([1.0, 2.0]))
    tensor([[1., 0.],
            [0., 2.]])
    """
    x, at, given = as_tensor(input), as_tensor(index), as_tensor(source)
    if given.dtype != x.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got {x.dtype} and {given.dtype}"
        )
    if at.numel() != given.numel():
        raise IndexError(
            f"put_(): Expected source and index to have the same number of elements, "
            f"found {given.numel()} and {at.numel()}"
        )
    if at.dtype.kind != "i" or at.dtype.itemsize != 8:
        raise RuntimeError(f"put_(): Expected a long tensor for index, but got {at.dtype}")
    row = index_put(x.reshape(-1), (at.reshape(-1),), given.reshape(-1), accumulate)
    return row.reshape(x.shape)


numpy_names(globals())
