"""Losses between probabilities: of yes and no, alone or for many labels, and of whole distributions."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from ._pointwise import Pointwise, broadcast, numbers
from ._reduction import (
    fits_input,
    reduced,
    reduced_rows,
    reduction_of,
    weights_of,
)

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "kl_div",
    "multilabel_soft_margin_loss",
    "sigmoid_focal_loss",
    "soft_margin_loss",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike


# Of x and of -x, these have one exponential in common.
def _softplus(x: np.ndarray) -> Any:
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


def _sigmoid(x: np.ndarray) -> Any:
    smaller = np.exp(-np.abs(x))
    return np.where(x < 0, smaller, 1) / (1 + smaller)


def _log(x: np.ndarray) -> Any:
    """At least -100, so that a loss is finite."""
    return np.maximum(np.log(x), -100)


def _log1m(x: np.ndarray) -> Any:
    return np.maximum(np.log1p(-x), -100)


# Of a probability, a target and a weight.
_of_probability = Pointwise(
    lambda x, t, w: -w * (t * _log(x) + (1 - t) * _log1m(x)),
    lambda x, t, w: w * (x - t) / np.maximum((1 - x) * x, 1e-12),
    lambda x, t, w: w * (np.log1p(-x) - np.log(x)),
    None,
)
# Of a logit, a target, a weight and one of positives. No term cancels another.
_of_logit = Pointwise(
    lambda x, t, w, pw: w * ((1 - t) * _softplus(x) + pw * t * _softplus(-x)),
    lambda x, t, w, pw: w * ((1 - t) * _sigmoid(x) - pw * t * _sigmoid(-x)),
    lambda x, t, w, pw: w * (pw * _softplus(-x) - _softplus(x)),
    None,
    None,
)
_of_label = Pointwise(  # the same of a logit, a target and a weight that may be trained
    lambda x, t, w: w * ((1 - t) * _softplus(x) + t * _softplus(-x)),
    lambda x, t, w: w * ((1 - t) * _sigmoid(x) - t * _sigmoid(-x)),
    lambda x, t, w: -w * x,
    lambda x, t, w: (1 - t) * _softplus(x) + t * _softplus(-x),
)
_kl_of_logs = Pointwise(
    lambda x, t: np.exp(t) * (t - x), lambda x, t: -np.exp(t), lambda x, t: np.exp(t) * (t - x + 1)
)
_kl = Pointwise(
    lambda x, t: np.where(t == 0, 0, t * np.log(t)) - t * x,
    lambda x, t: -t,
    lambda x, t: np.log(t) + 1 - x,
)
_soft_margin = Pointwise(lambda x, t: _softplus(-t * x), lambda x, t: -t * _sigmoid(-t * x), None)


def binary_cross_entropy(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Cross-entropy between probabilities and what they should be: minus log(input) for a target of 1.

    Logarithms count as -100 where they are less. From logits, `binary_cross_entropy_with_logits` is exact.

    Parameters
    ----------
    input, target : Tensor or array_like
        Floats between 0 and 1, of one shape. Both get gradients.
    weight : Tensor or array_like, optional
        A factor for each loss, of a shape that can be repeated to the input's.
    size_average, reduce, reduction
        As for `mse_loss`.

    Raises
    ------
    ValueError
        Shapes differ.
    RuntimeError
        A number is not between 0 and 1.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.binary_cross_entropy([0.5, 1.0], [1.0, 1.0])
    tensor(0.3466)
    """
    how = reduction_of(size_average, reduce, reduction)
    x, t = _of_one_shape(input, target)
    for name, tensor in (("input", x), ("target", t)):
        values = tensor.detach()
        if ((values >= 0) * (values <= 1)).sum().item() != values.numel():
            raise RuntimeError(f"all elements of {name} should be between 0 and 1")
    w = fits_input(weights_of(weight), "weight", x.shape)
    return reduced(_of_probability, (x, t, w), (), how)


def binary_cross_entropy_with_logits(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: ArrayLike | Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of the sigmoid of the input, exact however large that is.

    Parameters
    ----------
    input, target : Tensor or array_like
        Floats of one shape. Both get gradients.
    weight : Tensor or array_like, optional
        A factor for each loss, of a shape that can be repeated to the input's.
    size_average, reduce, reduction
        As for `mse_loss`.
    pos_weight : Tensor or array_like, optional
        How much a target of 1 counts, of a shape that can be repeated to the input's.

    Raises
    ------
    ValueError
        Shapes differ.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.binary_cross_entropy_with_logits([0.0, -100.0], [1.0, 1.0], reduction="none")
    tensor([  0.6931, 100.0000])
    """
    how = reduction_of(size_average, reduce, reduction)
    x, t = _of_one_shape(input, target)
    w = fits_input(weights_of(weight), "weight", x.shape)
    positive = fits_input(weights_of(pos_weight, "pos_weight"), "pos_weight", x.shape)
    return reduced(_of_logit, (x, t, w, positive), (), how)


def _of_one_shape(input: ArrayLike | Tensor, target: ArrayLike | Tensor) -> tuple[Tensor, Tensor]:
    x, t = floats(input, "input"), floats(target, "target")
    if x.shape != t.shape:
        raise ShapeError(f"target must have shape {x.shape}, as the input, found {t.shape}")
    return x, t


def kl_div(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Kullback and Leibler's divergence of target from input: ``target * (log(target) - input)``.

    Parameters
    ----------
    input : Tensor or array_like
        Logarithms of probabilities.
    target : Tensor or array_like
        Probabilities; their logarithms if `log_target`.
    size_average, reduce
        As for `mse_loss`.
    reduction : "mean", "batchmean", "sum" or "none"
        "batchmean" divides the sum by the length of the first axis, which is the divergence as it is
        defined; "mean", which warns, by the number of all elements.
    log_target : bool

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.kl_div(F.log_softmax([[0.0, 0.0]], 1), [[1.0, 0.0]], reduction="batchmean")
    tensor(0.6931)
    """
    old = size_average is not None or reduce is not None
    how = reduction_of(size_average, reduce, reduction)
    if how == "mean" and not old:
        warnings.warn(
            'kl_div with reduction="mean" divides by classes too: "batchmean" gives the divergence',
            stacklevel=2,
        )
    x, t = floats(input, "input"), floats(target, "target")
    rule = _kl_of_logs if log_target else _kl
    if how != "batchmean":
        return reduced(rule, (x, t), (), how)
    broadcast(x, t)
    return rule(x, t, divisor=x.shape[0] if x.ndim else 1)


def soft_margin_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target * input)), for targets of 1 and -1.

    The other arguments are those of `mse_loss`; the target gets no gradient.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.soft_margin_loss([0.0, 100.0], [1.0, -1.0], reduction="none")
    tensor([  0.6931, 100.0000])
    """
    how = reduction_of(size_average, reduce, reduction)
    return reduced(_soft_margin, (floats(input, "input"), numbers(target, "target")), (), how)


def multilabel_soft_margin_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    weight: ArrayLike | Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """`binary_cross_entropy_with_logits` of each label, its mean along the last axis.

    Parameters
    ----------
    input, target : Tensor or array_like
        (N, C) or (..., C): logits, and 1 or 0 for each label.
    weight : Tensor or array_like, optional
        (C,), a factor for each label.
    size_average, reduce, reduction
        As for `mse_loss`.

    Returns
    -------
    Tensor
        A single number; or (N,) if `reduction` is "none".

    Raises
    ------
    IndexError
        There is no axis of labels.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.multilabel_soft_margin_loss([[0.0, 100.0]], [[1.0, 0.0]])
    tensor(50.3466)
    """
    how = reduction_of(size_average, reduce, reduction)
    x, t = floats(input, "input"), numbers(target, "target")
    if not x.ndim:
        raise IndexError("input must have an axis of labels, as its last")
    losses = reduced(_of_label, (x, t, weights_of(weight)), (), "none")
    return reduced_rows(losses.sum(-1) / losses.shape[-1], how)


def sigmoid_focal_loss(
    inputs: ArrayLike | Tensor,
    targets: ArrayLike | Tensor,
    alpha: float = 0.25,
    gamma: float = 2,
    reduction: str = "none",
) -> Tensor:
    """`binary_cross_entropy_with_logits`, where what is right already counts less (Lin et al. 2017).

    Parameters
    ----------
    inputs, targets : Tensor or array_like
        Floats of one shape: logits, and 1 or 0.
    alpha : float
        Between 0 and 1: how much positives count, and 1 - alpha negatives. -1: all the same.
    gamma : float
        The power of the probability of the wrong answer that each loss is multiplied by.
    reduction : "none", "mean" or "sum"

    Raises
    ------
    ValueError
        `alpha` is out of range, shapes differ, or there is no such reduction.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.sigmoid_focal_loss([0.0, 5.0], [1.0, 1.0])
    tensor([4.3322e-02, 7.5202e-08])
    """
    if not (0 <= alpha <= 1) and alpha != -1:
        raise ValueError(f"alpha must be between 0 and 1, or -1 for none, found {alpha}")
    x, t = _of_one_shape(inputs, targets)
    missed = (1 - t) * x.sigmoid() + t * (-x).sigmoid()
    losses = reduced(_of_label, (x, t, weights_of(None)), (), "none") * missed**gamma
    if alpha >= 0:
        losses = losses * (alpha * t + (1 - alpha) * (1 - t))
    return reduced_rows(losses, reduction)
