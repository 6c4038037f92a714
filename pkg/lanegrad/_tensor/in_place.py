"""Forms of ops that write their result over the tensor they were computed from, as `x.add_(y)` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, adopt, record
from .broadcasting import summed_to
from .conversion import converted
from .inside import array_of, as_tensor, become
from .promotion import can_cast, fitting

if TYPE_CHECKING:
    from .tensor import Tensor


def changed(op: Callable[..., Any]) -> Callable[..., Tensor]:
    """The form of an op that writes its result over its first argument, a tensor, and gives that."""

    @wraps(op)
    def form(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return become(
            input, _cast(op(_core.original(input, *args, *kwargs.values()), *args, **kwargs), input)
        )

    form.__name__ = form.__qualname__ = f"{op.__name__}_"
    form.__doc__ = (
        f"As `{op.__name__}`, with the result written over the tensor itself, which is given back."
    )
    return form


def operator(op: Callable[..., Any]) -> Callable[..., Tensor]:
    """As `changed`, for an operator of Python's, which is left to the other operand where `op` cannot be."""

    def form(input: Tensor, other: Any) -> Any:
        try:
            result = op(_core.original(input, other), other)
        except TypeError:
            return NotImplemented
        return become(input, _cast(result, input))

    return form


def _cast(result: Tensor, like: Tensor) -> Tensor:
    """A result in the dtype of the tensor that it is to be written to, if such values may be that."""
    if result.dtype == like.dtype:
        return result
    if not can_cast(result.dtype, like.dtype):
        raise RuntimeError(
            f"result type {result.dtype} can't be cast to the desired output type {like.dtype}"
        )
    return converted(result, like.dtype)


def copy_(input: Tensor, other: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of another tensor, which may be broadcast, over this one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 2).copy_(lanegrad.tensor([1.0, 2.0]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    source = as_tensor(other)
    values, shape = array_of(source).array(), input.shape
    try:
        shown = np.broadcast_to(values, shape)
    except ValueError:
        raise ShapeError(
            f"values of shape {source.shape} do not fit into a tensor of shape {shape}"
        ) from None
    copy = adopt(np.array(shown, input.dtype, order="C"))
    if input.dtype != np.float32:
        return become(input, record(copy))
    return become(input, record(copy, _copy_gradient, (source.shape,), source))


def _copy_gradient(g: Array, shape: tuple[int, ...]) -> Array:
    return summed_to(g.array(), shape)


def fill_(input: Tensor, value: Any) -> Tensor:
    """Write a number over all elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2).fill_(3)
    tensor([3., 3.])
    """
    source = as_tensor(fitting(value, input.dtype, "value"))
    if source.ndim:
        raise ShapeError(
            f"fill_ takes a number or a tensor without axes, found shape {source.shape}"
        )
    if not source.requires_grad and input.dtype == np.float32:
        return become(input, record(_core.full(input.shape, source.item())))
    return copy_(input, source)


def zero_(input: Tensor) -> Tensor:
    """Write 0 over all elements.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.ones(2).zero_()
    tensor([0., 0.])
    """
    return fill_(input, 0)


def detach_(input: Tensor) -> Tensor:
    """Take the tensor off the tape: it requires no gradient any more.

    Examples
    --------
    >>> import lanegrad
    >>> y = lanegrad.ones(2, requires_grad=True) * 2
    >>> y.detach_().requires_grad
    False
    """
    _core.forget_edge(input)
    return input


def fill_diagonal_(input: Tensor, fill_value: Any, wrap: bool = False) -> Tensor:
    """Write a number over the elements whose indices are equal.

    Parameters
    ----------
    input : Tensor
        Of two axes at least.
    fill_value : number
    wrap : bool
        Begin anew below the diagonal of a matrix that has more rows than columns.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 2).fill_diagonal_(5)
    tensor([[5., 0.],
            [0., 5.]])
    """
    if input.ndim < 2:
        raise ShapeError(f"fill_diagonal_ takes at least 2 dimensions, found shape {input.shape}")
    values = np.array(array_of(input).array())
    np.fill_diagonal(values, fill_value, wrap)
    keep = np.ones(input.shape, np.float32)
    np.fill_diagonal(keep, 0, wrap)
    kept = array_of(as_tensor(keep))
    return become(input, record(adopt(values), _kept_gradient, (kept,), input))


def _kept_gradient(g: Array, kept: Array) -> Array:
    return adopt(g.array() * kept.array())


def filled_by(values: Callable[..., Array]) -> Callable[..., Tensor]:
    """The method that writes over a tensor what a function gives for it and more arguments."""

    @wraps(values)
    def form(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return become(input, record(values(input, *args, **kwargs)))

    return form
