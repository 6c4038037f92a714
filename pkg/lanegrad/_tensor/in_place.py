"""Forms of ops that write their result over the tensor they were computed from, as `x.add_(y)` does."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, adopt, record
from .broadcasting import summed_to
from .inside import array_of, as_tensor, become

if TYPE_CHECKING:
    from .tensor import Tensor


def in_place(op: Callable[..., Any]) -> Callable[..., Tensor]:
    """The form of an op that writes its result over its first argument, a tensor, and gives that."""

    @wraps(op)
    def form(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return become(input, _cast(op(_core.original(input), *args, **kwargs), input))

    form.__name__ = form.__qualname__ = f"{op.__name__}_"
    form.__doc__ = (
        f"As `{op.__name__}`, with the result written over the tensor itself, which is given back."
    )
    return form


def operator(op: Callable[..., Any]) -> Callable[..., Tensor]:
    """As `in_place`, for one of Python's operators, which `op` may decline."""

    def form(input: Tensor, other: Any) -> Tensor:
        result = op(_core.original(input), other)
        return result if result is NotImplemented else become(input, _cast(result, input))

    return form


def _cast(result: Tensor, like: Tensor) -> Tensor:
    """A result in the dtype of the tensor that it is to be written to, if such values may be that."""
    if result.dtype == like.dtype:
        return result
    kinds = "b", "iu", "f"
    rank = {kind: i for i, group in enumerate(kinds) for kind in group}
    if rank[result.dtype.kind] > rank[like.dtype.kind]:
        raise RuntimeError(
            f"result type {result.dtype} can't be cast to the desired output type {like.dtype}"
        )
    return _converted(result, like.dtype)


def _converted(x: Tensor, dtype: np.dtype[Any]) -> Tensor:
    return x if x.dtype == dtype else record(adopt(array_of(x).array().astype(dtype)))


def copy_(input: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the elements of another tensor, which may be broadcast, over this one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.zeros(2, 2).copy_(lanegrad.tensor([1.0, 2.0]))
    tensor([[1., 2.],
            [1., 2.]])
    """
    source = as_tensor(src)
    values, shape = array_of(source).array(), input.shape
    try:
        shown = np.broadcast_to(values, shape)
    except ValueError:
        raise ShapeError(
            f"values of shape {source.shape} do not fit into a tensor of shape {shape}"
        ) from None
    copy = adopt(np.array(shown, input.dtype, order="C"))
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
    source = as_tensor(value)
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


def filled_by(values: Callable[..., np.ndarray]) -> Callable[..., Tensor]:
    """The method that writes over a tensor what a function gives for it and more arguments."""

    @wraps(values)
    def form(input: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        return become(input, record(adopt(values(input, *args, **kwargs))))

    return form
