"""Softmax and the losses over classes: the part of nn.functional that works on rows of scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import _core
from .._convert import (
    as_floats,
    as_rows,
    check_reduction,
    class_axis,
    from_rows,
    loss_arguments,
    shaped_loss,
)
from ..autograd import mode
from ..tensor import Tensor, record
from ._arguments import floats, raw

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


def softmax(input: ArrayLike | Tensor, dim: int) -> Tensor:
    """Exponentials of `input`, divided by their sum along axis `dim`.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.softmax([[0.0, 0.0, 0.0, 0.0]], dim=1)
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    return _along(dim, input, _core.softmax, _core.softmax_backward)


def log_softmax(input: ArrayLike | Tensor, dim: int) -> Tensor:
    """Logarithm of the softmax along axis `dim`, exact where the softmax is close to 0 or 1.

    Parameters
    ----------
    input : Tensor or array_like
    dim : int

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.log_softmax([0.0, 1000.0], dim=0)
    tensor([-1000.,     0.])
    """
    return _along(dim, input, _core.log_softmax, _core.log_softmax_backward)


def nll_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood: minus the log-probability of each target class.

    Parameters
    ----------
    input : Tensor or array_like
        Log-probabilities of C classes, (C,), (N, C) or (N, C, d1, ...).
    target : Tensor or array_like
        Class indices, integers of shape (), (N,) or (N, d1, ...).
    weight : Tensor or array_like, optional
        How much each class counts, (C,). Ones if not given.
    ignore_index : int
        Targets of this value count for nothing.
    reduction : {"mean", "sum", "none"}
        "mean" divides the sum by the summed weights of the targets.

    Returns
    -------
    Tensor
        A single number, or the target's shape if `reduction` is "none".

    Raises
    ------
    IndexError
        A target is neither a class nor `ignore_index`.
    TypeError, ValueError
        An argument is of the wrong kind or shape.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.nll_loss(F.log_softmax([[0.0, 0.0]], 1), [1])
    tensor(0.6931)
    """
    x = floats(input, "input")
    scores = x._plain()
    rows, indices, weights, target_shape = loss_arguments(scores, raw(target), raw(weight))
    options = indices, weights, ignore_index, reduction
    loss = _core.nll_loss(rows, *options)
    shape, matrix = scores.shape, rows.shape

    def rule(g: np.ndarray) -> tuple[Any]:
        gx = _core.nll_loss_backward(matrix, *options, g.reshape(-1) if loss.ndim else g)
        return (from_rows(gx, shape, class_axis(shape)),)

    return record(np.asarray(shaped_loss(loss, target_shape)), rule, x._edge)


def cross_entropy(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of the log-softmax of logits, with its gradient in the same pass.

    Parameters
    ----------
    input : Tensor or array_like
        Logits: scores of C classes, (C,), (N, C) or (N, C, d1, ...).
    target : Tensor or array_like
        Class indices as in `nll_loss`; or probabilities of the classes, floats of the shape of
        `input`. The loss is then minus the sum of weight * target * log_softmax(input) over the
        classes, and "mean" divides by the number of such sums.
    weight, ignore_index, reduction
        As in `nll_loss`. `ignore_index` is for class indices only.

    Returns
    -------
    Tensor
        A single number, or the shape of `input` without the classes if `reduction` is "none".

    Raises
    ------
    IndexError, TypeError, ValueError
        As in `nll_loss`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.cross_entropy([[0.0, 0.0], [1000.0, 0.0]], [1, 0], reduction="none")
    tensor([0.6931, 0.0000])
    >>> F.cross_entropy([[0.0, 0.0]], [[0.5, 0.5]])
    tensor(0.6931)
    """
    x = floats(input, "input")
    scores = x._plain()
    labels = np.asarray(raw(target))
    if labels.dtype.kind == "f" and labels.shape == scores.shape:
        if ignore_index != -100:
            raise ValueError("ignore_index is for class indices, the target holds probabilities")
        return _expected_loss(x, target, weight, reduction)
    rows, indices, weights, target_shape = loss_arguments(scores, labels, raw(weight))
    grad = _core.empty(rows.shape) if x._edge and mode.enabled else None
    loss = _core.cross_entropy(rows, indices, weights, ignore_index, reduction, grad)
    shape = scores.shape

    def rule(g: np.ndarray) -> tuple[Any]:
        assert grad is not None
        if loss.ndim:
            g = g.reshape(-1, 1)
        gx = grad if g.size == 1 and g == 1 else grad * g
        return (from_rows(gx, shape, class_axis(shape)),)

    return record(np.asarray(shaped_loss(loss, target_shape)), rule, x._edge)


def _along(
    dim: int,
    input: ArrayLike | Tensor,
    kernel: Callable[[np.ndarray], np.ndarray],
    kernel_backward: Callable[[np.ndarray, np.ndarray], np.ndarray],
) -> Tensor:
    x = floats(input, "input")
    value = x._plain()
    shape = value.shape
    y = kernel(as_rows(value, dim))

    def rule(g: np.ndarray) -> tuple[np.ndarray]:
        return (from_rows(kernel_backward(as_rows(g, dim), y), shape, dim),)

    return record(from_rows(y, shape, dim), rule, x._edge)


def _expected_loss(
    x: Tensor, target: ArrayLike | Tensor, weight: ArrayLike | Tensor | None, reduction: str
) -> Tensor:
    """Cross-entropy for probabilities instead of class indices."""
    check_reduction(reduction)
    axis = class_axis(x.shape)
    terms = log_softmax(x, axis) * floats(target, "target")
    if weight is not None:
        weights = as_floats(raw(weight), "weight")
        if weights.shape != x.shape[axis : axis + 1]:
            raise ValueError(f"weight has shape {weights.shape} for {x.shape[axis]} classes")
        terms = terms * weights.reshape(-1, *[1] * (x.ndim - axis - 1))
    losses = -terms.sum(axis)
    if reduction == "none":
        return losses
    return losses.mean() if reduction == "mean" else losses.sum()
