"""Square matrices: inverses, determinants and solutions, computed by NumPy in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from .._core import Array, ShapeError, adopt, record
from .broadcasting import summed
from .convert import FLOAT
from .inside import array_of, as_tensor
from .movement import values_of
from .reduction import wide

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["det", "inverse", "logdet", "slogdet"]  # the others are in lanegrad.linalg alone


class LinAlgError(RuntimeError):
    """A matrix does not have what is asked for: as torch.linalg.LinAlgError."""


def square(name: str, input: Any) -> Tensor:
    """`input` as a tensor, after a check that its last two axes are of one length."""
    x = as_tensor(input)
    if x.ndim < 2 or x.shape[-1] != x.shape[-2]:
        raise ShapeError(
            f"{name}: A must be batches of square matrices, but they are of shape {x.shape}"
        )
    if x.dtype != FLOAT and name != "matrix_power":
        raise RuntimeError(f"{name}: Expected a floating point tensor, found {x.dtype}")
    return x


def _turned(a: np.ndarray) -> np.ndarray:
    return np.swapaxes(a, -1, -2)


def inverse(input: Any) -> Tensor:
    """The inverses of square matrices.

    Raises
    ------
    LinAlgError
        A matrix has none; it is a RuntimeError.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.inverse(lanegrad.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([[0.5000, 0.0000],
            [0.0000, 0.2500]])
    """
    x = square("inverse", input)
    try:
        value = np.linalg.inv(wide(values_of(x)))
    except np.linalg.LinAlgError:
        raise LinAlgError("inverse: a matrix is singular, and so has no inverse") from None
    return record(adopt(value), _inverse_gradient, (value,), x)


def _inverse_gradient(g: Array, value: np.ndarray) -> Array:
    return adopt(-(_turned(value) @ wide(g.array()) @ _turned(value)))


def det(input: Any) -> Tensor:
    """The determinants of square matrices.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.det(lanegrad.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor(8.)
    """
    x = square("det", input)
    value = np.linalg.det(wide(values_of(x)))
    return record(adopt(value), _det_gradient, (array_of(x),), x)


def _det_gradient(g: Array, x: Array) -> Array:
    """The matrix of cofactors, which a singular matrix has too: from its singular values."""
    u, s, vh = np.linalg.svd(wide(x.array()))
    others = np.empty_like(s)
    for i in range(s.shape[-1]):
        others[..., i] = np.prod(np.delete(s, i, -1), -1)
    sign = (np.linalg.det(u) * np.linalg.det(vh))[..., None, None]
    return adopt(g.array()[..., None, None] * sign * ((u * others[..., None, :]) @ vh))


class SlogDet(NamedTuple):
    """The sign of a determinant, and the logarithm of its absolute value."""

    sign: Tensor
    logabsdet: Tensor


def slogdet(input: Any) -> SlogDet:
    """The signs of determinants of square matrices, and the logarithms of their absolute values.

    Examples
    --------
    >>> import lanegrad
    >>> sign, logabsdet = lanegrad.slogdet(lanegrad.tensor([[0.0, 1.0], [1.0, 0.0]]))
    >>> sign, logabsdet
    (tensor(-1.), tensor(0.))
    """
    x = square("slogdet", input)
    sign, value = np.linalg.slogdet(wide(values_of(x)))
    value = record(adopt(value), _slogdet_gradient, (array_of(x),), x)
    return SlogDet(record(adopt(sign)), value)


def _slogdet_gradient(g: Array, x: Array) -> Array:
    inverses = _turned(np.linalg.inv(wide(x.array())))
    return adopt(g.array()[..., None, None] * inverses)


def logdet(input: Any) -> Tensor:
    """The logarithms of determinants of square matrices; NaN of negative ones.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.logdet(lanegrad.tensor([[2.0, 0.0], [0.0, 0.5]]))
    tensor(0.)
    """
    sign, value = slogdet(input)
    negative = np.where(values_of(sign) < 0, np.nan, 0)
    return value + record(adopt(negative))


def solve(A: Any, B: Any, *, left: bool = True) -> Tensor:
    """The X with A @ X = B, or with X @ A = B if `left` is false.

    Parameters
    ----------
    A : Tensor or array_like
        Square matrices (..., N, N).
    B : Tensor or array_like
        (..., N, K); or a vector (N,).
    left : bool

    Raises
    ------
    RuntimeError
        A matrix is singular (LinAlgError), or the shapes do not fit.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.solve(lanegrad.tensor([[2.0, 0.0], [0.0, 4.0]]), lanegrad.tensor([2.0, 2.0]))
    tensor([1.0000, 0.5000])
    """
    a, b = square("solve", A), as_tensor(B)
    vector = b.ndim == 1 or (b.ndim == a.ndim - 1 and b.shape == a.shape[:-1])
    matrix, right = wide(values_of(a)), wide(values_of(b))
    matrix = matrix if left else _turned(matrix)
    right = right[..., None] if vector else right if left else _turned(right)
    try:
        value = np.linalg.solve(matrix, right)
    except np.linalg.LinAlgError:
        raise LinAlgError("solve: a matrix is singular, so there is no one solution") from None
    except ValueError:
        raise ShapeError(f"solve: incompatible shapes {a.shape} and {b.shape}") from None
    shown = value[..., 0] if vector else value if left else _turned(value)
    saved = array_of(a), value, b.shape, left, vector
    return record(adopt(np.array(shown, FLOAT, order="C")), _solve_gradient, saved, a, b)


def _solve_gradient(
    g: Array,
    need: tuple[bool, ...],
    a: Array,
    value: np.ndarray,
    shape: tuple[int, ...],
    left: bool,
    vector: bool,
) -> tuple[Array | None, ...]:
    matrix, up = wide(a.array()), wide(g.array())
    matrix = matrix if left else _turned(matrix)
    up = up[..., None] if vector else up if left else _turned(up)
    gb = np.linalg.solve(_turned(matrix), up)
    ga = -(gb @ _turned(value))
    ga = ga if left else _turned(ga)
    gb = gb[..., 0] if vector else gb if left else _turned(gb)
    return (
        adopt(summed(ga, a.shape)) if need[0] else None,
        adopt(summed(gb, shape)) if need[1] else None,
    )


def svdvals(A: Any, *, driver: str | None = None) -> Tensor:
    """The singular values of matrices, the largest first.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.linalg.svdvals(lanegrad.tensor([[2.0, 0.0], [0.0, 4.0]]))
    tensor([4., 2.])
    """
    x = as_tensor(A)
    if x.ndim < 2 or x.dtype != FLOAT:
        raise RuntimeError(f"svdvals takes float32 matrices, found {x.dtype} of shape {x.shape}")
    u, values, vh = np.linalg.svd(wide(values_of(x)), full_matrices=False)
    return record(adopt(values), _svdvals_gradient, (u, vh), x)


def _svdvals_gradient(g: Array, u: np.ndarray, vh: np.ndarray) -> Array:
    return adopt((u * g.array()[..., None, :]) @ vh)
