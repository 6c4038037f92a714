"""Linear algebra under the names of torch.linalg: norms, products, and what square matrices have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._core import ShapeError
from ._missing import missing_names
from ._tensor import as_tensor
from ._tensor.axes import axis_of
from ._tensor.extremes import amax, amin
from ._tensor.linear_systems import LinAlgError, SlogDet, inverse, solve, svdvals
from ._tensor.linear_systems import det as _det
from ._tensor.linear_systems import slogdet as _slogdet
from ._tensor.product_sums import cross as _cross
from ._tensor.product_sums import matrix_power
from ._tensor.products import matmul
from ._tensor.reduction import sum
from ._tensor.spread import norm as _norm
from ._tensor.views import permuted

if TYPE_CHECKING:
    from ._tensor import Tensor

__all__ = [
    "LinAlgError",
    "cross",
    "det",
    "inv",
    "matmul",
    "matrix_norm",
    "matrix_power",
    "multi_dot",
    "norm",
    "slogdet",
    "solve",
    "svdvals",
    "vecdot",
    "vector_norm",
]


def det(A: Any) -> Tensor:
    """The determinants of square matrices. See `lanegrad.det`."""
    return _det(A)


def slogdet(A: Any) -> SlogDet:
    """The signs and logarithms of determinants of square matrices. See `lanegrad.slogdet`."""
    return _slogdet(A)


def inv(A: Any) -> Tensor:
    """The inverses of square matrices. See `lanegrad.inverse`."""
    return inverse(A)


def vector_norm(
    x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of all elements, or along some axes: the root of order `ord` of the sum of powers.

    Parameters
    ----------
    x : Tensor or array_like
        Floats.
    ord : float
        Infinity is the largest, minus infinity the least absolute value; 0 counts what is not 0.
    dim : int or tuple of int, optional
    keepdim : bool
        Whether the axes stay, with length 1.
    dtype : dtype, optional
        What the elements are converted to first.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.vector_norm(lanegrad.tensor([3.0, 4.0]))
    tensor(5.)
    """
    return _norm(x, ord, dim, keepdim, dtype=dtype)


def matrix_norm(
    A: Any,
    ord: Any = "fro",
    dim: tuple[int, int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: Any = None,
) -> Tensor:
    """The norm of matrices.

    Parameters
    ----------
    A : Tensor or array_like
        Floats, of two axes at least.
    ord : {"fro", "nuc", inf, -inf, 1, -1, 2, -2}
        "fro" is that of all elements; "nuc" the sum of the singular values, 2 the largest, -2 the least of
        them; infinity and 1 are the largest sums of absolute values of a row and of a column, and those with
        a minus the least.
    dim : tuple of int
        The axes of rows and columns.
    keepdim : bool
        Whether the axes stay, with length 1.
    dtype : dtype, optional
        What the elements are converted to first.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.matrix_norm(lanegrad.tensor([[1.0, -2.0], [3.0, 4.0]]), 1)
    tensor(6.)
    """
    x = as_tensor(A)
    if x.ndim < 2:
        raise ShapeError(
            f"linalg.matrix_norm: The input tensor A must have at least 2 dimensions: {x.shape}"
        )
    row, column = (axis_of(d, x.ndim) for d in dim)
    if row == column:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got {tuple(dim)}")
    if ord == "fro":
        return _norm(x, 2, (row, column), keepdim, dtype=dtype)
    rest = [i for i in range(x.ndim) if i not in (row, column)]
    if ord in ("nuc", 2, -2):
        values = svdvals(permuted(x, (*rest, row, column)))
        reduce = {"nuc": sum, 2: amax, -2: amin}[ord]
        result = reduce(values, -1)
    elif ord in (1, -1, float("inf"), -float("inf")):
        summed, left = (row, column) if ord in (1, -1) else (column, row)
        sums = _norm(x, 1, summed, True, dtype=dtype)
        result = (amax if ord > 0 else amin)(sums, left)
        result = result.reshape([x.shape[i] for i in rest])
    else:
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    return (
        result.reshape([n if i in rest else 1 for i, n in enumerate(x.shape)])
        if keepdim
        else result
    )


def norm(
    A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Tensor:
    """The norm of vectors, or of matrices, if `dim` has two axes or `ord` is given for a matrix.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.norm(lanegrad.tensor([[3.0, 4.0]]), dim=1)
    tensor([5.])
    """
    x = as_tensor(A)
    pair = isinstance(dim, tuple | list) and len(dim) == 2
    if ord is not None and dim is None and x.ndim > 2:
        raise RuntimeError(
            "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. "
            f"Got {x.ndim}D."
        )
    if ord is not None and (pair or isinstance(ord, str) or (dim is None and x.ndim == 2)):
        return matrix_norm(x, ord, tuple(dim) if pair else (-2, -1), keepdim, dtype=dtype)
    return vector_norm(x, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


def cross(input: Any, other: Any, *, dim: int = -1) -> Tensor:
    """The cross product of vectors along an axis of length 3.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.cross(lanegrad.tensor([1, 0, 0]), lanegrad.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    return _cross(input, other, dim)


def vecdot(x: Any, y: Any, *, dim: int = -1) -> Tensor:
    """The inner products of vectors along an axis; the others are broadcast.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.vecdot(lanegrad.ones(2, 3), lanegrad.ones(3))
    tensor([3., 3.])
    """
    a, b = as_tensor(x), as_tensor(y)
    return sum(a * b, dim, dtype=a.dtype)


def multi_dot(tensors: Any) -> Tensor:
    """The product of several matrices, of which the first and the last may be vectors.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.multi_dot([lanegrad.ones(3), lanegrad.ones(3, 2), lanegrad.ones(2, 4)]).shape
    (4,)
    """
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    result = as_tensor(tensors[0])
    for t in tensors[1:]:
        result = matmul(result, t)
    return result


__getattr__ = missing_names(__name__)
