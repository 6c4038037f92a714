"""How far elements are spread, and how long vectors are: variances, standard deviations, norms, distances."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from .._core import BaseTensor, norm_along, reduce_along
from .axes import axes_of
from .conversion import converted
from .inside import array_of, as_tensor
from .movement import numpy_names
from .options import number_type
from .reduction import Dim, floats_only, length, mean

if TYPE_CHECKING:
    from .tensor import Tensor

__all__ = ["cdist", "dist", "norm", "std", "std_mean", "var", "var_mean"]


def _arguments(dim: Any, unbiased: Any, correction: Any) -> tuple[Any, float]:
    """`dim` and the correction, of `var(dim, unbiased)`, `var(unbiased)` and `var(dim, correction=)`."""
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if unbiased is not None:
        if not isinstance(unbiased, bool):
            raise TypeError(
                f"unbiased must be bool, not {unbiased!r}: give several axes as one tuple"
            )
        if correction is not None:
            raise TypeError(
                "unbiased and correction exclude one another: unbiased=False is correction=0"
            )
        correction = int(unbiased)
    return dim, 1 if correction is None else correction


def _variance(
    input: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any, root: bool
) -> Tensor:
    dim, correction = _arguments(dim, unbiased, correction)
    x = as_tensor(input)
    if x.dtype.kind != "f":
        raise RuntimeError(
            "std and var only support floating point and complex dtypes: convert with .float() first"
        )
    count = length(x.shape, axes_of(dim, x.ndim))
    if count - correction <= 0:
        warnings.warn(
            f"{'std' if root else 'var'}(): degrees of freedom is <= 0: {count} elements with a "
            f"correction of {correction}",
            stacklevel=4,
        )
    return reduce_along(x, dim, keepdim, "std" if root else "var", max(count - correction, 0))


def var(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The variance of all elements, or along some axes.

    Parameters
    ----------
    input : Tensor or array_like
        Floats.
    dim : int or tuple of int, optional
        None and () mean all axes. A bool in this place is `unbiased`.
    unbiased : bool, optional
        True is a correction of 1, False one of 0.
    keepdim : bool
        Whether the axes stay, with length 1.
    correction : number, optional
        The sum of squares is divided by the number of elements less this; 1 by default.

    Raises
    ------
    RuntimeError
        The elements are integers.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.var([[1.0, 3.0], [2.0, 2.0]], 1), lanegrad.var([1.0, 3.0], correction=0)
    (tensor([2., 0.]), tensor(1.))
    """
    return _variance(input, dim, unbiased, keepdim, correction, False)


def std(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> Tensor:
    """The standard deviation, the root of `var`, whose arguments it takes.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.std([[1.0, 5.0], [2.0, 2.0]], 1, unbiased=False)
    tensor([2., 0.])
    """
    return _variance(input, dim, unbiased, keepdim, correction, True)


def var_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """`var`, whose arguments it takes, and the mean.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.var_mean([1.0, 3.0])
    (tensor(2.), tensor(2.))
    """
    spread = _variance(input, dim, unbiased, keepdim, correction, False)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def std_mean(
    input: Any,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
) -> tuple[Tensor, Tensor]:
    """`std`, whose arguments it takes, and the mean.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.std_mean([1.0, 5.0], correction=0)
    (tensor(2.), tensor(3.))
    """
    spread = _variance(input, dim, unbiased, keepdim, correction, True)
    return spread, mean(input, None if isinstance(dim, bool) else dim, keepdim)


def norm(
    input: Any, p: Any = "fro", dim: Dim = None, keepdim: bool = False, dtype: Any = None
) -> Tensor:
    """The p-norm of all elements, or along some axes.

    Parameters
    ----------
    input : Tensor or array_like
        Floats.
    p : number or "fro"
        "fro" and None are 2; infinity is the largest, minus infinity the least absolute value, 0 the number
        of elements that are not 0. Another p is the p-th root of the sum of the absolute values' p-th powers.
    dim : int or tuple of int, optional
        None and () mean all axes.
    keepdim : bool
        Whether the axes stay, with length 1.
    dtype : dtype, optional
        What the elements are converted to first.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.norm([[3.0, 4.0], [0.0, -2.0]], dim=1)
    tensor([5., 2.])
    """
    x = as_tensor(input)
    floats_only(x, "norm(): Expected a floating point or complex tensor as input. Got")
    x = converted(x, number_type(dtype))
    floats_only(x, "norm(): dtype should be floating point or complex, but got")
    if p is None or p == "fro":
        p = 2
    p = array_of(p).item() if isinstance(p, BaseTensor) else p
    if not isinstance(p, int | float):
        raise ValueError(
            f"norm() takes a number or 'fro' for p, found {p!r}: lanegrad.linalg.matrix_norm has 'nuc'"
        )
    if (p < 0 or p == np.inf) and not length(x.shape, axes_of(dim, x.ndim)):
        raise RuntimeError(f"norm(): there is no norm of p={p} of no elements")
    return norm_along(x, dim, keepdim, p)


def dist(input: Any, other: Any, p: float = 2) -> Tensor:
    """The p-norm of the difference of two tensors.

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.dist(lanegrad.tensor([3.0, 4.0]), lanegrad.zeros(2))
    tensor(5.)
    """
    return norm(as_tensor(input) - as_tensor(other), p)


def cdist(
    x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary"
) -> Tensor:
    """The p-norms of the differences of each row of one matrix and each row of another.

    Parameters
    ----------
    x1, x2 : Tensor or array_like
        Floats of shapes (..., P, M) and (..., R, M).
    p : float
    compute_mode : str
        Accepted for PyTorch's sake: distances are always computed from differences.

    Returns
    -------
    Tensor
        (..., P, R).

    Examples
    --------
    >>> import lanegrad
    >>> lanegrad.cdist([[0.0, 0.0], [3.0, 4.0]], [[0.0, 0.0]])
    tensor([[0.],
            [5.]])
    """
    a, b = as_tensor(x1), as_tensor(x2)
    for name, x in (("X1", a), ("X2", b)):
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {x.ndim}D")
    if a.shape[-1] != b.shape[-1]:
        raise RuntimeError(
            f"X1 and X2 must have the same number of columns. X1: {a.shape[-1]} X2: {b.shape[-1]}"
        )
    return norm(a[..., :, None, :] - b[..., None, :, :], p, -1)


numpy_names(globals())
