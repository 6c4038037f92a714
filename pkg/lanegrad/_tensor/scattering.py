"""Elements written, or added, at indices and masks: each function gives a new tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, adopt, record
from .axes import axis_of
from .broadcasting import summed
from .convert import FLOAT
from .inside import array_of, as_tensor
from .movement import moved, numpy_names, scaled_by, values_of
from .promotion import fitting
from .reduction import wide
from .selecting import along_axis, index_values, mask_values

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "masked_scatter",
    "scatter",
    "scatter_add",
    "scatter_reduce",
]

Key = Any  # of NumPy's


def _put(name: str, x: Tensor, key: Key, source: Tensor, accumulate: bool = False) -> Tensor:
    """`x` with the source's elements, which are broadcast, at a key of NumPy's."""
    _same_dtype(name, x, source)
    value = np.array(wide(values_of(x)) if accumulate else values_of(x), ndmin=1)
    try:
        if accumulate:
            np.add.at(value, key, values_of(source))
        else:
            value[key] = values_of(source)
    except ValueError:
        raise ShapeError(
            f"{name}(): a source of shape {source.shape} does not fit what it is to be written to in "
            f"shape {x.shape}"
        ) from None
    saved = key, accumulate, source.shape
    return record(adopt(value.reshape(x.shape)), _put_gradient, saved, x, source)


def _same_dtype(name: str, x: Tensor, source: Tensor) -> None:
    if source.dtype != x.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, found {x.dtype} and {source.dtype}"
        )


def _put_gradient(
    g: Array, need: tuple[bool, ...], key: Key, accumulate: bool, shape: tuple[int, ...]
) -> tuple[Array | None, ...]:
    gx = np.array(g.array(), ndmin=1)
    gs = adopt(summed(gx[key], shape)) if need[1] else None
    if not accumulate:
        gx[key] = 0
    return adopt(gx.reshape(g.shape)) if need[0] else None, gs


def number_like(value: Any, x: Tensor) -> Tensor:
    """A value to be written: a tensor as it is, a number in the dtype of `x`."""
    if isinstance(value, BaseTensor | np.ndarray):
        return as_tensor(value)
    return record(adopt(np.array(fitting(value, x.dtype, "value")).astype(x.dtype)))


def scatter(
    input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None
) -> Tensor:
    """`input` with elements of `src`, or a number, at indices along an axis: what `gather` would read.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int
    index : Tensor or array_like
        Integers from 0, with as many axes as `input` and, but for `dim`, no longer. Where one comes twice,
        the last one counts.
    src : Tensor or number
        Of the dtype of `input`; no shorter than `index`.
    value : number, optional
        Instead of `src`.
    reduce : {"add", "multiply"}, optional
        Whether the elements are added, or multiplied, to what is there.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.scatter(lanegrad.zeros(2, 3), 1, lanegrad.tensor([[2], [0]]), 1.0)
    tensor([[0., 0., 1.],
            [1., 0., 0.]])
    """
    x = as_tensor(input)
    source = number_like(src if value is None else value, x)
    if reduce not in (None, "add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    key, shape = along_axis("scatter", x, dim, index)
    if isinstance(src, BaseTensor | np.ndarray):
        source = _part("scatter", source, shape)
    if reduce == "multiply":
        whole = record(_core.copied(np.broadcast_to(values_of(source), shape)))
        return scatter_reduce(x, dim, index, whole, "prod")
    return _put("scatter", x, key, source, reduce == "add")


def _part(name: str, source: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The part of a source that an index of this shape takes."""
    if source.ndim != len(shape) or any(
        have < n for have, n in zip(source.shape, shape, strict=True)
    ):
        if not np.prod(shape) or source.numel() == int(np.prod(shape)) == 1:
            return source.reshape(-1)[: int(np.prod(shape))]
        raise ShapeError(f"{name}(): an index of shape {shape} takes more than src {source.shape}")
    return source[tuple(slice(n) for n in shape)] if source.shape != shape else source


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Tensor:
    """`input` with the elements of `src` added at indices along an axis. See `scatter`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.scatter_add(lanegrad.ones(2), 0, lanegrad.tensor([1, 1]), lanegrad.tensor([2.0, 3.0]))
    tensor([1., 6.])
    """
    x = as_tensor(input)
    key, shape = along_axis("scatter_add", x, dim, index)
    return _put("scatter_add", x, key, _part("scatter_add", as_tensor(src), shape), True)


REDUCTIONS: dict[str, tuple[np.ufunc, float]] = {
    "sum": (np.add, 0),
    "mean": (np.add, 0),
    "prod": (np.multiply, 1),
    "amax": (np.maximum, -np.inf),
    "amin": (np.minimum, np.inf),
}


def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Tensor:
    """`input` with the elements of `src` at indices along an axis reduced with what is there.

    Parameters
    ----------
    input, dim, index, src
        As in `scatter`.
    reduce : {"sum", "prod", "mean", "amax", "amin"}
    include_self : bool
        Whether the elements of `input` are reduced with those of `src`, or give way to them.

    Examples
    --------
    >>> import lanegrad
    >>> x, index = lanegrad.ones(2), lanegrad.tensor([1, 1])
    >>> lanegrad.scatter_reduce(x, 0, index, lanegrad.tensor([2.0, 3.0]), "prod")
    tensor([1., 6.])
    """
    if reduce not in REDUCTIONS:
        raise RuntimeError(
            f"reduce argument must be one of sum, prod, mean, amax or amin, found {reduce!r}"
        )
    x = as_tensor(input)
    key, shape = along_axis("scatter_reduce", x, dim, index)
    source = _part("scatter_reduce", as_tensor(src), shape)
    _same_dtype("scatter_reduce", x, source)
    ufunc, start = REDUCTIONS[reduce]
    a, count = np.array(wide(values_of(x)), ndmin=1), np.zeros(x.shape or (1,), np.int64)
    np.add.at(count, key, 1)
    if not include_self:
        if a.dtype.kind != "f" and np.isinf(start):
            info = np.iinfo(a.dtype) if a.dtype.kind in "iu" else None
            limits = (info.min, info.max) if info else (False, True)
            start = limits[int(start > 0)]
        a = np.where(count > 0, np.array(start, a.dtype), a)
    ufunc.at(a, key, wide(values_of(source)))
    if reduce == "mean":
        total = np.maximum(count + include_self, 1)
        a = a / total if a.dtype.kind == "f" else a // total
    a = a.reshape(x.shape)
    saved = array_of(x), array_of(source), a, key, count, reduce, include_self
    return record(_core.copied(np.asarray(a, x.dtype)), _reduce_gradient, saved, x, source)


def _reduce_gradient(
    g: Array,
    need: tuple[bool, ...],
    x: Array,
    source: Array,
    value: np.ndarray,
    key: Key,
    count: np.ndarray,
    reduce: str,
    include_self: bool,
) -> tuple[Array | None, ...]:
    up, result = np.atleast_1d(wide(g.array())), np.atleast_1d(np.asarray(value, FLOAT))
    mine, theirs = np.atleast_1d(wide(x.array())), wide(source.array())
    own = include_self | (count == 0)  # where an element of x is in the result
    there: Any = own
    if reduce in (
        "amax",
        "amin",
    ):  # shared by equals, as PyTorch counts them: elements of x in any case
        there = mine == result
        equal = theirs == result[key]
        equals = there.astype(np.float64)
        np.add.at(equals, key, equal)
        with np.errstate(divide="ignore", invalid="ignore"):
            up = up / equals
        gs = up[key] * equal
    elif reduce == "prod":
        up, zeros, rest = _factors(up, mine, theirs, own, key)
        there, gs = (
            own * _others(mine, zeros, rest),
            up[key] * _others(theirs, zeros[key], rest[key]),
        )
    else:
        if reduce == "mean":
            up = up / np.maximum(count + include_self, 1)
        gs = up[key]
    gx = np.where(own, up * there, 0).reshape(x.shape)
    return (
        adopt(gx.astype(FLOAT)) if need[0] else None,
        adopt(np.asarray(gs, FLOAT).reshape(source.shape)) if need[1] else None,
    )


def _factors(
    up: np.ndarray, mine: np.ndarray, theirs: np.ndarray, own: np.ndarray, key: Key
) -> tuple[np.ndarray, ...]:
    """Of each product, the number of factors that are 0 and the product of the others."""
    zeros = (own & (mine == 0)).astype(np.int64)
    rest = np.where(own & (mine != 0), mine, 1)
    np.add.at(zeros, key, theirs == 0)
    np.multiply.at(rest, key, np.where(theirs == 0, 1, theirs))
    return up, zeros, rest


def _others(factor: np.ndarray, zeros: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """The product without one factor."""
    without = rest / np.where(factor == 0, 1, factor)
    return np.where(zeros == (factor == 0), without, 0)


def _slices(name: str, x: Tensor, dim: int, index: Any) -> tuple[Any, ...]:
    """The key of the slices of these indices along an axis."""
    axis = axis_of(dim, x.ndim)
    if as_tensor(index).ndim > 1:
        raise IndexError(
            f"{name}(): Index is supposed to be a vector, found shape {as_tensor(index).shape}"
        )
    size = x.shape[axis] if x.ndim else 1
    at = np.array(values_of(as_tensor(index)))
    if name == "index_fill":
        at = np.where((at < 0) & (at >= -size), at + size, at)
    at = index_values(
        name, record(adopt(at)), size, RuntimeError if name == "index_add" else IndexError
    )
    return (*(slice(None),) * axis, at.reshape(-1))


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Tensor:
    """`input` with ``alpha * source`` added to the slices of these indices along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.index_add(lanegrad.zeros(3), 0, lanegrad.tensor([0, 0]), lanegrad.tensor([1.0, 2.0]))
    tensor([3., 0., 0.])
    """
    x, source = as_tensor(input), as_tensor(source)
    key = _slices("index_add", x, dim, index)
    _same_dtype("index_add", x, source)
    _same_slices("index_add", x, key, source)
    return _put("index_add", x, key, scaled_by(source, alpha), True)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Tensor:
    """`input` with the slices of these indices along an axis replaced by those of `source`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.index_copy(lanegrad.zeros(3), 0, lanegrad.tensor([2, 0]), lanegrad.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    x, source = as_tensor(input), as_tensor(source)
    key = _slices("index_copy", x, dim, index)
    _same_slices("index_copy", x, key, source)
    return _put("index_copy", x, key, source)


def _same_slices(name: str, x: Tensor, key: Key, source: Tensor) -> None:
    axis = len(key) - 1
    wanted = (*x.shape[:axis], len(key[-1]), *x.shape[axis + 1 :])
    if source.shape != wanted and not (x.ndim == 0 and source.numel() == len(key[-1])):
        error = ShapeError if name == "index_add" else IndexError
        raise error(f"{name}(): source must have shape {wanted}, found {source.shape}")


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Tensor:
    """`input` with a number in the slices of these indices along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.index_fill(lanegrad.zeros(3), 0, lanegrad.tensor([0, 2]), 1)
    tensor([1., 0., 1.])
    """
    x = as_tensor(input)
    filling = number_like(value, x)
    if filling.ndim:
        raise ShapeError(
            f"index_fill_ only supports a 0-dimensional value tensor, found shape {filling.shape}"
        )
    *others, at = _slices("index_fill", x, dim, index)
    return _put("index_fill", x, (*others, np.unique(at)), filling)


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Tensor:
    """`input` with values written, or added, at ``input[indices]``.

    Examples
    --------
    >>> import lanegrad
    >>> rows = lanegrad.tensor([0, 1])
    >>> lanegrad.index_put(lanegrad.zeros(2, 2), (rows, rows), lanegrad.tensor(3.0))
    tensor([[3., 0.],
            [0., 3.]])
    """
    x = as_tensor(input)
    key = tuple(np.array(values_of(as_tensor(index))) for index in indices)
    if len(key) > x.ndim:
        raise IndexError(f"too many indices for a tensor of {x.ndim} axes: {len(key)}")
    return _put("index_put", x, key, as_tensor(values), accumulate)


def _of_one_shape(x: Tensor, where: np.ndarray) -> tuple[Tensor, np.ndarray]:
    """A tensor and a mask, broadcast to one another."""
    shape = np.broadcast_shapes(x.shape, where.shape)
    if shape != x.shape:
        x = moved(x, lambda a: np.broadcast_to(a, shape))
    return x, np.broadcast_to(where, shape)


def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """`input` with the first elements of `source`, one after the other, where a mask is true.

    Examples
    --------
    >>> import lanegrad
    >>> mask = lanegrad.tensor([True, False, True])
    >>> lanegrad.masked_scatter(lanegrad.zeros(3), mask, lanegrad.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    x, where = _of_one_shape(as_tensor(input), mask_values("masked_scatter", mask))
    count, given = int(where.sum()), as_tensor(source)
    if given.numel() < count:
        raise ShapeError(
            f"masked_scatter: expected at least {count} elements of the source, found {given.numel()}"
        )
    part = given.reshape(-1)[:count]
    return _put("masked_scatter", x, (where.reshape(x.shape or 1),), part)


numpy_names(globals())
