"""Elements taken from, and put or added to, the places that an index says, which has been checked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, adopt, record
from .conversion import converted
from .convert import FLOAT
from .inside import array_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "OPS", "ZERO", "as_int64", "checked", "gathered", "kept", "placed", "same_dtype",
    "taken",
]  # fmt: skip

OPS = _core.SCATTER_OPS
ZERO = adopt(np.zeros((), FLOAT))


def checked(index: Array, size: int, wraps: bool, error: type[Exception], message: str) -> Array:
    """An index as int64, of places of so many, or an error; where it `wraps`, -1 is the last one.

    The message is formatted with `index` and `size`.
    """
    at = _core.plain_of(index)
    if at.dtype != np.int64:
        at = adopt(at.array().astype(np.int64))
    elif at.outside:  # what others hold may change after it has been checked
        at = at.copy()
    negative, outside = _core.check_index(at, size)
    if outside or (negative and not wraps):
        values = at.array()
        wrong = values[(values >= size) | (values < (-size if wraps else 0))]
        raise error(message.format(index=wrong[0], size=size))
    return _core.flat_index([at], [size]) if negative else at


def kept(index: Array, *inputs: Tensor) -> Array:
    """An index for the gradient of an op of these inputs, if there is to be one: a copy, since what others
    hold may change after it has been checked."""
    return index.copy() if any(x.requires_grad for x in inputs) else index


def taken(x: Tensor, index: Array, axis: int, axes: int = 1) -> Tensor:
    """The slices of `x` at an index, int64 and in range, of so many axes from one on, taken together."""
    saved = kept(index, x), x.shape, axis, axes
    return record(_core.take(array_of(x), index, axis, axes), _core.take_gradient, saved, x)


def gathered(x: Tensor, index: Array, axis: int) -> Tensor:
    """The elements of `x` at an index of as many axes, int64 and in range along one of them."""
    saved = kept(index, x), x.shape, axis
    return record(_core.gather(array_of(x), index, axis), _core.gather_gradient, saved, x)


def same_dtype(name: str, x: Tensor, source: Tensor) -> None:
    if source.dtype != x.dtype:
        raise RuntimeError(
            f"{name}(): Expected self.dtype to be equal to src.dtype, found {x.dtype} and {source.dtype}"
        )


def as_int64(x: Tensor, source: Tensor, op: str, put: Any) -> Tensor:
    """What `put` gives of both, in int64 meanwhile if they are other integers that are to be reduced."""
    wide = np.dtype(np.int64)
    if op == "put" or x.dtype in (FLOAT, wide):
        return put(x, source)  # type: ignore[no-any-return]
    return converted(put(converted(x, wide), converted(source, wide)), x.dtype)


def placed(
    name: str, x: Tensor, index: Array, source: Tensor, axis: int, axes: int = 1, op: str = "put"
) -> Tensor:
    """`x` with a source, which is broadcast, at the slices of an index of so many axes from one on."""
    same_dtype(name, x, source)

    def put(x: Tensor, source: Tensor) -> Tensor:
        try:
            value = _core.put(array_of(x), index, array_of(source), axis, axes, OPS[op])
        except ShapeError:
            raise ShapeError(
                f"{name}(): a source of shape {source.shape} does not fit what it is to be written to in "
                f"shape {x.shape}"
            ) from None
        return record(
            value,
            _placed_gradient,
            (kept(index, x, source), axis, axes, op, source.shape),
            x,
            source,
        )

    return as_int64(x, source, op, put)


def _placed_gradient(
    g: Array,
    need: tuple[bool, ...],
    index: Array,
    axis: int,
    axes: int,
    op: str,
    shape: tuple[int, ...],
) -> tuple[Array | None, ...]:
    gx = gs = None
    if need[1]:
        gs = _core.sum_to(_core.take(g, index, axis, axes), shape)
    if need[0]:
        gx = g if op == "sum" else _core.put(g, index, ZERO, axis, axes, OPS["put"])
    return gx, gs
