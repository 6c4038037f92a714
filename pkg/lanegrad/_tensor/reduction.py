"""Sums, products and counts, over all elements or along axes. They are taken in float64 and rounded once."""

from __future__ import annotations

import math
from builtins import all as all_true
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import Array, ShapeError, adopt, record, reduce_along, reduce_wholes, sum_along
from .axes import axis_of
from .conversion import converted
from .convert import FLOAT
from .inside import as_tensor
from .movement import kept_shape, numpy_names
from .options import number_type, size_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "all",
    "any",
    "count_nonzero",
    "logsumexp",
    "mean",
    "nanmean",
    "nansum",
    "prod",
    "sum",
]

Dim = int | tuple[int, ...] | list[int] | None
INTEGER = np.dtype(np.int64)
TRUTH = np.dtype(np.bool_)
NAMES = {"float32": "Float", "int64": "Long", "int32": "Int", "int16": "Short", "int8": "Char",
         "uint8": "Byte", "bool": "Bool"}  # fmt: skip


def reduced(
    x: Tensor, axes: tuple[int, ...], keepdim: bool, value: Any, gradient: Any, *saved: Any
) -> Tensor:
    """The tensor of a reduction's value.

    `gradient(g, *saved)` takes and gives arrays of NumPy's, where `g` has the reduced axes, of length 1.
    """
    shape = kept_shape(x.shape, axes, keepdim)
    saved = gradient, kept_shape(x.shape, axes, True), *saved
    return record(adopt(np.reshape(value, shape)), _reduced_gradient, saved, x)


def _reduced_gradient(
    g: Array, gradient: Callable[..., np.ndarray], kept: tuple[int, ...], *saved: Any
) -> Array:
    arrays = [thing.array() if isinstance(thing, Array) else thing for thing in saved]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return adopt(np.asarray(gradient(g.array().reshape(kept), *arrays), FLOAT))


def summand(input: Any, dtype: Any) -> Tensor:
    """`input` in the dtype that a sum or product of it has: integers and booleans become int64."""
    x = as_tensor(input)
    return converted(x, number_type(dtype) or (FLOAT if x.dtype == FLOAT else INTEGER))


def floats_only(x: Tensor, complaint: str) -> None:
    """A RuntimeError unless the tensor holds floats; PyTorch's name of the dtype ends the complaint."""
    if x.dtype != FLOAT:
        raise RuntimeError(f"{complaint} {NAMES.get(x.dtype.name, x.dtype.name)}")


def wide(a: np.ndarray) -> np.ndarray:
    """Floats in float64; integers as they are."""
    return np.asarray(a, np.float64) if a.dtype == FLOAT else a


def sum(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of all elements, or along some axes; that of integers and booleans is int64.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int or tuple of int, optional
        None and () mean all axes.
    keepdim : bool
        Whether the axes stay, with length 1.
    dtype : dtype, optional
        What the elements are converted to first.

    Raises
    ------
    IndexError
        There is no such axis.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.Tensor([[1.0, 2.0], [3.0, 4.0]]).sum(1)
    tensor([3., 7.])
    """
    if dtype is None:
        return sum_along(input, dim, keepdim, False)
    return converted(sum_along(summand(input, dtype), dim, keepdim, False), number_type(dtype))


def sum_to_size(input: Any, *size: Any) -> Tensor:
    """The sum over the axes along which a tensor of this size would be repeated: Tensor.sum_to_size.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones(2, 3).sum_to_size(1, 3)
    tensor([[2., 2., 2.]])
    """
    x, shape = as_tensor(input), tuple(size_of(size))
    fits = len(shape) <= x.ndim and all_true(
        n in (1, m) for n, m in zip(shape[::-1], x.shape[::-1], strict=False)
    )
    if not fits:
        raise ShapeError(f"size {list(shape)} is not expandable to size {list(x.shape)}")
    extra = x.ndim - len(shape)
    axes = [i for i, m in enumerate(x.shape) if i < extra or shape[i - extra] != m]
    return x if shape and not axes else sum(x, axes).reshape(shape)


def nansum(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The sum of the elements that are not NaN.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.Tensor([1.0, float("nan"), 2.0]).nansum()
    tensor(3.)
    """
    x = input if dtype is None else converted(as_tensor(input), number_type(dtype))
    x = as_tensor(x)
    if x.dtype != FLOAT:
        return sum(x, dim, keepdim, dtype=dtype)
    return reduce_along(x, dim, keepdim, "nansum")


def mean(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of all elements, or along some axes; NaN where there are none.

    Parameters
    ----------
    input : Tensor or array_like
        Floats, unless `dtype` is given.
    dim : int or tuple of int, optional
        None and () mean all axes.
    keepdim : bool
        Whether the axes stay, with length 1.
    dtype : dtype, optional
        What the elements are converted to first.

    Raises
    ------
    RuntimeError
        The elements are integers: convert them with ``.float()``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.Tensor([[1.0, 2.0], [3.0, 5.0]]).mean(1)
    tensor([1.5000, 4.0000])
    """
    x = input if dtype is None else converted(as_tensor(input), number_type(dtype))
    return sum_along(x, dim, keepdim, True)


def length(shape: tuple[int, ...], axes: tuple[int, ...]) -> int:
    """How many elements are reduced to one."""
    return math.prod(shape[axis] for axis in axes)


def nanmean(input: Any, dim: Dim = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the elements that are not NaN.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.Tensor([1.0, float("nan"), 2.0]).nanmean()
    tensor(1.5000)
    """
    x = converted(as_tensor(input), number_type(dtype))
    floats_only(x, "nanmean(): expected input to have floating point or complex dtype but got")
    return reduce_along(x, dim, keepdim, "nanmean")


def prod(input: Any, dim: int | None = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The product of all elements, or along an axis; that of integers and booleans is int64.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.prod([[1.0, 2.0], [3.0, 4.0]], 1)
    tensor([ 2., 12.])
    """
    x = summand(input, dtype)
    axis = None if dim is None else axis_of(dim, x.ndim)
    if x.dtype == FLOAT:
        return reduce_along(x, axis, keepdim, "prod")
    return converted(reduce_wholes(x, axis, keepdim, "prod", INTEGER), number_type(dtype))


def _truth(name: str, input: Any, dim: Any, keepdim: bool) -> Tensor:
    """`any` or `all`, uint8 for uint8 as in PyTorch. An empty tuple means no axis at all."""
    x = as_tensor(input)
    return reduce_wholes(x, dim, keepdim, name, x.dtype if x.dtype == np.uint8 else TRUTH, True)


def any(input: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Whether any element is not zero, of all or along some axes.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.any([[0, 1], [0, 0]], dim=1)
    tensor([ True, False])
    """
    return _truth("any", input, dim, keepdim)


def all(input: Any, dim: Dim = None, keepdim: bool = False) -> Tensor:
    """Whether no element is zero, of all or along some axes.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.all([[1, 1], [0, 1]], dim=1)
    tensor([ True, False])
    """
    return _truth("all", input, dim, keepdim)


def count_nonzero(input: Any, dim: Dim = None, *more: int) -> Tensor:
    """How many elements are not zero, of all or along some axes.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.count_nonzero([[0, 1], [2, 3]], dim=1)
    tensor([1, 2])
    """
    return reduce_wholes(input, (dim, *more) if more else dim, False, "count", INTEGER)


def logsumexp(input: Any, dim: Dim, keepdim: bool = False) -> Tensor:
    """The logarithm of the sum of exponentials along some axes, without overflow.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logsumexp([[0.0, 0.0], [1000.0, 0.0]], 1)
    tensor([6.9315e-01, 1.0000e+03])
    """
    return reduce_along(converted(as_tensor(input), FLOAT), dim, keepdim, "logsumexp")


numpy_names(globals())
