"""Elements taken from a tensor and put elsewhere: what selecting, sorting and rearranging have in common.

An op of this kind is a function of arrays that computes nothing, it only takes elements. So the same
function, applied to the elements' numbers, says where each was taken from, and its gradient goes there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, BaseTensor, ShapeError, adopt, record
from .broadcasting import summed_to
from .conversion import converted
from .convert import FLOAT
from .inside import array_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "along",
    "as_int64",
    "gathered",
    "kept",
    "kept_shape",
    "moved",
    "numpy_names",
    "placed",
    "same_dtype",
    "summed_to_shape",
    "taken",
    "values_of",
]

OPS = _core.SCATTER_OPS
ZERO = _core.full((), 0.0)
NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}


def numpy_names(module: dict[str, Any]) -> None:
    """Lets `dim` and `keepdim` be called `axis` and `keepdims` as well, as PyTorch does.

    Wraps the public functions of a module that have such parameters, at its end. As decorators, they would
    hide the functions' types from class Tensor, which the modules refer to in turn.
    """
    made: dict[Any, Any] = {}
    for name in module["__all__"]:
        function = module[name]
        if "dim" in function.__code__.co_varnames:
            module[name] = made.setdefault(function, _with_numpy_names(function))
            # doctest passes over what seems to come from another module, as wrappers do
            module.setdefault("__test__", {})[name] = function


def _with_numpy_names(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        if kwargs:
            kwargs = {NUMPY_NAMES.get(name, name): value for name, value in kwargs.items()}
        return function(*args, **kwargs)

    return called


def values_of(x: BaseTensor) -> np.ndarray:
    """A tensor's elements as NumPy's array of the same memory, to be read and not to be kept."""
    return array_of(x).array()


def moved(x: Tensor, take: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    """The elements of `x` that `take` takes of an array of its shape, with their gradient.

    What `take` refers to, such as arrays of indices, must never change.
    """
    return record(_core.copied(take(values_of(x))), _moved_gradient, (x.shape, take), x)


def _moved_gradient(g: Array, shape: tuple[int, ...], take: Callable[..., np.ndarray]) -> Array:
    places = take(np.arange(prod(shape)).reshape(shape)).reshape(-1)
    sums = np.bincount(places, g.array().reshape(-1), prod(shape))  # in float64
    return adopt(sums.reshape(shape).astype(FLOAT))


def kept(index: Array, *inputs: Tensor) -> Array:
    """An index for the gradient of an op of these inputs, if there is to be one: a copy, since what others hold
    may change after it has been checked."""
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
        gs = summed_to_shape(_core.take(g, index, axis, axes), shape)
    if need[0]:
        gx = g if op == "sum" else _core.put(g, index, ZERO, axis, axes, OPS["put"])
    return gx, gs


def summed_to_shape(g: Array, shape: tuple[int, ...]) -> Array:
    """The gradient of what was broadcast from this shape."""
    return g if g.shape == shape else summed_to(g.array(), shape)


def along(at: np.ndarray, axis: int) -> Callable[[np.ndarray], np.ndarray]:
    """For `moved`: the elements at these indices along an axis."""

    def take(a: np.ndarray) -> np.ndarray:
        lines, places = np.atleast_1d(a), np.atleast_1d(at)
        return np.take_along_axis(lines, places, axis).reshape(at.shape)

    return take


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdim: bool) -> tuple[int, ...]:
    """The shape after a reduction over axes, which are of length 1 then or left out."""
    if not isinstance(keepdim, bool):
        raise TypeError(
            f"keepdim must be bool, not {keepdim!r}: several axes are given as one tuple"
        )
    if keepdim:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def scaled_by(x: Tensor, factor: float) -> Tensor:
    """`x` times a number, which is converted to the dtype of `x`."""
    if factor == 1:
        return x
    return x * (float(factor) if x.dtype == FLOAT else record(adopt(np.array(factor, x.dtype))))
