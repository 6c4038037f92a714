"""Dropout of whole channels of signals and volumes, and dropout that keeps mean and variance."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from ..._core import ShapeError
from ..._tensor import Tensor
from ..._tensor.creation import ones
from .._arguments import floats
from .dropping import dropout, dropout2d

__all__ = ["alpha_dropout", "dropout1d", "dropout3d", "feature_alpha_dropout"]

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

LOWEST = -1.7580993408473766
"""What SELU tends to on the left: minus its scale times its alpha."""


def _channels(x: Tensor, axes: int, name: str, p: float, training: bool) -> Tensor:
    """Dropout of the channels of (N, C, ...) of as many axes, or of (C, ...)."""
    if x.ndim not in (axes, axes - 1):
        raise ShapeError(f"{name} takes inputs of {axes - 1} or {axes} axes, found shape {x.shape}")
    batch = x.shape[:2] if x.ndim == axes else (1, x.shape[0])
    return dropout2d(x.reshape(*batch, -1 if x.numel() else 0), p, training).reshape(*x.shape)


def dropout1d(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """As `dropout2d`, of (N, C, L) or (C, L).

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.dropout1d(lanegrad.ones(2, 3, 8)).shape
    (2, 3, 8)
    """
    return _channels(floats(input, "input"), 3, "dropout1d", p, training)


def dropout3d(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
) -> Tensor:
    """As `dropout2d`, of (N, C, D, H, W) or (C, D, H, W).

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.dropout3d(lanegrad.ones(2, 3, 2, 4, 4)).shape
    (2, 3, 2, 4, 4)
    """
    return _channels(floats(input, "input"), 5, "dropout3d", p, training)


def alpha_dropout(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """Set elements to the lowest value of SELU at random, and scale and shift all, so that a mean of 0 and
    a variance of 1 stay (Klambauer et al., 2017).

    Parameters
    ----------
    input : Tensor or array_like
    p : float
        The probability of an element to be dropped.
    training : bool
        If false, the result is `input`.
    inplace : bool
        Accepted for PyTorch's sake; the result is a new tensor.

    Returns
    -------
    Tensor
        Of the shape of `input`.

    Raises
    ------
    ValueError
        `p` is not between 0 and 1.

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.alpha_dropout(lanegrad.ones(4, 4), 0.2, training=True).shape
    (4, 4)
    """
    x = floats(input, "input")
    return _alpha(x, x.shape, p, training)


def feature_alpha_dropout(
    input: ArrayLike | Tensor, p: float = 0.5, training: bool = False, inplace: bool = False
) -> Tensor:
    """As `alpha_dropout`, of whole channels of (N, C, ...).

    Examples
    --------
    >>> import lanegrad
    >>> import lanegrad.nn.functional as F
    >>> F.feature_alpha_dropout(lanegrad.ones(2, 3, 4, 4), 0.2, training=True).shape
    (2, 3, 4, 4)
    """
    x = floats(input, "input")
    if x.ndim < 2:
        raise ShapeError(f"feature_alpha_dropout takes (N, C, ...), found shape {x.shape}")
    return _alpha(x, (*x.shape[:2], *(1 for _ in x.shape[2:])), p, training)


def _alpha(x: Tensor, shape: tuple[int, ...], p: float, training: bool) -> Tensor:
    """What is kept is drawn for an array of this shape."""
    if not 0 <= p <= 1:
        raise ValueError(f"p, the probability to be dropped, must be between 0 and 1, found {p}")
    if not training or p == 0 or not x.numel():
        return x
    if p == 1:
        return x * 0.0
    kept: Tensor = (dropout(ones(*shape), p) != 0).float()
    scale = 1 / sqrt((LOWEST * LOWEST * p + 1) * (1 - p))
    return x * (kept * scale) + ((kept - 1) * (-LOWEST * scale) - LOWEST * scale * p)
