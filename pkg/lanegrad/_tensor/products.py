"""Products of matrices and vectors. The compiled ones compute those of floats: the same bits everywhere."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, adopt, record
from .convert import FLOAT
from .inside import array_of, as_tensor
from .movement import values_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "bmm",
    "dot",
    "ger",
    "matmul",
    "mm",
    "mv",
    "outer",
    "vdot",
]

Need = tuple[bool, ...]


def _sizes(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def matmul(input: Any, other: Any) -> Tensor:
    """The matrix product, over the last two axes; those before are broadcast. It is the operator ``@``.

    Parameters
    ----------
    input : Tensor or array_like
        (..., M, K), or (K,).
    other : Tensor or array_like
        (..., K, N), or (K,); of the dtype of `input`.

    Returns
    -------
    Tensor
        (..., M, N), without the axes that a vector has not.

    Raises
    ------
    RuntimeError
        The shapes do not fit, or the dtypes differ.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.matmul([[1.0, 2.0]], [[3.0], [4.0]])
    tensor([[11.]])
    """
    x, y = as_tensor(input), as_tensor(other)
    if not (x.ndim and y.ndim):
        raise ShapeError(
            "both arguments to matmul need to be at least 1D, but they are "
            f"{x.ndim}D and {y.ndim}D: the operands need one axis, use * with single numbers"
        )
    if x.dtype != y.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {x.dtype} != {y.dtype}"
        )
    if x.shape[-1] != y.shape[-2:][0]:
        raise ShapeError(_complaint(x.shape, y.shape))
    if x.dtype != FLOAT:
        return record(adopt(_whole_product(values_of(x), values_of(y))))
    return record(*_product(_core.plain_of(array_of(x)), _core.plain_of(array_of(y))), x, y)


def _whole_product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Of integers, by NumPy."""
    try:
        return np.asarray(np.matmul(a, b), a.dtype)
    except ValueError:
        raise ShapeError(
            f"the leading axes of {a.shape} and {b.shape} cannot be broadcast to one another"
        ) from None


def _complaint(x: tuple[int, ...], y: tuple[int, ...]) -> str:
    if len(x) == len(y) == 1:
        return (
            f"inconsistent tensor size, expected tensor [{x[0]}] and src [{y[0]}] to have the same number "
            f"of elements, but got {x[0]} and {y[0]} elements respectively"
        )
    return f"mat1 and mat2 shapes cannot be multiplied ({_sizes(x)} and {_sizes(y)})"


def _product(a: Array, b: Array) -> tuple[Array, Any, tuple[Any, ...]]:
    shape, other = a.shape, b.shape
    if len(other) > 2:
        x = a.reshape((1, shape[0])) if len(shape) == 1 else a
        value = _core.batch_matmul(x, b)
        result = value.reshape((*value.shape[:-2], *shape[-2:-1], value.shape[-1]))
        return result, _batch_gradient, (x, b, value.shape, shape)
    rows = a.reshape((prod(shape[:-1]), shape[-1]))
    if len(other) == 2:
        value = _core.matmul(rows, b)
    elif len(shape) == 1:
        value = _core.dot(a, b)
    else:
        value = _core.matmul(b.reshape((1, other[0])), rows, None, False, True)
    return value.reshape((*shape[:-1], *other[1:])), _product_gradient, (rows, b, shape)


def _product_gradient(
    g: Array, need: Need, rows: Array, b: Array, shape: tuple[int, ...]
) -> tuple[Array | None, ...]:
    ga = gb = None
    other = b.shape
    g = _core.plain_of(g).reshape((rows.shape[0], 1 if len(other) == 1 else other[1]))
    if need[0]:
        matrix = b.reshape((1, other[0])) if len(other) == 1 else b
        ga = _core.matmul(g, matrix, None, False, len(other) > 1).reshape(shape)
    if need[1] and len(other) == 1:
        gb = _core.matmul(g.reshape((1, rows.shape[0])), rows).reshape(other)
    elif need[1]:
        gb = _core.matmul(rows, g, None, True)
    return ga, gb


def _batch_gradient(
    g: Array, need: Need, x: Array, b: Array, products: tuple[int, ...], shape: tuple[int, ...]
) -> tuple[Array | None, ...]:
    ga = gb = None
    g = _core.plain_of(g).reshape(products)
    if need[0]:
        ga = _core.batch_matmul(g, b, False, True, x.shape).reshape(shape)
    if need[1]:
        gb = _core.batch_matmul(x, g, True, False, b.shape)
    return ga, gb


def _with_axes(name: str, *operands: tuple[Any, int]) -> list[Tensor]:
    """Operands as tensors, after a check of how many axes each has."""
    tensors = [as_tensor(x) for x, _ in operands]
    for x, (_, ndim) in zip(tensors, operands, strict=True):
        if x.ndim != ndim:
            kind = {1: "a vector", 2: "a matrix", 3: "a batch of matrices"}[ndim]
            raise ShapeError(f"{name}: expected {kind}, a {ndim}D tensor, found shape {x.shape}")
    return tensors


def mm(input: Any, mat2: Any) -> Tensor:
    """The product of two matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.mm(lanegrad.ones(2, 3), lanegrad.ones(3, 1)).shape
    (2, 1)
    """
    return matmul(*_with_axes("mm", (input, 2), (mat2, 2)))


def bmm(input: Any, mat2: Any) -> Tensor:
    """The products of two batches of as many matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.bmm(lanegrad.ones(5, 2, 3), lanegrad.ones(5, 3, 1)).shape
    (5, 2, 1)
    """
    x, y = _with_axes("bmm", (input, 3), (mat2, 3))
    if x.shape[0] != y.shape[0] or x.shape[2] != y.shape[1]:
        raise ShapeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{x.shape[0]}, {x.shape[2]}] "
            f"but got: [{y.shape[0]}, {y.shape[1]}]."
        )
    return matmul(x, y)


def mv(input: Any, vec: Any) -> Tensor:
    """The product of a matrix and a vector.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.mv(lanegrad.ones(2, 3), lanegrad.ones(3))
    tensor([3., 3.])
    """
    return matmul(*_with_axes("mv", (input, 2), (vec, 1)))


def dot(input: Any, tensor: Any) -> Tensor:
    """The inner product of two vectors.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.dot(lanegrad.tensor([1.0, 2.0]), lanegrad.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return matmul(*_with_axes("dot", (input, 1), (tensor, 1)))


def vdot(input: Any, other: Any) -> Tensor:
    """The inner product of two vectors; of real numbers, it is `dot`.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.vdot(lanegrad.tensor([1.0, 2.0]), lanegrad.tensor([3.0, 4.0]))
    tensor(11.)
    """
    return matmul(*_with_axes("vdot", (input, 1), (other, 1)))


def outer(input: Any, vec2: Any) -> Tensor:
    """The products of each element of one vector and each of another; `ger` is the same function.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.outer(lanegrad.tensor([1, 2]), lanegrad.tensor([3, 4]))
    tensor([[3, 4],
            [6, 8]])
    """
    x, y = _with_axes("outer", (input, 1), (vec2, 1))
    return x.reshape(-1, 1) * y


ger: Callable[..., Tensor] = outer
