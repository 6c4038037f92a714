"""Losses between numbers and the numbers that they should be."""

from __future__ import annotations

import warnings
from math import pi
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._core import ShapeError
from ..._tensor import Tensor
from .._arguments import floats
from ._pointwise import Pointwise, numbers
from ._reduction import reduced, reduced_rows, reduction_of

__all__ = [
    "gaussian_nll_loss",
    "huber_loss",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

_squared = Pointwise(lambda x, t: (x - t) ** 2, lambda x, t: 2 * (x - t), lambda x, t: 2 * (t - x))
_absolute = Pointwise(
    lambda x, t: abs(x - t), lambda x, t: np.sign(x - t), lambda x, t: np.sign(t - x)
)


def _bent(d: np.ndarray, width: float, scale: float) -> Any:
    """Half the square up to `width` from 0, and straight beyond; times a scale."""
    size = abs(d)
    return scale * np.where(size < width, d * d / 2, width * (size - width / 2))


_huber = Pointwise(
    lambda x, t, width, scale: _bent(x - t, width, scale),
    lambda x, t, width, scale: scale * np.clip(x - t, -width, width),
    lambda x, t, width, scale: scale * np.clip(t - x, -width, width),
)


def _stirling(t: np.ndarray) -> Any:
    """About log(t!), for targets more than 1."""
    return np.where(t > 1, t * np.log(t) - t + np.log(2 * pi * t) / 2, 0)


def _stirling_slope(t: np.ndarray) -> Any:
    return np.where(t > 1, np.log(t) + 0.5 / t, 0)


_poisson_of_log = Pointwise(
    lambda x, t, full, eps: np.exp(x) - t * x + (_stirling(t) if full else 0),
    lambda x, t, full, eps: np.exp(x) - t,
    lambda x, t, full, eps: -x + (_stirling_slope(t) if full else 0),
)
_poisson = Pointwise(
    lambda x, t, full, eps: x - t * np.log(x + eps) + (_stirling(t) if full else 0),
    lambda x, t, full, eps: 1 - t / (x + eps),
    lambda x, t, full, eps: -np.log(x + eps) + (_stirling_slope(t) if full else 0),
)
# A variance that is less counts as eps, and its slope as the one there.
_gaussian = Pointwise(
    lambda x, t, v, full, eps: _gaussian_value(x - t, np.maximum(v, eps), full),
    lambda x, t, v, full, eps: (x - t) / np.maximum(v, eps),
    lambda x, t, v, full, eps: (t - x) / np.maximum(v, eps),
    lambda x, t, v, full, eps: _gaussian_slope(x - t, np.maximum(v, eps)),
)


def _gaussian_value(d: np.ndarray, var: np.ndarray, full: bool) -> Any:
    return (np.log(var) + d * d / var + (np.log(2 * pi) if full else 0)) / 2


def _gaussian_slope(d: np.ndarray, var: np.ndarray) -> Any:
    return (1 - d * d / var) / var / 2


def mse_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: ArrayLike | Tensor | None = None,
) -> Tensor:
    """The squares of the differences between input and target, their sum or their mean.

    Parameters
    ----------
    input, target : Tensor or array_like
        Numbers of the same shape, one of them floats. Shapes that differ but fit are repeated to a common
        one, with a warning, since the loss is hardly what was meant. Both get gradients.
    size_average, reduce : bool, optional
        Old arguments, with a warning: ``reduce=False`` is reduction "none", ``size_average=False`` "sum".
    reduction : "mean", "sum" or "none"
    weight : Tensor or array_like, optional
        Of the shape of `input`, a factor for each loss. The mean is divided by their sum then.

    Returns
    -------
    Tensor
        A single number, or one loss for each element if `reduction` is "none".

    Raises
    ------
    ShapeError
        Shapes do not fit: a ValueError and a RuntimeError.
    ValueError
        There is no such reduction.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.mse_loss([1.0, 2.0], [1.0, 4.0])
    tensor(2.)
    """
    how = reduction_of(size_average, reduce, reduction)
    return _of_differences(_squared, input, target, (), how, weight)


def l1_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: ArrayLike | Tensor | None = None,
) -> Tensor:
    """The absolute differences between input and target: arguments and errors are those of `mse_loss`.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.l1_loss([1.0, 2.0], [1.0, 4.0])
    tensor(1.)
    """
    how = reduction_of(size_average, reduce, reduction)
    return _of_differences(_absolute, input, target, (), how, weight)


def smooth_l1_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """`l1_loss`, but half the square divided by `beta` for differences less than that.

    Arguments and errors are those of `mse_loss`, and a RuntimeError if `beta` is negative.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.smooth_l1_loss([1.0, 2.0, 3.0], [1.0, 2.5, 5.0], reduction="none")
    tensor([0.0000, 0.1250, 1.5000])
    """
    how = reduction_of(size_average, reduce, reduction)
    if beta < 0:
        raise RuntimeError(f"beta must not be negative, found {beta}")
    if beta == 0:
        return _of_differences(_absolute, input, target, (), how)
    return _of_differences(_huber, input, target, (float(beta), 1 / beta), how)


def huber_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    reduction: str = "mean",
    delta: float = 1.0,
    weight: ArrayLike | Tensor | None = None,
) -> Tensor:
    """Half the square of differences less than `delta`, and straight beyond, with slope `delta`.

    Arguments and errors are those of `mse_loss`, and a RuntimeError if `delta` is not positive. With a
    weight, the mean is divided by the number of losses here, as PyTorch does.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.huber_loss([1.0, 2.0, 3.0], [1.0, 2.5, 5.0], reduction="none")
    tensor([0.0000, 0.1250, 1.5000])
    """
    if not delta > 0:
        raise RuntimeError(f"delta must be positive, found {delta}")
    x, options = floats(input, "input"), (float(delta), 1.0)
    if weight is not None and reduction == "mean":  # of as many as there are, for this loss alone
        return _of_differences(_huber, x, target, options, "none", weight).mean()
    return _of_differences(_huber, x, target, options, reduction, weight)


def _of_differences(
    rule: Pointwise,
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    options: tuple[float, ...],
    reduction: str,
    weight: ArrayLike | Tensor | None = None,
) -> Tensor:
    """What the losses of differences do with their arguments."""
    x, t = numbers(input, "input"), numbers(target, "target")
    if (
        isinstance(input, Tensor)
        and isinstance(target, Tensor)
        and x is not input
        and t is not target
    ):
        floats(input, "input")  # which raises: one of them must be floats
    if x.shape != t.shape:
        warnings.warn(
            f"input of shape {x.shape} and target of shape {t.shape} are repeated to a common shape, "
            "which is hardly the loss that was meant: give both one shape",
            stacklevel=3,
        )
    if weight is None:
        return reduced(rule, (x, t), options, reduction)
    w = floats(weight, "weight")
    if w.shape != x.shape:
        raise ShapeError(f"weight must have shape {x.shape}, as the input, found {w.shape}")
    losses = reduced(rule, (x, t), options, "none") * w
    total = reduced_rows(losses, "none" if reduction == "none" else "sum")
    return total / w.sum() if reduction == "mean" else total


def poisson_nll_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of counts under Poisson distributions.

    Parameters
    ----------
    input, target : Tensor or array_like
        Expected counts, and counts: numbers of shapes that fit.
    log_input : bool
        Whether `input` has logarithms: the loss is ``exp(input) - target * input`` then, else
        ``input - target * log(input + eps)``.
    full : bool
        Add Stirling's formula for the logarithm of the target's factorial, where it is more than 1.
    size_average, reduce, reduction
        As for `mse_loss`.
    eps : float

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.poisson_nll_loss([0.0, 1.0], [1.0, 2.0])
    tensor(0.8591)
    """
    how = reduction_of(size_average, reduce, reduction)
    tensors = numbers(input, "input"), numbers(target, "target")
    rule = _poisson_of_log if log_input else _poisson
    return reduced(rule, tensors, (bool(full), float(eps)), how)


def gaussian_nll_loss(
    input: ArrayLike | Tensor,
    target: ArrayLike | Tensor,
    var: ArrayLike | Tensor | float,
    full: bool = False,
    eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of targets under normal distributions of given mean and variance.

    Parameters
    ----------
    input, target : Tensor or array_like
        Means, and what was drawn.
    var : Tensor, array_like or float
        Variances: of the shape of `input`, but that one axis may have length 1, or the last one be missing;
        or one for all.
    full : bool
        Add the constant, half the logarithm of 2 pi.
    eps : float
        A variance that is less counts as this.
    reduction : "mean", "sum" or "none"

    Raises
    ------
    ValueError
        `var` has another shape, or a negative number.

    Examples
    --------
    >>> import lanegrad.nn.functional as F
    >>> F.gaussian_nll_loss([0.0, 1.0], [1.0, 3.0], 1.0)
    tensor(1.2500)
    """
    x, t, v = floats(input, "input"), numbers(target, "target"), floats(var, "var")
    if v.shape and v.shape != x.shape:
        if v.shape == x.shape[:-1]:
            v = v.reshape(*v.shape, 1)
        elif v.ndim != x.ndim or [m for n, m in zip(x.shape, v.shape, strict=True) if n != m] != [
            1
        ]:
            raise ShapeError(f"var of shape {v.shape} does not fit an input of shape {x.shape}")
    if (v.detach() < 0).sum().item():
        raise ValueError("var has negative numbers, which are no variances")
    return reduced(_gaussian, (x, t, v), (bool(full), float(eps)), reduction)
