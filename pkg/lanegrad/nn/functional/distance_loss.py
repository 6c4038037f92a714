"""Losses that draw things together or apart: by a distance, a cosine or a score of two."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from ..._tensor.spread import norm
from .._arguments import floats
from ._pointwise import Pointwise, broadcast, numbers
from ._reduction import reduced, reduction_of

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Distance = Callable[[Tensor, Tensor], Tensor]

TINY = 1e-12  # so that a vector of zeros has a direction

_hinge = Pointwise(
    lambda x, t, margin: (t != 1) * np.maximum(margin - x, 0) + np.where(t != -1, x, 0),
    lambda x, t, margin: (t != -1) - (t != 1) * np.where(margin - x >= 0, 1.0, 0),
    None,
)
_ranking = Pointwise(
    lambda a, b, t, margin: np.maximum(margin - t * (a - b), 0),
    lambda a, b, t, margin: -t * (margin - t * (a - b) >= 0),
    lambda a, b, t, margin: t * (margin - t * (a - b) >= 0),
    lambda a, b, t, margin: (b - a) * (margin - t * (a - b) >= 0),
)
_farther = Pointwise(
    lambda near, far, margin: np.maximum(margin + near - far, 0),
    lambda near, far, margin: margin + near - far >= 0,
    lambda near, far, margin: -np.where(margin + near - far >= 0, 1.0, 0),
)
_lesser = Pointwise(
    lambda a, b: np.minimum(a, b),
    lambda a, b: (np.sign(b - a) + 1) / 2,
    lambda a, b: (np.sign(a - b) + 1) / 2,
)


def _cosine(dot: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.asarray(dot / np.sqrt((a + TINY) * (b + TINY)))


def _cosine_loss(cosine: np.ndarray, t: np.ndarray, margin: float) -> np.ndarray:
    return np.where(t == 1, 1 - cosine, np.where(t == -1, np.maximum(cosine - margin, 0), 0))


def _cosine_slope(cosine: np.ndarray, t: np.ndarray, margin: float) -> np.ndarray:
    return np.where(t == 1, -1.0, (t == -1) * (cosine >= margin))


# Of a product of vectors, their squares and a target.
_direction = Pointwise(
    lambda d, a, b, t, margin: _cosine_loss(_cosine(d, a, b), t, margin),
    lambda d, a, b, t, margin: (
        _cosine_slope(_cosine(d, a, b), t, margin) * _cosine(np.ones(()), a, b)
    ),
    lambda d, a, b, t, margin: (
        _cosine_slope(_cosine(d, a, b), t, margin) * _cosine(d, a, b) / (-2 * (a + TINY))
    ),
    lambda d, a, b, t, margin: (
        _cosine_slope(_cosine(d, a, b), t, margin) * _cosine(d, a, b) / (-2 * (b + TINY))
    ),
    None,
)


def hinge_embedding_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The input for a target of 1; for -1, by how much it is less than a margin.

    The other arguments are those of `mse_loss`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.hinge_embedding_loss([0.25, 0.25], [1.0, -1.0], reduction="none")
    tensor([0.2500, 0.7500])
    """
    how = reduction_of(size_average, reduce, reduction)
    tensors = floats(input, "input"), numbers(target, "target").detach()
    return reduced(_hinge, tensors, (float(margin),), how)


def margin_ranking_loss(
    input1: ArrayLike | Tensor,
    input2: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin - target * (input1 - input2)): the first is to be larger for 1, the second for -1.

    The other arguments are those of `mse_loss`.

    Raises
    ------
    ShapeError
        The three have not the same number of axes, or do not fit.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.margin_ranking_loss([1.0, 1.0], [3.0, 3.0], [1.0, -1.0], reduction="none")
    tensor([2., 0.])
    """
    how = reduction_of(size_average, reduce, reduction)
    tensors = numbers(input1, "input1"), numbers(input2, "input2"), numbers(target, "target")
    if len({tensor.ndim for tensor in tensors}) > 1:
        shapes = ", ".join(str(tensor.shape) for tensor in tensors)
        raise ShapeError(f"inputs and target need the same number of axes, found shapes {shapes}")
    return reduced(_ranking, tensors, (float(margin),), how)


def cosine_embedding_loss(
    input1: ArrayLike | Tensor,
    input2: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """1 - cosine of two vectors for a target of 1; for -1, by how much the cosine is above a margin.

    Parameters
    ----------
    input1, input2 : Tensor or array_like
        (N, D) or (D,).
    target : Tensor or array_like
        (N,) or (), of 1 and -1.
    margin : float
    size_average, reduce, reduction
        As for `mse_loss`.

    Raises
    ------
    ShapeError
        The shapes do not fit.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> x, y = [[1.0, 0.0], [1.0, 0.0]], [[0.0, 2.0], [2.0, 0.0]]
    >>> F.cosine_embedding_loss(x, y, [1.0, -1.0], reduction="none")
    tensor([1., 1.])
    """
    how = reduction_of(size_average, reduce, reduction)
    a, b = floats(input1, "input1"), floats(input2, "input2")
    t = numbers(target, "target").detach()
    if t.ndim > 1 or {a.ndim, b.ndim} != {t.ndim + 1}:
        raise ShapeError(
            f"targets of shape {t.shape} for inputs of shapes {a.shape} and {b.shape}: they need "
            "one axis more than the targets, of which there is one or none"
        )
    sums = (a * b).sum(-1), (a * a).sum(-1), (b * b).sum(-1)
    return reduced(_direction, (*sums, t), (float(margin),), how)


def triplet_margin_loss(
    anchor: ArrayLike | Tensor,
    positive: ArrayLike | Tensor,
    negative: ArrayLike | Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much the negative is not farther from the anchor than the positive, and a margin.

    Parameters
    ----------
    anchor, positive, negative : Tensor or array_like
        Vectors, (N, D) or (D,).
    margin : float
        Positive.
    p : float
        Distances are p-norms.
    eps : float
        Is added to differences, so that distances have a slope.
    swap : bool
        Whether the distance from the positive to the negative counts where it is less than the anchor's.
    size_average, reduce, reduction
        As for `mse_loss`.

    Returns
    -------
    Tensor
        A single number; (N,) or () if `reduction` is "none".

    Raises
    ------
    ValueError
        `margin` is not positive.
    ShapeError
        The three have not the same number of axes, or do not fit.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.triplet_margin_loss([[0.0, 0.0]], [[3.0, 0.0]], [[0.0, 2.0]])
    tensor(2.)
    """
    how = reduction_of(size_average, reduce, reduction)

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return norm(a - b + float(eps), float(p), -1)

    return _triplet(anchor, positive, negative, distance, margin, swap, how)


def triplet_margin_with_distance_loss(
    anchor: ArrayLike | Tensor,
    positive: ArrayLike | Tensor,
    negative: ArrayLike | Tensor,
    *,
    distance_function: Distance | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with a distance of one's own.

    Parameters
    ----------
    anchor, positive, negative, margin, swap, reduction
        As for `triplet_margin_loss`.
    distance_function : callable, optional
        Takes two tensors and gives their distances; the Euclidean one if not given.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.triplet_margin_with_distance_loss(
    ...     [[0.0, 0.0]], [[3.0, 0.0]], [[0.0, 2.0]],
    ...     distance_function=lambda a, b: ((a - b) ** 2).sum(-1),
    ... )
    tensor(6.)
    """

    def euclidean(a: Tensor, b: Tensor) -> Tensor:
        return norm(a - b + 1e-6, 2.0, -1)

    distance = euclidean if distance_function is None else distance_function
    return _triplet(anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    anchor: ArrayLike | Tensor,
    positive: ArrayLike | Tensor,
    negative: ArrayLike | Tensor,
    distance: Distance,
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    if not margin > 0:
        raise ValueError(f"margin must be positive, found {margin}")
    a, p = floats(anchor, "anchor"), floats(positive, "positive")
    n = floats(negative, "negative")
    if not a.ndim == p.ndim == n.ndim:
        raise ShapeError(
            "anchor, positive and negative need the same number of axes, found shapes "
            f"{a.shape}, {p.shape} and {n.shape}"
        )
    broadcast(a, p, n)
    near, far = distance(a, p), distance(a, n)
    if swap:
        far = _lesser(far, distance(p, n))
    return reduced(_farther, (near, far), (float(margin),), reduction)
