"""Losses that ask the scores of right classes to be above those of wrong ones by a margin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor, as_tensor
from ..._tensor.creation import zeros
from .._arguments import floats
from ._pointwise import Pointwise
from ._reduction import reduced_rows, reduction_of, weights_of

__all__ = ["multi_margin_loss", "multilabel_margin_loss"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def _over(x: np.ndarray, right: np.ndarray, margin: float) -> Any:
    """By how much scores come too close to the right one."""
    return np.maximum(margin - right + x, 0)


# Of a score, the right one's and a weight, which is 0 for the right one itself.
_close = Pointwise(
    lambda x, right, w, p, margin: w * _over(x, right, margin) ** p,
    lambda x, right, w, p, margin: w * _close_slope(x, right, p, margin),
    lambda x, right, w, p, margin: -w * _close_slope(x, right, p, margin),
    None,
)


def _close_slope(x: np.ndarray, right: np.ndarray, p: int, margin: float) -> Any:
    over = _over(x, right, margin)
    return 2 * over if p == 2 else over > 0


def multi_margin_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: ArrayLike | Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much the scores of wrong classes come closer than a margin to the right one's.

    ``sum(max(0, margin - input[target] + input[j]) ** p for j != target) / C``.

    Parameters
    ----------
    input : Tensor or array_like
        Scores of C classes, (N, C) or (C,).
    target : Tensor or array_like
        Class indices, (N,) or ().
    p : 1 or 2
    margin : float
    weight : Tensor or array_like, optional
        (C,), a factor for the losses of each class.
    size_average, reduce, reduction
        As for `mse_loss`.

    Returns
    -------
    Tensor
        A single number, or the target's shape if `reduction` is "none".

    Raises
    ------
    ValueError
        `p` is neither 1 nor 2.
    RuntimeError
        Shapes do not fit, or a target is no class.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.multi_margin_loss([[1.0, 0.5, -3.0]], [0])
    tensor(0.1667)
    """
    how = reduction_of(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError(f"p must be 1 or 2, found {p}")
    w = weights_of(weight)
    if weight is not None and w.ndim != 1:
        raise ShapeError(f"weight must have one axis, of the classes, found shape {w.shape}")
    x, labels = floats(input, "input"), _labels(target)
    if x.ndim > 2 or (not x.numel() and x.shape[0:1] != (0,)):
        raise ShapeError(f"input must be (N, C) or (C,), found shape {x.shape}")
    rows = x.reshape(-1, x.shape[-1]) if x.ndim else x.reshape(1, 1)
    if labels.numel() != len(rows) or labels.ndim > 1:
        raise ShapeError(f"targets of shape {labels.shape} for an input of shape {x.shape}")
    classes, right = rows.shape[1], labels.reshape(-1, 1)
    _check(right, 0, classes)
    if w.ndim and w.shape != (classes,):
        raise ShapeError(f"weight must have shape ({classes},), found {w.shape}")
    factors = w.detach().expand((classes,))[right.reshape(-1)].reshape(-1, 1)
    each = factors.expand(rows.shape).scatter(1, right, 0.0)
    options = int(p), float(margin)
    losses = _close(rows, rows.gather(1, right), each, options=options)
    return reduced_rows((losses.sum(1) / classes).reshape(labels.shape), how)


def multilabel_margin_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """By how much the scores of wrong classes come closer than 1 to those of the right ones.

    ``sum(max(0, 1 - input[i] + input[j]) for i in right for j not in right) / C``.

    Parameters
    ----------
    input : Tensor or array_like
        Scores of C classes, (N, C) or (C,).
    target : Tensor or array_like
        Indices of the right classes, of the shape of `input`: those before the first -1 count.
    size_average, reduce, reduction
        As for `mse_loss`.

    Returns
    -------
    Tensor
        A single number; (N,) or () if `reduction` is "none".

    Raises
    ------
    RuntimeError
        Shapes do not fit, or a target is no class.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.multilabel_margin_loss([[1.0, 0.5, -3.0]], [[0, -1, 0]])
    tensor(0.1667)
    """
    how = reduction_of(size_average, reduce, reduction)
    x, labels = floats(input, "input"), _labels(target)
    if x.ndim > 2 or labels.shape != x.shape:
        raise ShapeError(f"targets of shape {labels.shape} for an input of shape {x.shape}")
    rows = x.reshape(-1, x.shape[-1]) if x.ndim else x.reshape(1, 1)
    count, classes = rows.shape
    labels = labels.reshape(rows.shape)
    _check(labels, -1, classes)
    counts = (labels < 0).cumsum(1) == 0  # until the first -1
    places = labels.where(counts, 0)
    wrong = 1 - zeros(count, classes).scatter_reduce(1, places, counts.float(), "amax")
    pairs = counts.float().reshape(count, classes, 1) * wrong.reshape(count, 1, classes)
    chosen = rows.gather(1, places).reshape(count, classes, 1)
    losses = _close(rows.reshape(count, 1, classes), chosen, pairs, options=(1, 1.0))
    return reduced_rows((losses.sum((1, 2)) / classes).reshape(x.shape[:-1]), how)


def _labels(target: ArrayLike | Tensor) -> Tensor:
    labels = as_tensor(target)
    if labels.dtype.kind not in "iu":
        raise RuntimeError(f"targets are indices of classes, whole numbers, found {labels.dtype}")
    return labels.long()


def _check(labels: Tensor, lowest: int, classes: int) -> None:
    if bool(((labels < lowest) | (labels >= classes)).any()):
        raise RuntimeError(f"a target is out of range: there are {classes} classes")
