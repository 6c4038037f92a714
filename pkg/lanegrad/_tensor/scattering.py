"""Elements written, or added, at indices and masks: each function gives a new tensor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, adopt, cast_copy, record
from . import division
from .axes import axis_of
from .choice import where
from .convert import FLOAT
from .creation import INTEGER
from .indexing import replaced
from .inside import array_of, as_tensor
from .movement import numpy_names, scaled_by
from .places import OPS, ZERO, as_int64, checked, kept, placed, same_dtype
from .promotion import fitting
from .selecting import OUTSIDE, along_axis, index_of, mask_of, of_one_shape
from .views import expand

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


def _scattered(name: str, x: Tensor, index: Array, source: Tensor, axis: int, op: str) -> Tensor:
    """`x` with a source, which is broadcast, at the places of an index along an axis."""
    same_dtype(name, x, source)
    flat = x if x.ndim else x.reshape(1)

    def scatter(x: Tensor, source: Tensor) -> Tensor:
        value = _core.scatter(array_of(x), index, array_of(source), axis, OPS[op])
        return record(
            value, _scatter_gradient, (kept(index, x, source), axis, op, source.shape), x, source
        )

    y = as_int64(flat, source, op, scatter)
    return y if x.ndim else y.reshape(())


def _scatter_gradient(
    g: Array, need: tuple[bool, ...], index: Array, axis: int, op: str, shape: tuple[int, ...]
) -> tuple[Array | None, ...]:
    gx = gs = None
    if need[1]:
        gs = _core.sum_to(_core.gather(g, index, axis), shape)
    if need[0]:
        gx = g if op == "sum" else _core.scatter(g, index, ZERO, axis, OPS["put"])
    return gx, gs


REDUCTIONS = "sum", "prod", "mean", "amax", "amin"


def number_like(value: Any, x: Tensor) -> Tensor:
    """A value to be written: a tensor as it is, a number in the dtype of `x`."""
    if isinstance(value, BaseTensor | np.ndarray):
        return as_tensor(value)
    return record(adopt(cast_copy(fitting(value, x.dtype, "value"), x.dtype)))


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
    at, axis = along_axis("scatter", x, dim, index)
    if isinstance(src, BaseTensor | np.ndarray):
        source = _part("scatter", source, at.shape)
    if reduce == "multiply":
        whole = expand(source, as_tensor(index).shape) if at.size else source
        return scatter_reduce(x, dim, index, whole, "prod")
    return _scattered("scatter", x, at, source, axis, "sum" if reduce else "put")


def _part(name: str, source: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The part of a source that an index of this shape takes."""
    if source.ndim != len(shape) or any(
        have < n for have, n in zip(source.shape, shape, strict=True)
    ):
        if not np.prod(shape) or source.numel() == int(np.prod(shape)) == 1:
            return source.reshape(-1)[: int(np.prod(shape))].reshape(shape)
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
    at, axis = along_axis("scatter_add", x, dim, index)
    return _scattered(
        "scatter_add", x, at, _part("scatter_add", as_tensor(src), at.shape), axis, "sum"
    )


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
    at, axis = along_axis("scatter_reduce", x, dim, index)
    source = _part("scatter_reduce", as_tensor(src), at.shape)
    same_dtype("scatter_reduce", x, source)
    base = x
    if not include_self:
        base = _scattered("scatter_reduce", x, at, _neutral(reduce, x), axis, "put")
    if reduce in ("sum", "mean"):
        total = _scattered("scatter_reduce", base, at, source, axis, "sum")
        if reduce == "sum":
            return total
        count = _counts(x.shape, at, axis) + int(include_self)
        return division.div(
            total, count.clamp(min=1), rounding_mode=None if x.dtype == FLOAT else "floor"
        )

    def reduced(base: Tensor, source: Tensor) -> Tensor:
        flat = base if base.ndim else base.reshape(1)
        value = _core.scatter(array_of(flat), at, array_of(source), axis, OPS[reduce]).reshape(
            x.shape
        )
        saved = (
            array_of(x),
            array_of(source),
            value,
            kept(at, x, source),
            axis,
            reduce,
            include_self,
        )
        return record(value, _reduce_gradient, saved, x, source)

    return as_int64(base, source, reduce, reduced)


def _neutral(reduce: str, x: Tensor) -> Tensor:
    """What a reduction of elements of the dtype of `x` begins with."""
    if reduce in ("amax", "amin"):
        least = reduce == "amax"
        if x.dtype == FLOAT:
            return number_like(-np.inf if least else np.inf, x)
        limits = np.iinfo(x.dtype) if x.dtype.kind in "iu" else None
        return number_like((limits.min if least else limits.max) if limits else not least, x)
    return number_like(int(reduce == "prod"), x)


def _counts(shape: tuple[int, ...], index: Array, axis: int) -> Tensor:
    """How often each element of an array of this shape is one of an index along an axis."""
    zeros, one = (
        record(_core.copied(np.zeros(shape, INTEGER))),
        record(_core.copied(np.ones((), INTEGER))),
    )
    return _scattered("scatter_reduce", zeros, index, one, axis, "sum")


def _reduce_gradient(
    g: Array,
    need: tuple[bool, ...],
    x: Array,
    source: Array,
    value: Array,
    index: Array,
    axis: int,
    reduce: str,
    include_self: bool,
) -> tuple[Array | None, ...]:
    """Of the product, or of the most extreme of several elements."""
    up, mine, theirs, result = (record(a.reshape(a.shape or (1,))) for a in (g, x, source, value))
    own: Tensor = (
        _counts(mine.shape, index, axis) == 0
    )  # where the element of x is all that there is
    own = own | include_self

    def at_index(t: Tensor) -> Tensor:
        return record(_core.gather(array_of(t), index, axis))

    def with_source(t: Tensor, added: Tensor, op: str) -> Tensor:
        return _scattered("scatter_reduce", t, index, added, axis, op)

    if reduce == "prod":
        zeros = with_source((own & (mine == 0)).float(), (theirs == 0).float(), "sum")
        rest = with_source(
            where(own & (mine != 0), mine, 1.0), where(theirs == 0, 1.0, theirs), "prod"
        )
        gx = up * _others(mine, zeros, rest)
        gs = at_index(up) * _others(theirs, at_index(zeros), at_index(rest))
    else:  # shared by equals, as PyTorch counts them: elements of x in any case
        there, equal = (mine == result).float(), (theirs == at_index(result)).float()
        up = up / with_source(there, equal, "sum")
        gx, gs = up * there, at_index(up) * equal
    gx = where(own, gx, 0.0)
    return (
        array_of(gx).reshape(x.shape) if need[0] else None,
        array_of(gs).reshape(source.shape) if need[1] else None,
    )


def _others(factor: Tensor, zeros: Tensor, rest: Tensor) -> Tensor:
    """The product without one factor, from how many are 0 and the product of the others."""
    zero = factor == 0
    other: Tensor = where(zeros == zero.float(), rest / where(zero, 1.0, factor), 0.0)
    return other


def _slices(name: str, x: Tensor, dim: int, index: Any) -> tuple[Array, int]:
    """An index of slices along an axis, and that axis."""
    axis, at = axis_of(dim, x.ndim), as_tensor(index)
    if at.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, found shape {at.shape}")
    size = x.shape[axis] if x.ndim else 1
    if name == "index_fill" and at.dtype.kind == "i":  # from the end too
        outside = OUTSIDE.format(name=name)
        places = checked(array_of(at), size, True, IndexError, outside)
    else:
        places = index_of(name, at, size, RuntimeError if name == "index_add" else IndexError)
    return places.reshape((-1,)), axis


def _put_slices(
    name: str, x: Tensor, index: Array, source: Tensor, axis: int, op: str = "put"
) -> Tensor:
    """`placed`, also for a tensor of a single number."""
    if x.ndim:
        return placed(name, x, index, source, axis, 1, op)
    return placed(name, x.reshape(1), index, source, 0, 1, op).reshape(())


def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: float = 1) -> Tensor:
    """`input` with ``alpha * source`` added to the slices of these indices along an axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.index_add(lanegrad.zeros(3), 0, lanegrad.tensor([0, 0]), lanegrad.tensor([1.0, 2.0]))
    tensor([3., 0., 0.])
    """
    x, source = as_tensor(input), as_tensor(source)
    at, axis = _slices("index_add", x, dim, index)
    same_dtype("index_add", x, source)
    _same_slices("index_add", x, at, axis, source)
    return _put_slices("index_add", x, at, scaled_by(source, alpha), axis, "sum")


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Tensor:
    """`input` with the slices of these indices along an axis replaced by those of `source`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.index_copy(lanegrad.zeros(3), 0, lanegrad.tensor([2, 0]), lanegrad.tensor([1.0, 2.0]))
    tensor([2., 0., 1.])
    """
    x, source = as_tensor(input), as_tensor(source)
    at, axis = _slices("index_copy", x, dim, index)
    _same_slices("index_copy", x, at, axis, source)
    return _put_slices("index_copy", x, at, source, axis)


def _same_slices(name: str, x: Tensor, index: Array, axis: int, source: Tensor) -> None:
    wanted = (*x.shape[:axis], index.size, *x.shape[axis + 1 :])
    if source.shape != wanted and not (x.ndim == 0 and source.numel() == index.size):
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
    at, axis = _slices("index_fill", x, dim, index)
    value = _core.put(array_of(x), at, array_of(filling), axis, 1, OPS["put"])
    return record(value, _fill_gradient, (kept(at, x, filling), axis), x, filling)


def _fill_gradient(
    g: Array, need: tuple[bool, ...], index: Array, axis: int
) -> tuple[Array | None, ...]:
    """Of a tensor and the number that slices of it were filled with, each once, however often it is named."""
    rest = _core.put(g, index, ZERO, axis, 1, OPS["put"])
    filled = _core.add_alike(g, _core.scale(rest, -1)) if need[1] else None
    return rest if need[0] else None, None if filled is None else _core.sum_to(filled, ())


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
    key = tuple(as_tensor(index) for index in indices)
    if len(key) > x.ndim:
        raise IndexError(f"too many indices for a tensor of {x.ndim} axes: {len(key)}")
    return replaced(x, key, as_tensor(values), accumulate)


def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """`input` with the first elements of `source`, one after the other, where a mask is true.

    Examples
    --------
    >>> import lanegrad
    >>> mask = lanegrad.tensor([True, False, True])
    >>> lanegrad.masked_scatter(lanegrad.zeros(3), mask, lanegrad.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    x, mask = of_one_shape(as_tensor(input), mask_of("masked_scatter", mask))
    places, given = _core.places_of(array_of(mask)), as_tensor(source)
    count = places.size
    if given.numel() < count:
        raise ShapeError(
            f"masked_scatter: expected at least {count} elements of the source, found {given.numel()}"
        )
    part = given.reshape(-1)[:count]
    return placed("masked_scatter", x.reshape(-1), places, part, 0).reshape(x.shape)


numpy_names(globals())
