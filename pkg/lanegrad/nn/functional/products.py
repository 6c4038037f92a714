"""Two inputs of features: their bilinear form, the cosine of their angle and their distance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from ..._tensor.spread import norm
from ..._tensor.views import permuted
from .._arguments import floats

__all__ = ["bilinear", "cosine_similarity", "pairwise_distance", "pdist"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def bilinear(
    input1: ArrayLike | Tensor,
    input2: ArrayLike | Tensor,
    weight: ArrayLike | Tensor,
    bias: ArrayLike | Tensor | None = None,
) -> Tensor:
    """``input1 @ weight[o] @ input2`` for each output o, plus bias.

    Parameters
    ----------
    input1, input2 : Tensor or array_like
        (..., I) and (..., J), of the same batch.
    weight : Tensor or array_like
        (O, I, J).
    bias : Tensor or array_like, optional
        (O,).

    Returns
    -------
    Tensor
        (..., O).

    Raises
    ------
    RuntimeError
        Shapes do not fit one another.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.bilinear([[1.0, 2.0]], [[3.0]], [[[1.0], [1.0]]])
    tensor([[9.]])
    """
    a, b, w = floats(input1, "input1"), floats(input2, "input2"), floats(weight, "weight")
    if w.ndim != 3 or a.shape[-1:] != w.shape[1:2] or b.shape[-1:] != w.shape[2:]:
        raise ShapeError(
            f"bilinear takes (..., I), (..., J) and a weight (O, I, J), found shapes "
            f"{a.shape}, {b.shape} and {w.shape}"
        )
    if a.shape[:-1] != b.shape[:-1]:
        raise ShapeError(f"both inputs must have one batch, found shapes {a.shape} and {b.shape}")
    outputs, rows, columns = w.shape
    batch = a.shape[:-1]
    matrix = permuted(w, (1, 0, 2)).reshape(rows, outputs * columns)
    left = (a.reshape(-1, rows) @ matrix).reshape(-1, outputs, columns)
    y = (left * b.reshape(-1, 1, columns)).sum(2).reshape(*batch, outputs)
    return y if bias is None else y + floats(bias, "bias")


def cosine_similarity(
    x1: ArrayLike | Tensor, x2: ArrayLike | Tensor, dim: int = 1, eps: float = 1e-8
) -> Tensor:
    """The cosine of the angle between vectors, which stand along an axis.

    Parameters
    ----------
    x1, x2 : Tensor or array_like
        Of shapes that broadcast.
    dim : int
    eps : float
        The least length that a vector counts as.

    Returns
    -------
    Tensor
        Of the broadcast shape, without axis `dim`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.cosine_similarity([[3.0, 4.0]], [[4.0, 3.0]])
    tensor([0.9600])
    """
    a, b = floats(x1, "x1"), floats(x2, "x2")
    shape = np.broadcast_shapes(a.shape, b.shape)
    axis = range(max(len(shape), 1))[dim]
    a, b = a.expand(shape), b.expand(shape)
    if not shape:
        a, b = a.reshape(1), b.reshape(1)
    return (_unit(a, axis, eps) * _unit(b, axis, eps)).sum(axis)


def _unit(x: Tensor, axis: int, eps: float) -> Tensor:
    """Vectors divided by their lengths, which count as `eps` at least."""
    return x / norm(x, 2.0, axis, True).clamp_min(eps)


def pdist(input: ArrayLike | Tensor, p: float = 2.0) -> Tensor:
    """The p-norms of the differences of each row and all rows after it.

    Parameters
    ----------
    input : Tensor or array_like
        (N, D).
    p : float

    Returns
    -------
    Tensor
        (N * (N - 1) / 2,).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.pdist([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    tensor([5.0000, 1.0000, 4.2426])
    """
    x = floats(input, "input")
    if x.ndim != 2:
        raise ShapeError(f"pdist only supports 2D tensors, got: {x.ndim}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    first, second = np.triu_indices(x.shape[0], 1)
    return norm(x[first] - x[second], p, 1)


def pairwise_distance(
    x1: ArrayLike | Tensor,
    x2: ArrayLike | Tensor,
    p: float = 2.0,
    eps: float = 1e-6,
    keepdim: bool = False,
) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` along the last axis.

    Parameters
    ----------
    x1, x2 : Tensor or array_like
        (..., D), of shapes that broadcast.
    p : float
    eps : float
    keepdim : bool
        Whether the last axis stays, of length 1.

    Returns
    -------
    Tensor
        (...), or (..., 1).

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.pairwise_distance([[3.0, 4.0]], [[0.0, 0.0]])
    tensor([5.0000])
    """
    difference = floats(x1, "x1") - floats(x2, "x2") + eps
    return norm(difference, p, -1, keepdim)
