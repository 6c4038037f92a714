"""What is made of products of matrices: sums with them, products over other axes, powers."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._core import ShapeError, record
from .axes import axis_of
from .inside import as_tensor
from .linear_systems import inverse, square
from .movement import numpy_names, scaled_by
from .products import bmm, matmul, mm, mv, outer
from .rearranging import roll
from .views import permuted

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = [
    "addbmm",
    "addmm",
    "addmv",
    "addr",
    "baddbmm",
    "chain_matmul",
    "cross",
    "inner",
    "kron",
    "matrix_power",
    "tensordot",
]


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


def _added(input: Any, product: Tensor, beta: float, alpha: float) -> Tensor:
    """beta * input + alpha * product. With beta 0 the input does not count, not even its NaNs."""
    scaled, x = scaled_by(product, alpha), as_tensor(input)
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
    return scaled_by(x, beta) + scaled


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
    result = as_tensor(matrices[0])
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
    x, y = _summed_for(x, mine, y, theirs), _summed_for(y, theirs, x, mine)
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


def _summed_for(x: Tensor, mine: list[int], y: Tensor, theirs: list[int]) -> Tensor:
    """`x` summed over the axes that meet one of length 1, which stands for as many as are wanted."""
    axes = [i for i, j in zip(mine, theirs, strict=False) if y.shape[j] == 1 != x.shape[i]]
    return x.sum(axes, True, dtype=x.dtype) if axes else x


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
    first, second = ([roll(t, steps, axis) for steps in (-1, -2)] for t in (x, y))
    return first[0] * second[1] - first[1] * second[0]


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
