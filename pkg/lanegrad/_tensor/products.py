"""Products of matrices and vectors. The compiled ones compute those of floats: the same bits everywhere."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import Array, ShapeError, adopt, record
from .axes import axis_of
from .convert import FLOAT
from .inside import array_of, as_tensor
from .linear_systems import inverse, square
from .movement import moved, numpy_names, permuted, values_of

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "bmm",
    "chain_matmul",
    "cross",
    "dot",
    "ger",
    "inner",
    "kron",
    "matmul",
    "matrix_power",
    "mm",
    "mv",
    "outer",
    "tensordot",
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


def inner(input: Any, other: Any) -> Tensor:
    """The inner products of all vectors along the last axes of two tensors; with a number, the product.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.inner(lanegrad.ones(2, 3), lanegrad.ones(4, 3)).shape
    (2, 4)
    """
    x, y = as_tensor(input), as_tensor(other)
    if not (x.ndim and y.ndim):
        return x * y
    if x.shape[-1] != y.shape[-1]:
        raise ShapeError(
            "inner() the last dimension must match on both input tensors but got shapes "
            f"{list(x.shape)} and {list(y.shape)}"
        )
    return tensordot(x, y, ([-1], [-1]))


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


ger = outer


def _added(input: Any, product: Tensor, beta: float, alpha: float) -> Tensor:
    """beta * input + alpha * product. With beta 0 the input does not count, not even its NaNs."""
    scaled = product if alpha == 1 else product * alpha
    x = as_tensor(input)
    try:
        fits = np.broadcast_shapes(x.shape, product.shape) == product.shape
    except ValueError:
        fits = False
    if not fits:
        raise ShapeError(
            f"The expanded size of the tensor {list(product.shape)} must match the existing size "
            f"{list(x.shape)}"
        )
    if beta == 0:
        return scaled
    return (x if beta == 1 else x * beta) + scaled


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * (mat1 @ mat2)``, of matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.addmm(lanegrad.ones(1), lanegrad.ones(2, 3), lanegrad.ones(3, 1))
    tensor([[4.],
            [4.]])
    """
    return _added(input, mm(mat1, mat2), beta, alpha)


def addmv(input: Any, mat: Any, vec: Any, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * (mat @ vec)``, of a matrix and a vector.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.addmv(lanegrad.ones(2), lanegrad.ones(2, 3), lanegrad.ones(3))
    tensor([4., 4.])
    """
    return _added(input, mv(mat, vec), beta, alpha)


def addr(input: Any, vec1: Any, vec2: Any, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * outer(vec1, vec2)``.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.addr(lanegrad.ones(2, 1), lanegrad.tensor([1.0, 2.0]), lanegrad.ones(1))
    tensor([[2.],
            [3.]])
    """
    return _added(input, outer(vec1, vec2), beta, alpha)


def baddbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * (batch1 @ batch2)``, of batches of matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.baddbmm(lanegrad.ones(1), lanegrad.ones(5, 2, 3), lanegrad.ones(5, 3, 1)).shape
    (5, 2, 1)
    """
    return _added(input, bmm(batch1, batch2), beta, alpha)


def addbmm(input: Any, batch1: Any, batch2: Any, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """``beta * input + alpha * (batch1 @ batch2).sum(0)``, of batches of matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.addbmm(lanegrad.zeros(1), lanegrad.ones(5, 2, 3), lanegrad.ones(5, 3, 1))
    tensor([[15.],
            [15.]])
    """
    return _added(input, bmm(batch1, batch2).sum(0), beta, alpha)


def chain_matmul(*matrices: Any) -> Tensor:
    """The product of several matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.chain_matmul(lanegrad.ones(2, 3), lanegrad.ones(3, 4), lanegrad.ones(4, 1)).shape
    (2, 1)
    """
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    (result,) = _with_axes("chain_matmul", (matrices[0], 2))
    for matrix in matrices[1:]:
        result = mm(result, matrix)
    return result


def tensordot(a: Any, b: Any, dims: Any = 2) -> Tensor:
    """Products summed over axes of one tensor and as many of another.

    Parameters
    ----------
    a, b : Tensor or array_like
    dims : int or pair of lists
        The last so many axes of `a` and the first of `b`; or the axes of both, in pairs.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.tensordot(lanegrad.ones(2, 3, 4), lanegrad.ones(4, 3), ([1, 2], [1, 0]))
    tensor([12., 12.])
    """
    x, y = as_tensor(a), as_tensor(b)
    if isinstance(dims, int):
        if not 0 <= dims <= min(x.ndim, y.ndim):
            raise RuntimeError(f"tensordot expects dims from 0 to the number of axes, found {dims}")
        mine, theirs = list(range(x.ndim - dims, x.ndim)), list(range(dims))
    else:
        pair = [d if isinstance(d, tuple | list) else [d] for d in dims]
        mine, theirs = [axis_of(d, x.ndim) for d in pair[0]], [axis_of(d, y.ndim) for d in pair[1]]
    if [x.shape[i] for i in mine] != [y.shape[i] for i in theirs]:
        raise ShapeError(
            f"contracted dimensions need to match, but shapes {x.shape} and {y.shape} have other sizes in "
            f"axes {mine} and {theirs}"
        )
    rows, columns = (
        [i for i in range(t.ndim) if i not in used] for t, used in ((x, mine), (y, theirs))
    )
    depth = prod(x.shape[i] for i in mine)
    shapes = [x.shape[i] for i in rows], [y.shape[i] for i in columns]
    left = permuted(x, (*rows, *mine)).reshape(prod(shapes[0]), depth)
    right = permuted(y, (*theirs, *columns)).reshape(depth, prod(shapes[1]))
    return matmul(left, right).reshape(*shapes[0], *shapes[1])


def kron(input: Any, other: Any) -> Tensor:
    """The Kronecker product: `other`, multiplied by each element of `input`, in the place of that element.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.kron(lanegrad.tensor([1, 2]), lanegrad.tensor([1, 1]))
    tensor([1, 1, 2, 2])
    """
    x, y = as_tensor(input), as_tensor(other)
    ndim = max(x.ndim, y.ndim)
    mine, theirs = ((1,) * (ndim - t.ndim) + t.shape for t in (x, y))
    pairs = list(zip(mine, theirs, strict=True))
    left = x.reshape([n for m, _ in pairs for n in (m, 1)])
    right = y.reshape([n for _, n in pairs for n in (1, n)])
    return (left * right).reshape([m * n for m, n in pairs])


def cross(input: Any, other: Any, dim: int | None = None) -> Tensor:
    """The cross product of vectors along an axis of length 3, by default the first such one.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cross(lanegrad.tensor([1, 0, 0]), lanegrad.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    x, y = as_tensor(input), as_tensor(other)
    if x.ndim != y.ndim:
        raise ShapeError(
            "linalg.cross: inputs must have the same number of dimensions, found shapes "
            f"{x.shape} and {y.shape}"
        )
    shape = np.broadcast_shapes(x.shape, y.shape)
    if dim is None:
        if 3 not in shape:
            raise RuntimeError(f"no dimension of size 3 in input: shape {shape}")
        dim = shape.index(3)
    axis = axis_of(dim, len(shape)) - len(shape)
    if any(t.ndim < -axis or t.shape[axis] != 3 for t in (x, y)):
        raise ShapeError(
            f"inputs dimension {dim} must have length 3. Got {list(x.shape)} and {list(y.shape)}"
        )
    first, second = ([_turned(t, steps, axis) for steps in (-1, -2)] for t in (x, y))
    return first[0] * second[1] - first[1] * second[0]


def _turned(x: Tensor, steps: int, axis: int) -> Tensor:
    return moved(x, lambda a: np.roll(a, steps, axis))


def matrix_power(input: Any, n: int) -> Tensor:
    """Square matrices multiplied by themselves `n` times; negative `n`: their inverses.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.matrix_power(lanegrad.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
    tensor([[1., 3.],
            [0., 1.]])
    """
    x = square("matrix_power", input)
    if n < 0:
        return matrix_power(inverse(x), -n)
    result = None
    while n:
        if n & 1:
            result = x if result is None else matmul(result, x)
        n >>= 1
        x = matmul(x, x) if n else x
    if result is None:
        eye = np.broadcast_to(np.eye(x.shape[-1], dtype=x.dtype), x.shape)
        return record(_core.copied(eye))
    return result


numpy_names(globals())
